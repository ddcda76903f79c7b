import VMState

/// A tail queue (`qtailq`). A load replaces the array's content.
public struct Queue<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// Elements with their table; a loaded one starts as `fresh`.
  public init<Element: Sendable>(
    _ name: String, _ path: WritableKeyPath<Root, [Element]>,
    _ table: VMStateDescription<Element>, fresh: Element
  ) {
    field = .list(name, path, table, fresh: fresh, isTailQueue: true)
  }
}

/// A list (`qlist`). A load replaces the array's content.
public struct List<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// Elements with their table; a loaded one starts as `fresh`.
  public init<Element: Sendable>(
    _ name: String, _ path: WritableKeyPath<Root, [Element]>,
    _ table: VMStateDescription<Element>, fresh: Element
  ) {
    field = .list(name, path, table, fresh: fresh, isTailQueue: false)
  }
}

/// A balanced tree (`gtree`). A load replaces the array's content.
public struct Tree<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A tree with a described key.
  public init<Key: Sendable, Value: Sendable>(
    _ name: String, _ path: WritableKeyPath<Root, [TreeNode<Key, Value>]>,
    key: VMStateDescription<Key>, value: VMStateDescription<Value>,
    fresh: TreeNode<Key, Value>, precedes: @escaping @Sendable (Key, Key) -> Bool
  ) {
    field = .tree(
      name, path, key: key, value: value, fresh: fresh, precedes: precedes)
  }

  /// A tree whose key is the number itself.
  public init<Value: Sendable>(
    _ name: String, _ path: WritableKeyPath<Root, [TreeNode<UInt64, Value>]>,
    value: VMStateDescription<Value>, fresh: Value,
    precedes: @escaping @Sendable (UInt64, UInt64) -> Bool = { $0 < $1 }
  ) {
    field = .tree(name, path, value: value, fresh: fresh, precedes: precedes)
  }
}

/// A temporary made from the state for the time of the transfer (`tmp`).
public struct Temporary<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// Builds the temporary by `make`, and after a load stores what came by `apply`.
  public init<Value>(
    _ table: VMStateDescription<Value>, make: @escaping @Sendable (Root) -> Value,
    apply: @escaping @Sendable (Value, inout Root) throws -> Void,
    covering covered: [PartialKeyPath<Root>] = []
  ) {
    field = .temporary(table, make: make, apply: apply, covering: covered)
  }
}
