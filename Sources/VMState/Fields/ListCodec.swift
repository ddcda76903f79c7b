/// A list whose elements are marked one by one: `{ 0x01, element }* 0x00`.
///
/// The property is a Swift array. A load replaces its content (QEMU appends to a list that
/// the device emptied before; here nobody can forget to). Any byte but 0 announces an
/// element.
///
/// QEMU: `vmstate_info_qtailq`, `vmstate_info_qlist`, migration/vmstate-types.c.
final class ListCodec<Element>: ElementCodec, @unchecked Sendable {
  private let table: NestedTable
  private let type: String
  private let fresh: Element

  init(_ table: NestedTable, type: String, fresh: Element) {
    self.table = table
    self.type = type
    self.fresh = fresh
  }

  override var typeName: String { type }
  override var hasInnerJSON: Bool { true }

  override func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let list = element.assumingMemoryBound(to: [Element].self)
    for index in list.pointee.indices {
      writer.put(UInt8(1))
      var copy = list.pointee[index]
      do throws(VMStateError) {
        try table.saveValue(&copy, version: table.version, to: &writer, json: &json, context)
      } catch {
        throw error.within("[\(index)]")
      }
    }
    writer.put(UInt8(0))
  }

  override func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    try table.checkVersion(since, at: reader.position)
    var list: [Element] = []
    while try reader.get(UInt8.self) != 0 {
      try context.checkElements(list.count + 1, MemoryLayout<Element>.stride)
      var item = fresh
      do throws(VMStateError) {
        try table.loadValue(&item, version: since, from: &reader, context)
      } catch {
        throw error.within("[\(list.count)]")
      }
      list.append(item)
    }
    element.assumingMemoryBound(to: [Element].self).pointee = list
  }
}

/// A node of a balanced tree: its key and its value.
public struct TreeNode<Key, Value> {
  /// What the tree is ordered by.
  public var key: Key
  /// What hangs there.
  public var value: Value
  /// Makes a node.
  public init(key: Key, value: Value) {
    self.key = key
    self.value = value
  }
}

extension TreeNode: Sendable where Key: Sendable, Value: Sendable {}
extension TreeNode: Equatable where Key: Equatable, Value: Equatable {}

/// A balanced tree: `be32 count { 0x01, key, value }* 0x00`, in ascending key order.
///
/// QEMU: `vmstate_info_gtree`, migration/vmstate-types.c.
final class TreeCodec<Key, Value>: ElementCodec, @unchecked Sendable {
  typealias Node = TreeNode<Key, Value>

  // nil: the key is the integer itself, be64.
  private let keyTable: NestedTable?
  private let valueTable: NestedTable
  private let fresh: Node
  private let precedes: @Sendable (Key, Key) -> Bool

  init(
    key: NestedTable?, value: NestedTable, fresh: Node,
    precedes: @escaping @Sendable (Key, Key) -> Bool
  ) {
    keyTable = key
    valueTable = value
    self.fresh = fresh
    self.precedes = precedes
  }

  override var typeName: String { "gtree" }
  override var hasInnerJSON: Bool { true }

