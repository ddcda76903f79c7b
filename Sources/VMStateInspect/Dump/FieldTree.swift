import VMState

/// The fields of a described body, in the order of the wire, with paths and offsets.
public struct FieldTree {
  /// What is done with an entry: true goes into a structure.
  public typealias Take = (FieldEntry) throws(VMStateError) -> Bool

  private let take: Take

  private init(_ take: @escaping Take) { self.take = take }

  /// Visits every field.
  ///
  /// - Parameters:
  ///   - body: Layout and content.
  ///   - section: The first part of the paths (`SectionLabel`).
  ///   - offset: Where the body begins.
  ///   - take: Gets every entry; false passes over what is inside it.
  /// - Throws: What `take` throws; `badDescription` for a state that has another shape than its
  ///   table.
  public static func visit(
    _ body: DescribedBodyPiece, section: String, at offset: UInt64, _ take: @escaping Take
  ) throws(VMStateError) {
    _ = try FieldTree(take).table(body.table, body.state, Place(section, 0, offset))
  }

  /// All entries.
  ///
  /// - Throws: `badDescription` for a state that has another shape than its table.
  public static func entries(
    _ body: DescribedBodyPiece, section: String, at offset: UInt64
  ) throws(VMStateError) -> [FieldEntry] {
    var entries: [FieldEntry] = []
    try visit(body, section: section, at: offset) { entry throws(VMStateError) in
      entries.append(entry)
      return true
    }
    return entries
  }

  /// Bytes that a body takes on the wire.
  public static func length(of body: DescribedBodyPiece) -> Int {
    WireLength.of(body.table, body.state)
  }

  /// Where something stands: the path around it, its depth, its offset.
  private struct Place {
    var path: String
    var depth: Int
    var offset: UInt64

    init(_ path: String, _ depth: Int, _ offset: UInt64) {
      self.path = path
      self.depth = depth
      self.offset = offset
    }

    func within(_ name: String) -> Place { Place("\(path)/\(name)", depth + 1, offset) }

    func moved(by count: Int) -> Place { Place(path, depth, offset &+ UInt64(count)) }
  }

  private static var shapeError: VMStateError {
    VMStateError(.badDescription, "a state that does not have the shape of its description")
  }

  private func entry(
    _ name: String, _ type: String, _ place: Place, _ length: Int, _ content: FieldEntry.Content
  ) -> FieldEntry {
    FieldEntry(
      name: name, path: "\(place.path)/\(name)", depth: place.depth, type: type,
      offset: place.offset, length: length, content: content)
  }

  // MARK: Tables

  /// Visits a table's fields and subsections; returns the offset behind them.
  private func table(
    _ table: DescribedTable, _ state: DescribedState, _ start: Place
  ) throws(VMStateError) -> UInt64 {
    guard table.fields.count == state.fields.count,
      table.subsections.count == state.subsections.count
    else { throw Self.shapeError }
    var place = start
    for (field, value) in zip(table.fields, state.fields) {
      place.offset = try self.field(field, value, place)
    }
    for (subsection, inner) in zip(table.subsections, state.subsections) {
      place.offset = try self.subsection(subsection, inner, place)
    }
    return place.offset
  }

  private func subsection(
    _ table: DescribedTable, _ state: DescribedState, _ place: Place
  ) throws(VMStateError) -> UInt64 {
    let header = WireLength.subsectionHeader(table)
    let length = header + WireLength.of(table, state)
    let entry = entry(
      table.name, "subsection", place, length, .subsection(version: table.version))
    if try take(entry) {
      _ = try self.table(table, state, place.moved(by: header).within(table.name))
    }
    return place.offset &+ UInt64(length)
  }

