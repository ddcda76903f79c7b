/// Which pages of a block the destination has: what follows the message `RECV_BITMAP`.
///
/// Wire: be64 size, so many bytes, be64 end mark. Bit k is bit `k & 7` of byte `k >> 3` on
/// every host; the size is a multiple of eight. QEMU: `ramblock_recv_bitmap_send`,
/// migration/ram.c.
public struct ReceivedBitmap: Sendable, Hashable {
  /// The number behind the bitmap.
  public static let endMark: UInt64 = 0x0123_4567_89AB_CDEF

  /// The bits, a multiple of eight bytes.
  public var bytes: [UInt8]

  /// A bitmap.
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// Bytes of the bitmap of so many pages.
  public static func size(pages: Int) -> Int { (pages + 63) / 64 * 8 }

  /// Reads the bitmap and its end mark.
  ///
  /// - Parameters:
  ///   - pages: The pages of the block; nil accepts a bitmap of any size.
  ///   - limit: Most bytes to take.
  /// - Throws: `badMessage` for another size than the pages need, or without the end mark;
  ///   `limitExceeded`, `endOfStream`, or the channel's error.
  public init(
    from reader: inout StreamReader, pages: Int? = nil, limit: Int = 64 << 20
  ) throws(VMStateError) {
    let offset = reader.position
    let size = try reader.get(UInt64.self)
    let expected = pages.map { UInt64(Self.size(pages: $0)) }
    guard size & 7 == 0, expected ?? size == size else {
      throw VMStateError(
        .badMessage, "a received bitmap of a wrong size", offset: offset,
        expected: expected.map { "\($0) bytes" } ?? "a multiple of 8 bytes", found: "\(size)")
    }
    bytes = try reader.getBytes(Int(clamping: size), limit: limit)
    let mark = try reader.get(UInt64.self)
    guard mark == Self.endMark else {
      throw VMStateError(
        .badMessage, "a received bitmap without its end mark", offset: reader.position - 8,
        expected: hexadecimal(Self.endMark), found: hexadecimal(mark))
    }
  }

  /// Whether the destination has a page.
  ///
  /// - Parameter page: From 0; a page beyond the bitmap is not there.
  public subscript(page: Int) -> Bool {
    let index = page >> 3
    return bytes.indices.contains(index) && bytes[index] >> UInt8(page & 7) & 1 != 0
  }

  /// Writes the bitmap and its end mark.
  ///
  /// - Throws: `valueOutOfRange` if the bytes are no multiple of eight.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    guard bytes.count & 7 == 0 else {
      throw VMStateError(
        .valueOutOfRange, "a received bitmap is a multiple of eight bytes",
        offset: writer.position, found: "\(bytes.count)")
    }
    writer.put(UInt64(bytes.count))
    writer.put(bytes: bytes)
    writer.put(Self.endMark)
  }
}
