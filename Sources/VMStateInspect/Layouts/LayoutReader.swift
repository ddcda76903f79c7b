import VMState

/// Reads one section by its layout: which fields and subsections are there, and their bytes.
///
/// Every count and size is checked before anything is made of it; what one section may take
/// is bounded by the context's limits.
struct LayoutReader {
  /// What the section's own bytes or its machine tell of the properties.
  var choices: LayoutChoices
  private let context: LoadContext
  private let era: Layout.Era
  private var held = 0
  private var depth = 0
  // What the config space that was read last makes likely.
  private var config = PCIConfigFacts()

  /// Values by name, of the description and those around it.
  typealias Scope = [String: Int]

  init(_ context: LoadContext, _ choices: LayoutChoices) {
    self.context = context
    self.choices = choices
    era = Layout.Era(context.profile)
  }

  /// Memory that the result takes, about.
  var heldBytes: Int { held }

  /// Reads a body.
  ///
  /// - Throws: `endOfStream`, `badDescription` where the bytes do not fit the layout,
  ///   `versionTooNew`, `versionTooOld`, `unknownSubsection`, `limitExceeded`,
  ///   `validationFailed`.
  mutating func read(
    _ layout: Layout, version: Int, _ scope: Scope, from reader: inout StreamReader
  ) throws(VMStateError) -> (DescribedTable, DescribedState) {
    try enter(layout, version, at: reader.position)
    defer { depth -= 1 }
    var scope = scope
    scope["v"] = version
    var table = DescribedTable(name: layout.name, version: version, fields: [])
    var state = DescribedState()
    for field in layout.fields {
      do throws(VMStateError) {
        guard try exists(field, version, scope, &reader) else { continue }
        try read(field, &scope, from: &reader, &table, &state)
      } catch {
        throw error.within(field.name).at(reader.position)
      }
    }
    try readSubsections(layout, scope, from: &reader, &table, &state)
    return (table, state)
  }

  private mutating func enter(
    _ layout: Layout, _ version: Int, at offset: UInt64
  ) throws(VMStateError) {
    guard version <= layout.version else {
      throw VMStateError(
        .versionTooNew, "the layout is older than the section", offset: offset,
        expected: "at most \(layout.version)", found: "\(version)")
    }
    guard version >= layout.minimumVersion else {
      throw VMStateError(
        .versionTooOld, "the layout is newer than the section", offset: offset,
        expected: "at least \(layout.minimumVersion)", found: "\(version)")
    }
    depth += 1
    guard depth <= context.limits.depth else {
      throw VMStateError(
        .limitExceeded, "structures are nested too deep", offset: offset,
        expected: "at most \(context.limits.depth) levels")
    }
    try hold(MemoryLayout<DescribedState>.stride + 128, at: offset)
  }

  /// Counts memory before it is taken.
  private mutating func hold(_ bytes: Int, at offset: UInt64) throws(VMStateError) {
    let (sum, overflow) = held.addingReportingOverflow(bytes)
    guard !overflow, sum <= context.limits.describedBytes else {
      throw VMStateError(
        .limitExceeded, "the section takes more memory than the limit", offset: offset,
        expected: "at most \(context.limits.describedBytes) bytes")
    }
    held = sum
  }

  // MARK: Values

  private mutating func evaluate(
    _ expression: LayoutExpression, _ scope: Scope, at offset: UInt64
  ) throws(VMStateError) -> Int {
    let value = expression.evaluate { name in
      guard name.hasPrefix("cfg.") else { return scope[name] }
      return choices.value(of: name, proposal: scope[name] ?? config.proposal(for: name))
    }
    guard let value else {
      throw VMStateError(
        .badDescription, "a count or size has no value", offset: offset,
        expected: "a value for \(expression.names.sorted().joined(separator: ", "))")
    }
    return value
  }

  private mutating func exists(
    _ field: LayoutField, _ version: Int, _ scope: Scope, _ reader: inout StreamReader
  ) throws(VMStateError) -> Bool {
    if field.type == "pci config" { try config.look(ahead: &reader) }
    guard let condition = field.condition else { return version >= field.since }
    return try evaluate(condition, scope, at: reader.position) != 0
  }

  private mutating func count(
    _ field: LayoutField, _ scope: Scope, at offset: UInt64
  ) throws(VMStateError) -> Int? {
    guard let expression = field.count else { return nil }
    let value = try evaluate(expression, scope, at: offset)
    // A negative count means no elements, as in QEMU.
    return max(0, value)
  }

  // MARK: Fields

  private mutating func read(
    _ field: LayoutField, _ scope: inout Scope, from reader: inout StreamReader,
    _ table: inout DescribedTable, _ state: inout DescribedState
  ) throws(VMStateError) {
    let offset = reader.position
    let count = try count(field, scope, at: offset)
    if count == 0 { return }
    try hold(MemoryLayout<DescribedField>.stride + 64, at: offset)
    var parts = FieldParts(field, count: count, indexing: context.profile.elementIndex)
    switch field.body {
    case .check(let expression):
      guard try evaluate(expression, scope, at: offset) == 0 else { return }
      throw VMStateError(.validationFailed, "a value does not fit the layout", offset: offset)
    case .leaf(let size):
      let size = try evaluate(size, scope, at: offset)
      let bytes = try readLeaf(size, count ?? 1, from: &reader)
      if count == nil, let number = FieldTypes.number(field.type, bytes) {
        scope[field.variable] = number
      }
      parts.add(leaf: bytes, size: size, separate: field.condition != nil)
    case .nested(let key):
      let inner = try layout(key, at: offset)
      try read(inner, field, count, scope, from: &reader, &parts)
    case .inline(let inner): try read(inner, field, count, scope, from: &reader, &parts)
    case .opaque(let key):
      let inner = try layout(key, at: offset)
      let bytes = try readOpaque(inner, scope, from: &reader)
      parts.add(leaf: bytes, size: bytes.count, separate: true)
    case .list(let inner): try readList(inner, scope, from: &reader, &parts)
    }
    table.fields += parts.fields
    state.fields += parts.values
  }

