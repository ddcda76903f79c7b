import VMState

/// A scalar, or an array of scalars. The property's type picks the codec.
public struct Field<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A scalar property.
  public init<Value: WireScalar>(_ name: String, _ path: WritableKeyPath<Root, Value>) {
    field = .scalar(name, path)
  }

  /// A fixed array, or a part of it.
  public init<let count: Int, Value: WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, InlineArray<count, Value>>,
    range: Range<Int>? = nil
  ) {
    field = .scalars(name, path, range: range)
  }

  /// A Swift array of a fixed number of elements.
  public init<Value: WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, [Value]>, count: Int
  ) {
    field = .scalars(name, path, count: count)
  }

  /// A part of a Swift array.
  public init<Value: WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, [Value]>, range: Range<Int>
  ) {
    field = .scalars(name, path, count: range.count, first: range.lowerBound)
  }
}

/// An array whose number of elements is in another member.
public struct Counted<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// Scalars in a Swift array; `growing` lets a load set the array's size.
  public init<Value: WireScalar, Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, [Value]>, count: KeyPath<Root, Count>,
    times factor: Int = 1, growing: Bool = false
  ) {
    field = .scalars(name, path, count: count, times: factor, growing: growing)
  }

  /// Scalars at the beginning of a fixed array.
  public init<let capacity: Int, Value: WireScalar, Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, InlineArray<capacity, Value>>,
    count: KeyPath<Root, Count>, times factor: Int = 1
  ) {
    field = .scalars(name, path, count: count, times: factor)
  }

  /// Structures in a Swift array; `fresh` lets a load set the array's size.
  public init<Child: Sendable, Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, [Child]>, _ table: VMStateDescription<Child>,
    count: KeyPath<Root, Count>, fresh: Child? = nil
  ) {
    field = .structures(name, path, table, count: count, fresh: fresh)
  }

  /// Structures at the beginning of a fixed array.
  public init<let capacity: Int, Child, Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, InlineArray<capacity, Child>>,
    _ table: VMStateDescription<Child>, count: KeyPath<Root, Count>
  ) {
    field = .structures(name, path, table, count: count)
  }
}

/// Equal scalars or structures in a tuple, or a two-dimensional fixed array.
public struct Elements<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// Scalars in a tuple.
  public init<Tuple, Value: WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, Tuple>, of element: Value.Type
  ) {
    field = .scalars(name, tuple: path, of: element)
  }

  /// Structures in a tuple.
  public init<Tuple, Child>(
    _ name: String, _ path: WritableKeyPath<Root, Tuple>, _ table: VMStateDescription<Child>
  ) {
    field = .structures(name, tuple: path, table)
  }

  /// Scalars row by row.
  public init<let rows: Int, let columns: Int, Value: WireScalar>(
    _ name: String,
    _ path: WritableKeyPath<Root, InlineArray<rows, InlineArray<columns, Value>>>
  ) {
    field = .scalars(name, path)
  }

  /// Structures row by row.
  public init<let rows: Int, let columns: Int, Child>(
    _ name: String,
    _ path: WritableKeyPath<Root, InlineArray<rows, InlineArray<columns, Child>>>,
    _ table: VMStateDescription<Child>
  ) {
    field = .structures(name, path, table)
  }
}
