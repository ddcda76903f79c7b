extension VMStateField {
  /// A property with a hand-written codec.
  ///
  /// QEMU: `VMSTATE_SINGLE` with an own `VMStateInfo`, `VMSTATE_BUFFER_UNSAFE_INFO`.
  public static func custom<Codec: FieldCodec>(
    _ name: String, _ path: WritableKeyPath<State, Codec.Value>, _ codec: Codec
  ) -> Self {
    Self(name, InlineStorage(property: path, row: name), CustomCodec(codec))
  }

  /// The whole state through a hand-written codec.
  ///
  /// - Parameter covered: The stored properties it stands for, for the coverage test.
  public static func custom<Codec: FieldCodec>(
    _ name: String, _ codec: Codec, covering covered: [PartialKeyPath<State>] = []
  ) -> Self where Codec.Value == State {
    Self(name, ViewStorage(covered: coveredMemory(covered)), CustomCodec(codec))
  }

  /// A fixed array, or a part of it, with a hand-written codec for one element.
  ///
  /// QEMU: `VMSTATE_ARRAY`, `VMSTATE_SUB_ARRAY` with an own `VMStateInfo`.
  public static func customs<let count: Int, Codec: FieldCodec>(
    _ name: String, _ path: WritableKeyPath<State, InlineArray<count, Codec.Value>>,
    _ codec: Codec, range: Range<Int>? = nil
  ) -> Self {
    Self(name, InlineStorage(elements: path, range: range, row: name), CustomCodec(codec))
  }

  /// A fixed array of fixed arrays, row by row, with a hand-written codec for one element.
  ///
  /// QEMU: `VMSTATE_2DARRAY` with an own `VMStateInfo`.
  public static func customs<let rows: Int, let columns: Int, Codec: FieldCodec>(
    _ name: String,
    _ path: WritableKeyPath<State, InlineArray<rows, InlineArray<columns, Codec.Value>>>,
    _ codec: Codec
  ) -> Self {
    Self(name, InlineStorage(grid: path, row: name), CustomCodec(codec))
  }

  /// Elements of a Swift array, their number in another member, with a hand-written codec for
  /// one element.
  ///
  /// QEMU: `VMSTATE_VARRAY_INT32` and relatives with an own `VMStateInfo`; with `fresh`,
  /// `VMSTATE_VARRAY_UINT32_ALLOC`.
  ///
  /// - Parameter fresh: What a new element starts as; a load then gives the array exactly the
  ///   counted size. Nil: the destination's size is the capacity.
  public static func customs<Codec: FieldCodec, Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<State, [Codec.Value]>, _ codec: Codec,
    count: KeyPath<State, Count>, times factor: Int = 1, fresh: Codec.Value? = nil
  ) -> Self {
    Self(
      name,
      ArrayStorage<Codec.Value>(
        offset: storedOffset(path, row: name), growth: fresh.map { .renewed($0) } ?? .none,
        counter: storedCount(count, row: name, times: factor)), CustomCodec(codec))
  }

  /// A value behind a pointer that is always there, with a hand-written codec.
  ///
  /// QEMU: `VMSTATE_POINTER` with an own `VMStateInfo`. A nil on either side is an error.
  public static func pointee<Codec: FieldCodec>(
    _ name: String, _ path: WritableKeyPath<State, Codec.Value?>, _ codec: Codec
  ) -> Self {
    Self(
      name,
      PointeeBody<Codec.Value>(offset: storedOffset(path, row: name), CustomCodec(codec)))
  }

  /// An array of pointers with a hand-written codec for one element; absent ones travel as
  /// `0x30`.
  ///
  /// QEMU: `VMSTATE_ARRAY_OF_POINTER` with an own `VMStateInfo`.
  public static func pointers<let count: Int, Codec: FieldCodec>(
    _ name: String, _ path: WritableKeyPath<State, InlineArray<count, Codec.Value?>>,
    _ codec: Codec
  ) -> Self {
    Self(
      name,
      PointersBody<Codec.Value>(
        InlineStorage(elements: path, range: nil, row: name), CustomCodec(codec)))
  }

  /// An open file descriptor, passed along with the stream.
  ///
  /// Wire: one byte `0x20` with the descriptor attached to it; the channel must be a UNIX
  /// socket. After a load the property holds a descriptor of this process, which the device
  /// owns. QEMU: `VMSTATE_FD`.
  ///
  /// Throws `unsupported` if the channel passes no descriptors, `valueMismatch` if the byte
  /// came without one.
  public static func fileDescriptor(
    _ name: String, _ path: WritableKeyPath<State, Int32>
  ) -> Self {
    custom(name, path, DescriptorCodec())
  }
}

/// Length and bytes (11.x).
struct CountedBytesCodec: FieldCodec {
  var typeName: String { "GByteArray" }

  func encode(
    _ value: [UInt8], to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) {
    guard let count = UInt32(exactly: value.count) else {
      throw VMStateError(.limitExceeded, "a byte array of more than 2^32 bytes")
    }
    writer.put(count)
    writer.put(bytes: value)
  }

  func decode(
    into value: inout [UInt8], from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    let count = try reader.get(UInt32.self)
    value = try reader.getBytes(Int(count), limit: context.limits.fieldBytes)
  }
}

/// A descriptor that travels beside the bytes.
struct DescriptorCodec: FieldCodec {
  var typeName: String { "fd" }

  func encode(
    _ value: Int32, to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) {
    writer.put(descriptor: value)
    try writer.check()
  }

  func decode(
    into value: inout Int32, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    let offset = reader.position
    guard let descriptor = try reader.getDescriptor() else {
      throw VMStateError(
        .valueMismatch, "no file descriptor came with the byte that announces one",
        offset: offset, expected: "a descriptor", found: "none")
    }
    context.receivedDescriptors.append(descriptor)
    value = descriptor
  }
}