  private func find(_ key: String) -> Layout? { LayoutLibrary.layout(key, era) }

  private func layout(_ key: String, at offset: UInt64) throws(VMStateError) -> Layout {
    if let layout = find(key) { return layout }
    throw VMStateError(.badDescription, "no layout has this name", offset: offset, found: key)
  }

  private mutating func readLeaf(
    _ size: Int, _ count: Int, from reader: inout StreamReader
  ) throws(VMStateError) -> [UInt8] {
    let (total, overflow) = size.multipliedReportingOverflow(by: count)
    try hold(overflow ? .max : max(32, total), at: reader.position)
    return try reader.getBytes(overflow ? .max : total, limit: context.limits.fieldBytes)
  }

  private mutating func read(
    _ inner: Layout, _ field: LayoutField, _ count: Int?, _ scope: Scope,
    from reader: inout StreamReader, _ parts: inout FieldParts
  ) throws(VMStateError) {
    guard count ?? 1 <= context.limits.elements else {
      throw VMStateError(
        .limitExceeded, "more elements than the limit allows", offset: reader.position,
        expected: "at most \(context.limits.elements)", found: "\(count ?? 1)")
    }
    // A structure behind `tmp` is loaded with its field's version, which is its oldest.
    let version = field.type == "tmp" ? inner.minimumVersion : inner.version
    let isSeparate = field.condition != nil || count ?? 1 > 1 && !isCompressible(inner)
    for index in 0..<(count ?? 1) {
      let first = reader.position
      do throws(VMStateError) {
        let (table, state) = try read(inner, version: version, scope, from: &reader)
        parts.add(
          table, state, size: Int(clamping: reader.position - first), separate: isSeparate)
      } catch {
        throw count ?? 1 > 1 ? error.within("[\(index)]") : error
      }
    }
  }

  /// A layout whose bytes the JSON shows as one field.
  private mutating func readOpaque(
    _ inner: Layout, _ scope: Scope, from reader: inout StreamReader
  ) throws(VMStateError) -> [UInt8] {
    let (table, state) = try read(inner, version: inner.version, scope, from: &reader)
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    try table.save(state, to: &writer)
    try writer.flush()
    return channel.bytes
  }

  private mutating func readList(
    _ inner: Layout?, _ scope: Scope, from reader: inout StreamReader, _ parts: inout FieldParts
  ) throws(VMStateError) {
    let first = reader.position
    var tables: [DescribedTable] = []
    var states: [DescribedState] = []
    while try reader.get(UInt8.self) != 0 {
      guard let inner, tables.count < context.limits.elements else {
        throw VMStateError(
          .limitExceeded, "more elements than can be read", offset: reader.position - 1,
          expected: "at most \(inner == nil ? 0 : context.limits.elements)")
      }
      let (table, state) = try read(inner, version: inner.version, scope, from: &reader)
      tables.append(table)
      states.append(state)
    }
    parts.add(list: tables, states, size: Int(clamping: reader.position - first))
  }

  /// True if the elements of an array share one entry of the JSON.
  private func isCompressible(_ layout: Layout) -> Bool {
    layout.subsections.isEmpty
      && layout.fields.allSatisfy { field in
        guard field.condition == nil else { return false }
        switch field.body {
        case .check: return false
        case .nested(let key): return find(key).map(isCompressible) ?? false
        case .inline(let inner): return isCompressible(inner)
        default: return true
        }
      }
  }

  // MARK: Subsections

  private mutating func readSubsections(
    _ layout: Layout, _ scope: Scope, from reader: inout StreamReader,
    _ table: inout DescribedTable, _ state: inout DescribedState
  ) throws(VMStateError) {
    while let name = try Self.nextSubsection(of: layout.name, &reader) {
      let offset = reader.position
      do throws(VMStateError) {
        guard let inner = layout.subsections.first(where: { name.elementsEqual($0.name.utf8) })
        else {
          throw VMStateError(
            .unknownSubsection, "a subsection that the layout does not have", offset: offset)
        }
        reader.advance(2 + name.count)
        let version = Int(try reader.get(UInt32.self))
        let (table_, state_) = try read(inner, version: version, scope, from: &reader)
        table.subsections.append(table_)
        state.subsections.append(state_)
      } catch {
        throw error.within(String(decoding: name, as: UTF8.self))
      }
    }
  }

  /// The name of the subsection that follows, if it belongs to an owner: a name that begins
  /// with the owner's and is longer. Nothing is consumed.
  private static func nextSubsection(
    of owner: String, _ reader: inout StreamReader
  ) throws(VMStateError) -> [UInt8]? {
    guard try reader.peekByte() == SectionKind.subsection.rawValue,
      let length = try reader.peekByte(at: 1), Int(length) > owner.utf8.count
    else { return nil }
    let bytes = try reader.peek(2 + Int(length))
    guard bytes.count == 2 + Int(length) else { return nil }
    let name = Array(bytes[2...])
    return name.starts(with: owner.utf8) ? name : nil
  }
}
