extension VMStateField {
  /// A list. QEMU: `VMSTATE_QTAILQ_V` (`isTailQueue`) and `VMSTATE_QLIST_V`.
  ///
  /// Wire: `{ 0x01, element }* 0x00`. Elements are loaded with the row's version, see
  /// `since(_:)`.
  ///
  /// - Parameter fresh: What an element starts as.
  public static func list<Element: Sendable>(
    _ name: String, _ path: WritableKeyPath<State, [Element]>,
    _ table: VMStateDescription<Element>, fresh: Element, isTailQueue: Bool
  ) -> Self {
    Self(
      name,
      InlineStorage(property: path, row: name),
      ListCodec<Element>(
        table.core, type: isTailQueue ? "qtailq" : "qlist", fresh: fresh))
  }

  /// A balanced tree with a described key. QEMU: `VMSTATE_GTREE_V`.
  ///
  /// Wire: `be32 count { 0x01, key, value }* 0x00` in ascending order.
  ///
  /// - Parameter precedes: The tree's order.
  public static func tree<Key: Sendable, Value: Sendable>(
    _ name: String, _ path: WritableKeyPath<State, [TreeNode<Key, Value>]>,
    key: VMStateDescription<Key>, value: VMStateDescription<Value>,
    fresh: TreeNode<Key, Value>, precedes: @escaping @Sendable (Key, Key) -> Bool
  ) -> Self {
    Self(
      name,
      InlineStorage(property: path, row: name),
      TreeCodec<Key, Value>(
        key: key.core, value: value.core, fresh: fresh, precedes: precedes))
  }

  /// A balanced tree whose key is the number itself. QEMU: `VMSTATE_GTREE_DIRECT_KEY_V`.
  ///
  /// Wire: `be32 count { 0x01, be64 key, value }* 0x00` in ascending order.
  ///
  /// - Parameter precedes: The tree's order, of unsigned numbers unless said otherwise.
  public static func tree<Value: Sendable>(
    _ name: String, _ path: WritableKeyPath<State, [TreeNode<UInt64, Value>]>,
    value: VMStateDescription<Value>, fresh: Value,
    precedes: @escaping @Sendable (UInt64, UInt64) -> Bool = { $0 < $1 }
  ) -> Self {
    Self(
      name,
      InlineStorage(property: path, row: name),
      TreeCodec<UInt64, Value>(
        key: nil, value: value.core, fresh: TreeNode(key: 0, value: fresh),
        precedes: precedes))
  }

  /// A temporary made from the state. QEMU: `VMSTATE_WITH_TMP`.
  ///
  /// - Parameters:
  ///   - make: Builds the temporary from the state, on save and before a load.
  ///   - apply: Stores what a load brought.
  ///   - covered: The stored properties it stands for, for the coverage test.
  public static func temporary<Temporary>(
    _ table: VMStateDescription<Temporary>, make: @escaping @Sendable (State) -> Temporary,
    apply: @escaping @Sendable (Temporary, inout State) throws -> Void,
    covering covered: [PartialKeyPath<State>] = []
  ) -> Self {
    Self(
      "tmp",
      ViewStorage(covered: coveredMemory(covered)),
      TemporaryCodec<State, Temporary>(table.core, make: make, apply: apply))
  }
}
