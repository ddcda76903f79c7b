/// What stands between the page header and the bytes of a `COMPRESS_PAGE` record.
///
/// Wire: be32 length; then one complete zlib stream of a page, which this value does not hold.
/// QEMU (to 9.0): `do_compress_ram_page` and `ram_load_precopy`, migration/ram.c.
public struct CompressedPageRecord: Sendable, Hashable {
  /// Bytes of the length.
  public static let headerLength = 4

  /// Bytes of the zlib stream.
  public var length: UInt32

  /// A header for a zlib stream of some bytes.
  public init(length: UInt32) { self.length = length }

  /// The longest zlib stream that a page may need, by zlib's own bound (`compressBound`): 4110
  /// for 4096 bytes.
  public static func bound(for pageSize: TargetPageSize) -> Int {
    let size = pageSize.bytes
    return size + size >> 12 + size >> 14 + size >> 25 + 13
  }

  /// Reads the length; the reader then stands at the zlib stream.
  ///
  /// - Throws: `badRAMRecord` above the bound, `endOfStream`, or the channel's error.
  public init(
    from reader: inout StreamReader, pageSize: TargetPageSize = .standard
  ) throws(VMStateError) {
    let offset = reader.position
    length = try reader.get()
    let bound = Self.bound(for: pageSize)
    guard Int(length) <= bound else {
      throw VMStateError(
        .badRAMRecord, "a compressed page longer than zlib makes it", offset: offset,
        expected: "at most \(bound) bytes", found: "\(length)")
    }
  }

  /// Writes the length; the zlib stream is put after it.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(length)
  }
}