  override func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let nodes = element.assumingMemoryBound(to: [Node].self).pointee
      .sorted { precedes($0.key, $1.key) }
    guard let count = UInt32(exactly: nodes.count) else {
      throw VMStateError(.limitExceeded, "a tree of more than 2^32 nodes")
    }
    writer.put(count)
    for (index, node) in nodes.enumerated() {
      writer.put(UInt8(1))
      do throws(VMStateError) {
        try saveNode(node, to: &writer, json: &json, context)
      } catch {
        throw error.within("[\(index)]")
      }
    }
    writer.put(UInt8(0))
  }

  private func saveNode(
    _ node: Node, to writer: inout StreamWriter, json: inout DescriptionText?,
    _ context: SaveContext
  ) throws(VMStateError) {
    var node = node
    if let keyTable {
      try keyTable.saveValue(
        &node.key, version: keyTable.version, to: &writer, json: &json, context)
    } else {
      writer.put(withUnsafeBytes(of: node.key) { $0.loadUnaligned(as: UInt64.self) })
    }
    try valueTable.saveValue(
      &node.value, version: valueTable.version, to: &writer, json: &json, context)
  }

  override func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    let offset = reader.position
    try keyTable?.checkVersion(since, at: offset)
    try valueTable.checkVersion(since, at: offset)
    let count = Int(try reader.get(UInt32.self))
    var nodes: [Node] = []
    var seen = 0
    while try reader.get(UInt8.self) != 0 {
      seen += 1
      guard seen <= count else { throw Self.inconsistent(count, "more", offset) }
      try context.checkElements(seen, MemoryLayout<Node>.stride)
      do throws(VMStateError) {
        insert(try loadNode(from: &reader, since, context), into: &nodes)
      } catch {
        throw error.within("[\(seen - 1)]")
      }
    }
    guard seen == count else { throw Self.inconsistent(count, "\(seen)", offset) }
    element.assumingMemoryBound(to: [Node].self).pointee = nodes
  }

  private static func inconsistent(_ count: Int, _ found: String, _ offset: UInt64) -> VMStateError
  {
    VMStateError(
      .inconsistentTree, "the tree does not have the number of nodes it announces",
      offset: offset, expected: "\(count)", found: found)
  }

  private func loadNode(
    from reader: inout StreamReader, _ since: Int, _ context: LoadContext
  ) throws(VMStateError) -> Node {
    var node = fresh
    if let keyTable {
      try keyTable.loadValue(&node.key, version: since, from: &reader, context)
    } else {
      let key = try reader.get(UInt64.self)
      withUnsafeMutableBytes(of: &node.key) { $0.storeBytes(of: key, as: UInt64.self) }
    }
    try valueTable.loadValue(&node.value, version: since, from: &reader, context)
    return node
  }

  /// Keeps the order; an equal key takes the new value, as the tree of QEMU does.
  private func insert(_ node: Node, into nodes: inout [Node]) {
    guard let last = nodes.last, !precedes(last.key, node.key) else {
      nodes.append(node)
      return
    }
    let place = nodes.firstIndex { !precedes($0.key, node.key) } ?? nodes.endIndex
    if !precedes(node.key, nodes[place].key) {
      nodes[place] = node
    } else {
      nodes.insert(node, at: place)
    }
  }
}

extension NestedTable {
  /// Saves a value that is a local copy.
  func saveValue<Value>(
    _ value: inout Value, version: Int, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    var failure: VMStateError?
    withUnsafeMutablePointer(to: &value) { pointer in
      do throws(VMStateError) {
        try save(pointer, version: version, to: &writer, json: &json, context)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Loads a value that is a local copy.
  func loadValue<Value>(
    _ value: inout Value, version: Int, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    var failure: VMStateError?
    withUnsafeMutablePointer(to: &value) { pointer in
      do throws(VMStateError) {
        try load(pointer, version: version, from: &reader, context)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Throws `versionTooNew` or `versionTooOld` when the table cannot read a version.
  func checkVersion(_ version: Int, at offset: UInt64) throws(VMStateError) {
    guard version <= self.version else {
      throw VMStateError(
        .versionTooNew, "\(name): version \(version) is too new", offset: offset,
        expected: "at most \(self.version)", found: "\(version)")
    }
    guard version >= minimumVersion else {
      throw VMStateError(
        .versionTooOld, "\(name): version \(version) is too old", offset: offset,
        expected: "at least \(minimumVersion)", found: "\(version)")
    }
  }
}

extension LoadContext {
  /// Throws `limitExceeded` when a list grows beyond the limits.
  func checkElements(_ count: Int, _ stride: Int) throws(VMStateError) {
    guard count <= limits.elements else {
      throw VMStateError(
        .limitExceeded, "a list of more elements than the limit",
        expected: "at most \(limits.elements)", found: "\(count)")
    }
    let bytes = count.multipliedReportingOverflow(by: stride)
    try checkFieldBytes(bytes.overflow ? .max : bytes.partialValue)
  }
}
