import VMState

/// Where one field of a section lies: an element of an array, a leaf of a nested structure, a
/// marker, a subsection's header.
public struct BodyField: Sendable, Hashable {
  /// Names from the section's description down.
  public var path: [String]
  /// Offset in the section's body.
  public var offset: Int
  /// Its bytes.
  public var length: Int
  /// The type's name in the description.
  public var type: String

  /// The path as text.
  public var pathText: String {
    path.reduce("") { text, name in
      text.isEmpty || name.hasPrefix("[") ? text + name : text + "/" + name
    }
  }
}

/// Lists the fields of a described body with their places.
public struct BodyFields: Sendable {
  /// The fields in the order of the wire.
  public private(set) var places: [BodyField] = []
  /// Bytes of the body.
  public private(set) var length = 0
  private var path: [String] = []
  private static let most = 1 << 18

  /// Lists the leaves of a body.
  public init(_ table: DescribedTable, _ state: DescribedState) { add(table, state) }

  /// Lists those of a piece.
  public init(_ body: DescribedBodyPiece) { self.init(body.table, body.state) }

  /// The field that holds a byte of the body.
  public func place(at offset: Int) -> BodyField? {
    places.first { $0.offset <= offset && offset < $0.offset + $0.length }
  }

  private mutating func add(_ table: DescribedTable, _ state: DescribedState) {
    for (field, value) in zip(table.fields, state.fields) {
      path.append(field.pathName)
      add(field, value)
      path.removeLast()
    }
    for (subsection, inner) in zip(table.subsections, state.subsections) {
      path.append(subsection.name)
      put(1 + 1 + subsection.name.utf8.count + 4, "subsection")
      add(subsection, inner)
      path.removeLast()
    }
  }

  private mutating func add(_ field: DescribedField, _ value: DescribedState.Value) {
    switch (field.content, value) {
    case (.leaf, .bytes(let bytes)): addLeaf(field, bytes.count)
    case (.structure(let table), .structures(let states)):
      for (index, state) in states.enumerated() {
        nested(states.count > 1 ? "[\(index)]" : nil) { $0.add(table, state) }
      }
    case (.list(let tables), .structures(let states)):
      for (index, (table, state)) in zip(tables, states).enumerated() {
        nested("[\(index)]") {
          $0.put(1, "marker")
          $0.add(table, state)
        }
      }
      put(1, "marker")
    case (.tree(let tables), .tree(let keys, let nodes)): addTree(tables, keys, nodes)
    default: break
    }
  }

  private mutating func addLeaf(_ field: DescribedField, _ count: Int) {
    guard field.count > 1, field.size > 0, field.count <= 4096 else {
      return put(count, field.type)
    }
    for index in 0..<field.count { nested("[\(index)]") { $0.put(field.size, field.type) } }
  }

  private mutating func addTree(
    _ tables: [DescribedTable], _ keys: [UInt64], _ nodes: [DescribedState]
  ) {
    put(4, "count")
    let perNode = keys.isEmpty ? 2 : 1
    for (index, (table, node)) in zip(tables, nodes).enumerated() {
      nested("[\(index / perNode)]") {
        if index % perNode == 0 { $0.put(1, "marker") }
        if perNode == 1 { $0.put(8, "key") }
        $0.add(table, node)
      }
    }
    put(1, "marker")
  }

  private mutating func nested(_ name: String?, _ body: (inout BodyFields) -> Void) {
    if let name { path.append(name) }
    body(&self)
    if name != nil { path.removeLast() }
  }

  private mutating func put(_ count: Int, _ type: String) {
    if places.count < Self.most {
      places.append(BodyField(path: path, offset: length, length: count, type: type))
    }
    length += count
  }
}
