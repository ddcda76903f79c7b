import VMState

/// A property with a hand-written codec.
public struct Custom<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A property.
  public init<Codec: FieldCodec>(
    _ name: String, _ path: WritableKeyPath<Root, Codec.Value>, _ codec: Codec
  ) {
    field = .custom(name, path, codec)
  }

  /// The whole state.
  public init<Codec: FieldCodec>(
    _ name: String, _ codec: Codec, covering covered: [PartialKeyPath<Root>] = []
  ) where Codec.Value == Root {
    field = .custom(name, codec, covering: covered)
  }
}

/// An array with a hand-written codec for one element.
public struct Customs<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A fixed array, or a part of it.
  public init<let count: Int, Codec: FieldCodec>(
    _ name: String, _ path: WritableKeyPath<Root, InlineArray<count, Codec.Value>>,
    _ codec: Codec, range: Range<Int>? = nil
  ) {
    field = .customs(name, path, codec, range: range)
  }

  /// A fixed array of fixed arrays, row by row.
  public init<let rows: Int, let columns: Int, Codec: FieldCodec>(
    _ name: String,
    grid path: WritableKeyPath<Root, InlineArray<rows, InlineArray<columns, Codec.Value>>>,
    _ codec: Codec
  ) {
    field = .customs(name, path, codec)
  }

  /// A Swift array whose number of elements is in another member; `fresh` lets a load set the
  /// array's size.
  public init<Codec: FieldCodec, Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<Root, [Codec.Value]>, _ codec: Codec,
    count: KeyPath<Root, Count>, times factor: Int = 1, fresh: Codec.Value? = nil
  ) {
    field = .customs(name, path, codec, count: count, times: factor, fresh: fresh)
  }
}

/// Values behind pointers, with a hand-written codec.
public struct CustomPointers<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// One pointer that is always there.
  public init<Codec: FieldCodec>(
    _ name: String, _ path: WritableKeyPath<Root, Codec.Value?>, _ codec: Codec
  ) {
    field = .pointee(name, path, codec)
  }

  /// An array of pointers, some of which may be absent.
  public init<let count: Int, Codec: FieldCodec>(
    _ name: String, array path: WritableKeyPath<Root, InlineArray<count, Codec.Value?>>,
    _ codec: Codec
  ) {
    field = .pointers(name, path, codec)
  }
}

/// An open file descriptor that is passed along with the stream (`fd`).
public struct Descriptor<Root>: TableRow {
  /// The row.
  public var field: VMStateField<Root>

  /// A property that holds the descriptor's number.
  public init(_ name: String, _ path: WritableKeyPath<Root, Int32>) {
    field = .fileDescriptor(name, path)
  }
}
