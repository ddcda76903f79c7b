import VMState

/// Reads one section's body as the destination would: with its layout, its lengths and its
/// values, over the source's bytes.
///
/// It does not stop at the first value that the destination refuses, as QEMU does, as long as
/// the layout still tells where the next field begins.
///
/// QEMU: `vmstate_load_state`, migration/vmstate.c.
struct BodyReader {
  var cursor: ByteCursor
  let target: TargetModel
  /// The source's layouts of subsections, by name, for those that the destination did not send.
  let sourceSubsections: [String: DescribedTable]
  /// Section, then descriptions and fields.
  var path: [String]
  var problems: [BodyProblem] = []
  /// What QEMU says of the fields around the present place, the innermost last.
  var fieldWords: [String] = []
  /// The reading looked for bytes behind the end, which makes the footer fail.
  var hitEnd = false
  private var depth = 0

  init(
    _ cursor: ByteCursor, _ target: TargetModel, _ sourceSubsections: [String: DescribedTable],
    section: String
  ) {
    self.cursor = cursor
    self.target = target
    self.sourceSubsections = sourceSubsections
    path = [section]
  }

  /// The blockers met so far.
  var isRefused: Bool {
    problems.contains {
      if case .refused = $0 { return true }
      return false
    }
  }

  // MARK: Problems

  mutating func refuse(
    _ kind: CheckKind, _ message: String, at offset: UInt64? = nil, expected: String? = nil,
    found: String? = nil, advice: String, words: [String], aborts: Bool = false
  ) {
    problems.append(
      .refused(
        CheckReport.Blocker(
          kind: kind, path: path, offset: offset ?? cursor.position, message: message,
          expected: expected, found: found, advice: advice, words: words, aborts: aborts)))
  }

  mutating func lose(_ kind: CheckKind, _ message: String, isShown: Bool = true) {
    guard problems.count < DryRun.mostItems else { return }
    problems.append(
      .lost(CheckReport.Loss(kind: kind, path: path, message: message, isShown: isShown)))
  }

  mutating func doubt(_ message: String, supply: String) {
    guard problems.count < DryRun.mostItems else { return }
    problems.append(
      .untold(CheckReport.Untold(path: path, message: message, supply: supply)))
  }

  /// Runs with one more name in the path.
  mutating func within<Result>(
    _ name: String, _ body: (inout BodyReader) throws(BodyEnd) -> Result
  ) throws(BodyEnd) -> Result {
    path.append(name)
    defer { path.removeLast() }
    return try body(&self)
  }

  // MARK: Bytes

  /// Bytes that have to be there; QEMU names the innermost field at which they end.
  mutating func take(_ count: Int, _ words: [String]) throws(BodyEnd) -> [UInt8] {
    do throws(VMStateError) {
      return try cursor.bytes(count)
    } catch {
      refuse(
        .truncated, "the stream ends inside this field", expected: "\(count) bytes",
        advice: "find the whole file; this one is cut", words: words)
      throw BodyEnd()
    }
  }

  // MARK: Tables

  /// Reads a description's body: fields, subsections, then what its hooks check.
  ///
  /// - Parameters:
  ///   - table: The destination's layout.
  ///   - state: The destination's values, where they are known.
  ///   - version: The version in the stream, or the layout's own for a nested structure.
  mutating func read(
    _ table: DescribedTable, _ state: DescribedState?, version: Int
  ) throws(BodyEnd) -> LoadedTable {
    depth += 1
    defer { depth -= 1 }
    guard depth < 64 else { throw BodyEnd() }
    var loaded = LoadedTable(name: table.name)
    try readFields(table, state, version, &loaded)
    try readSubsections(table, state, &loaded)
    KnownHooks.run(loaded, state, table, &self)
    return loaded
  }

