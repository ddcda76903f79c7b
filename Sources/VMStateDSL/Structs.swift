import VMState

/// A nested structure.
public struct Struct<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A structure with its table; with `version` it is a versioned one (`vstruct`).
  public init<Child>(
    _ name: String, _ path: WritableKeyPath<Root, Child>, _ table: VMStateDescription<Child>,
    version: Int? = nil
  ) {
    field = .structure(name, path, table, version: version)
  }
}

/// An array of structures.
public struct Structs<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A fixed array, or a part of it.
  public init<let count: Int, Child>(
    _ name: String, _ path: WritableKeyPath<Root, InlineArray<count, Child>>,
    _ table: VMStateDescription<Child>, range: Range<Int>? = nil
  ) {
    field = .structures(name, path, table, range: range)
  }

  /// A Swift array of a fixed number of elements, from `first` on.
  public init<Child>(
    _ name: String, _ path: WritableKeyPath<Root, [Child]>, _ table: VMStateDescription<Child>,
    count: Int, first: Int = 0
  ) {
    field = .structures(name, path, table, count: count, first: first)
  }
}

/// An array of pointers: elements that may be absent.
public struct Pointers<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// Scalars.
  public init<let count: Int, Value: WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, InlineArray<count, Value?>>
  ) {
    field = .pointers(name, path)
  }

  /// Structures.
  public init<let count: Int, Child>(
    _ name: String, _ path: WritableKeyPath<Root, InlineArray<count, Child?>>,
    _ table: VMStateDescription<Child>
  ) {
    field = .pointers(name, path, table)
  }

  /// Structures in a Swift array of known size.
  public init<Child>(
    _ name: String, _ path: WritableKeyPath<Root, [Child?]>, _ table: VMStateDescription<Child>,
    count: Int
  ) {
    field = .pointers(name, path, table, count: count)
  }

  /// Structures with a marker before each, made by the load (11.x).
  public init<Child: Sendable, Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, [Child?]>, _ table: VMStateDescription<Child>,
    count: KeyPath<Root, Count>, fresh: Child
  ) {
    field = .allocatedPointers(name, path, table, count: count, fresh: fresh)
  }
}

/// A value behind one pointer that is always there.
public struct Pointee<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A scalar.
  public init<Value: WireScalar>(_ name: String, _ path: WritableKeyPath<Root, Value?>) {
    field = .pointee(name, path)
  }

  /// A structure.
  public init<Child>(
    _ name: String, _ path: WritableKeyPath<Root, Child?>, _ table: VMStateDescription<Child>
  ) {
    field = .pointee(name, path, table)
  }
}
