extension VMStateField {
  /// Bytes of a fixed array, or a part of it.
  ///
  /// Wire: the bytes as they are. QEMU: `VMSTATE_BUFFER`, `VMSTATE_PARTIAL_BUFFER`,
  /// `VMSTATE_BUFFER_START_MIDDLE`, `VMSTATE_STATIC_BUFFER`.
  public static func buffer<let count: Int>(
    _ name: String, _ path: WritableKeyPath<State, InlineArray<count, UInt8>>,
    range: Range<Int>? = nil
  ) -> Self {
    rawMemory(name, path, range: range)
  }

  /// Bytes of a Swift array, a fixed number of them.
  ///
  /// QEMU: `VMSTATE_BUFFER_POINTER_UNSAFE`.
  ///
  /// - Parameters:
  ///   - count: Bytes on the wire; the array must hold at least as many.
  ///   - first: Index of the first.
  public static func buffer(
    _ name: String, _ path: WritableKeyPath<State, [UInt8]>, count: Int, first: Int = 0
  ) -> Self {
    precondition(count >= 0 && first >= 0, "the row '\(name)' has a negative count or start")
    return Self(
      name,
      ByteArrayStorage(offset: storedOffset(path, row: name), range: first..<first + count),
      BufferCodec(size: nil))
  }

  /// Bytes of a Swift array, their number in another member (not part of the row).
  ///
  /// QEMU: `VMSTATE_VBUFFER`, `VMSTATE_VBUFFER_MULTIPLY`; with `growing`,
  /// `VMSTATE_VBUFFER_ALLOC_UINT32`. A negative length is an error.
  public static func buffer<Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<State, [UInt8]>, size: KeyPath<State, Count>,
    times factor: Int = 1, growing: Bool = false
  ) -> Self {
    Self(
      name,
      ByteArrayStorage(
        offset: storedOffset(path, row: name), isGrowing: growing,
        counter: storedCount(size, row: name, times: factor)),
      BufferCodec(size: nil))
  }

  /// The memory of a fixed array of integers, or of a part of it, byte by byte as this machine
  /// holds it.
  ///
  /// Wire: the bytes in host order, which is what QEMU does here. QEMU:
  /// `VMSTATE_BUFFER_UNSAFE`. Use `scalars` wherever the two ends may differ.
  public static func rawMemory<let count: Int, Value: WireScalar & FixedWidthInteger>(
    _ name: String, _ path: WritableKeyPath<State, InlineArray<count, Value>>,
    range: Range<Int>? = nil
  ) -> Self {
    let range = checkedRange(range, count, name)
    let stride = MemoryLayout<Value>.stride
    return Self(
      name,
      InlineStorage(
        offset: storedOffset(path, row: name) + range.lowerBound * stride,
        stride: range.count * stride),
      BufferCodec(size: range.count * stride))
  }

  /// The memory of integers in a Swift array, a fixed number of them, in host order.
  ///
  /// QEMU: `VMSTATE_BUFFER_POINTER_UNSAFE`.
  public static func rawMemory<Value: WireScalar & FixedWidthInteger>(
    _ name: String, _ path: WritableKeyPath<State, [Value]>, count: Int, first: Int = 0
  ) -> Self {
    Self(
      name, BufferStorage(ArrayStorage(path, count: count, first: first, row: name)),
      BufferCodec(size: nil))
  }

  /// A counted byte array (11.x): be32 length and the bytes; a load takes over the length.
  ///
  /// QEMU: `VMSTATE_GBYTEARRAY`.
  public static func countedBytes(
    _ name: String, _ path: WritableKeyPath<State, [UInt8]>
  ) -> Self {
    custom(name, path, CountedBytesCodec())
  }

  /// A map of bits, their number in another member.
  ///
  /// Wire: ceil(bits/64) words of be64. QEMU: `VMSTATE_BITMAP`.
  ///
  /// - Parameter growing: A load gives the array the counted size.
  public static func bitmap<Count: FixedWidthInteger & WireScalar>(
    _ name: String, _ path: WritableKeyPath<State, [UInt64]>, bits: KeyPath<State, Count>,
    growing: Bool = false
  ) -> Self {
    Self(
      name,
      BitmapBody(
        offset: storedOffset(path, row: name), growing: growing,
        bits: storedCount(bits, row: name)))
  }

  /// Bytes that are written as zeros and discarded on load. QEMU: `VMSTATE_UNUSED`.
  ///
  /// - Parameter size: The number of bytes that were once sent.
  public static func unused(_ size: Int, name: String = "unused") -> Self {
    precondition(size >= 0, "the row '\(name)' has a negative size")
    return Self(name, InlineStorage(offset: 0, stride: 0), UnusedCodec(size: size))
  }

  /// Unused elements, their number in another member. QEMU: `VMSTATE_UNUSED_VARRAY_UINT32`.
  public static func unused<Count: FixedWidthInteger & WireScalar>(
    _ size: Int, count: KeyPath<State, Count>, name: String = "unused"
  ) -> Self {
    precondition(size > 0, "the row '\(name)' has elements without a size")
    let counter = storedCount(count, row: name)
    return Self(
      name, InlineStorage(offset: 0, stride: 0, capacity: .max, counter: counter),
      UnusedCodec(size: size))
  }

  /// A check on the rows before it; no bytes.
  ///
  /// QEMU: `VMSTATE_VALIDATE`. Throws `validationFailed` on load and on save.
  public static func validate(
    _ name: String, _ test: @escaping @Sendable (State, Int) -> Bool
  ) -> Self {
    let field = Self(name, FieldBody()).when(test)
    field.row.mustExist = true
    return field
  }

  /// Says that a stored property does not travel, so that the coverage test knows it was not
  /// forgotten.
  public static func local<Value>(_ path: KeyPath<State, Value>) -> Self {
    let offset = storedOffset(path, row: "local")
    let body = LocalBody(offset..<offset + MemoryLayout<Value>.size)
    let field = Self("local", body)
    field.row.isLocal = true
    return field
  }
}

/// Covers memory and transfers nothing.
final class LocalBody: FieldBody, @unchecked Sendable {
  private let range: Range<Int>
  init(_ range: Range<Int>) { self.range = range }
  override var memory: [Range<Int>] { [range] }
}