  private mutating func readFields(
    _ table: DescribedTable, _ state: DescribedState?, _ version: Int,
    _ loaded: inout LoadedTable
  ) throws(BodyEnd) {
    let plan = try FieldPlanner.fields(of: table, version: version, &self)
    for step in plan {
      guard step.isPresent(loaded) else { continue }
      let field = step.field
      let current = step.index.flatMap { index in
        state.flatMap { $0.fields.indices.contains(index) ? $0.fields[index] : nil }
      }
      let value = try within(field.pathName) { reader throws(BodyEnd) in
        try reader.readField(field, count: step.count(loaded), current, owner: table.name)
      }
      Self.append(value, of: field, to: &loaded)
    }
  }

  /// Elements with an entry each become one field.
  private static func append(
    _ value: LoadedValue, of field: DescribedField, to loaded: inout LoadedTable
  ) {
    guard let last = loaded.fields.indices.last, loaded.fields[last].name == field.name else {
      return loaded.fields.append(.init(name: field.name, value: value))
    }
    switch (loaded.fields[last].value, value) {
    case (.bytes(let old), .bytes(let new)): loaded.fields[last].value = .bytes(old + new)
    case (.tables(let old), .tables(let new)): loaded.fields[last].value = .tables(old + new)
    default: loaded.fields.append(.init(name: field.name, value: value))
    }
  }

  private mutating func readField(
    _ field: DescribedField, count: Int, _ current: DescribedState.Value?, owner: String
  ) throws(BodyEnd) -> LoadedValue {
    switch field.content {
    case .leaf: return .bytes(try readLeaf(field, count: count, current, owner: owner))
    case .structure(let table):
      var states: [DescribedState] = []
      if case .structures(let known)? = current { states = known }
      var tables: [LoadedTable] = []
      fieldWords.append("Failed to load \(owner):\(FieldPlanner.baseName(field.name))")
      defer { fieldWords.removeLast() }
      for index in 0..<count {
        let state = states.indices.contains(index) ? states[index] : nil
        tables.append(try readElement(table, state, index: count > 1 ? index : nil))
      }
      return .tables(tables)
    case .list(let tables):
      return .tables(try readList(tables.first, owner: owner, field.name))
    case .tree(let tables):
      return .tables(try readTree(tables, owner: owner, field.name))
    }
  }

  private mutating func readElement(
    _ table: DescribedTable, _ state: DescribedState?, index: Int?
  ) throws(BodyEnd) -> LoadedTable {
    guard let index else { return try read(table, state, version: table.version) }
    return try within("[\(index)]") { reader throws(BodyEnd) in
      try reader.read(table, state, version: table.version)
    }
  }

  // MARK: Lists

  private static let mostElements = 1 << 16

  /// QEMU: `get_qtailq`, `get_qlist`, migration/vmstate-types.c.
  private mutating func readList(
    _ table: DescribedTable?, owner: String, _ name: String
  ) throws(BodyEnd) -> [LoadedTable] {
    var tables: [LoadedTable] = []
    while try take(1, ["Failed to load \(owner):\(name)"]) != [0] {
      guard let table = table ?? sourceSubsections["\(owner):\(name)"] else {
        doubt("the layout of the list's elements", supply: "a stream of the destination with some")
        throw BodyEnd()
      }
      guard tables.count < Self.mostElements else {
        doubt("whether the destination has room for so long a list", supply: "the load itself")
        throw BodyEnd()
      }
      tables.append(try readElement(table, nil, index: tables.count))
    }
    return tables
  }

  /// QEMU: `get_gtree`, migration/vmstate-types.c.
  private mutating func readTree(
    _ tables: [DescribedTable], owner: String, _ name: String
  ) throws(BodyEnd) -> [LoadedTable] {
    let words = ["Failed to load \(owner):\(name)"]
    let told = try take(4, words).reduce(0) { $0 << 8 | Int($1) }
    var nodes = 0
    while try take(1, words) != [0] {
      doubt("the layout of the tree's nodes", supply: "a stream of the destination with some")
      nodes += 1
      throw BodyEnd()
    }
    if nodes != told {
      refuse(
        .value, "the tree does not have the told number of nodes", expected: "\(told)",
        found: "\(nodes)", advice: "the stream is damaged", words: words)
      throw BodyEnd()
    }
    return []
  }
}