  private func structure(
    _ table: DescribedTable, _ state: DescribedState, named name: String, _ type: String,
    _ place: Place
  ) throws(VMStateError) -> UInt64 {
    let length = WireLength.of(table, state)
    let entry = entry(
      name, type, place, length, .structure(name: table.name, version: table.version))
    if try take(entry) { _ = try self.table(table, state, place.within(name)) }
    return place.offset &+ UInt64(length)
  }

  // MARK: Fields

  private func field(
    _ field: DescribedField, _ value: DescribedState.Value, _ place: Place
  ) throws(VMStateError) -> UInt64 {
    switch (field.content, value) {
    case (.leaf, .bytes(let bytes)):
      let kind = LeafKind(type: field.type, size: field.size)
      let leaf = Leaf(kind: kind, size: field.size, count: field.count, bytes: bytes)
      _ = try take(entry(field.pathName, field.type, place, bytes.count, .leaf(leaf)))
      return place.offset &+ UInt64(bytes.count)
    case (.structure(let table), .structures(let states)):
      return try structures(field, table, states, place)
    case (.list(let tables), .structures(let states)) where tables.count == states.count:
      return try list(field, tables, states, value, place)
    case (.tree(let tables), .tree(let keys, let nodes)) where tables.count == nodes.count:
      return try tree(field, tables, keys, nodes, value, place)
    default: throw Self.shapeError
    }
  }

  private func structures(
    _ field: DescribedField, _ table: DescribedTable, _ states: [DescribedState], _ start: Place
  ) throws(VMStateError) -> UInt64 {
    var place = start
    for (index, state) in states.enumerated() {
      place.offset = try structure(
        table, state, named: field.elementName(index), field.type, place)
    }
    return place.offset
  }

  private func list(
    _ field: DescribedField, _ tables: [DescribedTable], _ states: [DescribedState],
    _ value: DescribedState.Value, _ start: Place
  ) throws(VMStateError) -> UInt64 {
    let length = WireLength.of(field, value)
    guard try take(entry(field.pathName, field.type, start, length, .list(states.count))) else {
      return start.offset &+ UInt64(length)
    }
    var place = start
    for (index, (table, state)) in zip(tables, states).enumerated() {
      place.offset = try structure(
        table, state, named: "\(field.pathName)[\(index)]", "element", place.moved(by: 1))
    }
    return place.offset &+ 1
  }

  private func tree(
    _ field: DescribedField, _ tables: [DescribedTable], _ keys: [UInt64],
    _ nodes: [DescribedState], _ value: DescribedState.Value, _ start: Place
  ) throws(VMStateError) -> UInt64 {
    let length = WireLength.of(field, value)
    let perNode = keys.isEmpty ? 2 : 1
    let count = nodes.count / perNode
    guard try take(entry(field.pathName, field.type, start, length, .tree(count))) else {
      return start.offset &+ UInt64(length)
    }
    var place = start.moved(by: 4)
    for index in 0..<count {
      let name = "\(field.pathName)[\(index)]"
      place = place.moved(by: 1)
      if perNode == 1 {
        _ = try take(entry("\(name)/key", "uint64", place, 8, .leaf(Leaf(key: keys[index]))))
        place = place.moved(by: 8)
      } else {
        place.offset = try structure(
          tables[2 * index], nodes[2 * index], named: "\(name)/key", "key", place)
      }
      let last = (index + 1) * perNode - 1
      place.offset = try structure(
        tables[last], nodes[last], named: "\(name)/value", "value", place)
    }
    return place.offset &+ 1
  }
}

extension Leaf {
  /// A tree's key.
  init(key: UInt64) {
    let bytes = withUnsafeBytes(of: key.bigEndian) { Array($0) }
    self.init(kind: .unsigned, size: 8, count: 1, bytes: bytes)
  }
}

extension DescribedField {
  /// An element's name: the field's own where it stands for one.
  func elementName(_ element: Int) -> String {
    guard let arrayLength, arrayLength > 1 || index == nil else { return pathName }
    return "\(name)[\((index ?? 0) &+ element)]"
  }
}
