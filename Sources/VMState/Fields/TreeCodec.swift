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
/// The property is a Swift array of nodes in any order; a load leaves it in key order. Of two
/// nodes with equal keys the first one's key and the last one's value stay, as in GLib's tree.
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
  override var changesOnSave: Bool {
    valueTable.changesOnSave || keyTable?.changesOnSave ?? false
  }
  override var nested: [NestedSchema] {
    (keyTable.map { [NestedSchema(.key, $0.schema)] } ?? [])
      + [NestedSchema(.value, valueTable.schema)]
  }
  override func problem(since: Int) -> String? {
    keyTable?.problem(since: since) ?? valueTable.problem(since: since)
  }

  // MARK: Save

  override func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let tree = element.assumingMemoryBound(to: [Node].self)
    var nodes = ordered(tree.pointee)
    guard let count = UInt32(exactly: nodes.count) else {
      throw VMStateError(.limitExceeded, "a tree of more than 2^32 nodes")
    }
    writer.put(count)
    for index in nodes.indices {
      writer.put(UInt8(1))
      do throws(VMStateError) {
        try saveNode(&nodes[index], to: &writer, json: &json, context)
      } catch {
        throw error.within("[\(index)]")
      }
    }
    writer.put(UInt8(0))
    if changesOnSave { tree.pointee = nodes }
  }

  private func saveNode(
    _ node: inout Node, to writer: inout StreamWriter, json: inout DescriptionText?,
    _ context: SaveContext
  ) throws(VMStateError) {
    if let keyTable {
      try keyTable.saveValue(
        &node.key, version: keyTable.version, to: &writer, json: &json, context)
    } else {
      writer.put(withUnsafeBytes(of: node.key) { $0.loadUnaligned(as: UInt64.self) })
    }
    try valueTable.saveValue(
      &node.value, version: valueTable.version, to: &writer, json: &json, context)
  }

  // MARK: Load

  override func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    let offset = reader.position
    try keyTable?.checkVersion(since, at: offset)
    try valueTable.checkVersion(since, at: offset)
    let count = Int(try reader.get(UInt32.self))
    var nodes: [Node] = []
    while try reader.get(UInt8.self) != 0 {
      guard nodes.count < count else { throw Self.inconsistent(count, "more", offset) }
      try context.checkElements(nodes.count + 1, MemoryLayout<Node>.stride)
      do throws(VMStateError) {
        nodes.append(try loadNode(from: &reader, since, context))
      } catch {
        throw error.within("[\(nodes.count)]")
      }
    }
    guard nodes.count == count else {
      throw Self.inconsistent(count, "\(nodes.count)", offset)
    }
    element.assumingMemoryBound(to: [Node].self).pointee = ordered(nodes)
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

  // MARK: Order

  /// The nodes in key order, each key once. Streams come in order; nodes that do not are
  /// sorted once at the end, so that a hostile order costs n log n.
  private func ordered(_ nodes: [Node]) -> [Node] {
    let isOrdered = nodes.indices.dropFirst().allSatisfy {
      precedes(nodes[$0 - 1].key, nodes[$0].key)
    }
    if isOrdered { return nodes }
    let sorted = nodes.enumerated().sorted { left, right in
      if precedes(left.element.key, right.element.key) { return true }
      if precedes(right.element.key, left.element.key) { return false }
      return left.offset < right.offset
    }
    var result: [Node] = []
    for (_, node) in sorted {
      if let last = result.last, !precedes(last.key, node.key) {
        result[result.count - 1].value = node.value
      } else {
        result.append(node)
      }
    }
    return result
  }
}
