import VMState

/// Raw bytes.
public struct Buffer<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A fixed array of bytes, or a part of it.
  public init<let count: Int>(
    _ name: String, _ path: WritableKeyPath<Root, InlineArray<count, UInt8>>,
    range: Range<Int>? = nil
  ) {
    field = .buffer(name, path, range: range)
  }

  /// A fixed number of bytes of a Swift array.
  public init(
    _ name: String, _ path: WritableKeyPath<Root, [UInt8]>, count: Int, first: Int = 0
  ) {
    field = .buffer(name, path, count: count, first: first)
  }

  /// Bytes whose number is in another member; `growing` lets a load set the array's size.
  public init<Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, [UInt8]>, size: KeyPath<Root, Count>,
    times factor: Int = 1, growing: Bool = false
  ) {
    field = .buffer(name, path, size: size, times: factor, growing: growing)
  }

  /// A counted byte array: length and bytes (11.x).
  public init(counted name: String, _ path: WritableKeyPath<Root, [UInt8]>) {
    field = .countedBytes(name, path)
  }
}

/// The memory of integers as this machine holds it, byte by byte.
public struct RawMemory<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A fixed array, or a part of it.
  public init<let count: Int, Value: WireScalar & FixedWidthInteger>(
    _ name: String, _ path: WritableKeyPath<Root, InlineArray<count, Value>>,
    range: Range<Int>? = nil
  ) {
    field = .rawMemory(name, path, range: range)
  }

  /// A fixed number of elements of a Swift array.
  public init<Value: WireScalar & FixedWidthInteger>(
    _ name: String, _ path: WritableKeyPath<Root, [Value]>, count: Int, first: Int = 0
  ) {
    field = .rawMemory(name, path, count: count, first: first)
  }
}

/// A map of bits in 64-bit words.
public struct Bitmap<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A map whose number of bits is in another member.
  public init<Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, [UInt64]>, bits: KeyPath<Root, Count>,
    growing: Bool = false
  ) {
    field = .bitmap(name, path, bits: bits, growing: growing)
  }
}

/// Bytes that once meant something: zeros on save, discarded on load.
public struct Unused<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A number of bytes.
  public init(_ size: Int) { field = .unused(size) }

  /// Elements of a number of bytes, their count in another member.
  public init<Count: FixedWidthInteger & WireScalar>(
    _ size: Int, count: KeyPath<Root, Count>
  ) {
    field = .unused(size, count: count)
  }
}
