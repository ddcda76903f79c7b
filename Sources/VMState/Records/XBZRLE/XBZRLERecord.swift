/// What stands between the page header and the delta of an `XBZRLE` record.
///
/// Wire: byte `01`, be16 length; that many bytes follow, which this value does not hold.
/// QEMU: `save_xbzrle_page` and `load_xbzrle`, migration/ram.c.
public struct XBZRLERecord: Sendable, Hashable {
  /// The first byte, `ENCODING_FLAG_XBZRLE`.
  public static let encodingFlag: UInt8 = 1
  /// Bytes of flag and length.
  public static let headerLength = 3

  /// Bytes of the delta; 0 (nothing changed) is accepted and never sent.
  public var length: UInt16

  /// A header for a delta of some bytes.
  public init(length: UInt16) { self.length = length }

  /// Reads the header; the reader then stands at the delta.
  ///
  /// - Throws: `badRAMRecord` for another first byte or more bytes than a page, `endOfStream`,
  ///   or the channel's error.
  public init(
    from reader: inout StreamReader, pageSize: TargetPageSize = .standard
  ) throws(VMStateError) {
    let offset = reader.position
    let flag = try reader.get(UInt8.self)
    guard flag == Self.encodingFlag else {
      throw VMStateError(
        .badRAMRecord, "an XBZRLE page of an unknown encoding", offset: offset, expected: "1",
        found: "\(flag)")
    }
    length = try reader.get()
    guard Int(length) <= pageSize.bytes else {
      throw VMStateError(
        .badRAMRecord, "an XBZRLE delta longer than a page", offset: offset + 1,
        expected: "at most \(pageSize.bytes) bytes", found: "\(length)")
    }
  }

  /// Writes the header; the delta is put after it.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(Self.encodingFlag)
    writer.put(length)
  }

  /// Reads the delta and applies it to the page, without a copy in between.
  ///
  /// - Parameter page: The page, with the content that the sender knew.
  /// - Throws: `badRAMRecord`, `endOfStream`, or the channel's error.
  public func apply(
    to page: UnsafeMutableRawBufferPointer, from reader: inout StreamReader
  ) throws(VMStateError) {
    let offset = reader.position
    try reader.withBytes(Int(length)) { delta throws(VMStateError) in
      _ = try XBZRLE.decode(delta, into: page, at: offset)
    }
  }
}
