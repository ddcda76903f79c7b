/// A record of the section `s390-skeys`.
///
/// Wire: be64 `start | flag`, the flag in the bits below a page of 4 KiB. QEMU:
/// `s390_storage_keys_save`, hw/s390x/s390-skeys.c.
public enum StorageKeysRecord: Sendable, Hashable {
  /// Section version.
  public static let version = 1

  /// Flag 1: the end of the body.
  case endOfSection
  /// Flag 2: be64 pages; so many keys of a byte follow, for the pages from the address on,
  /// which this value does not hold.
  case keys(start: UInt64, pages: UInt64)
  /// Flag 4: the sender could not read them all; ends the body.
  case error

  /// True if the body ends with it.
  public var endsBody: Bool { self == .endOfSection || self == .error }

  /// Bytes that follow the record.
  public var payloadLength: UInt64 { if case .keys(_, let pages) = self { pages } else { 0 } }

  /// Reads a record; after `keys` the reader stands at the keys.
  ///
  /// - Throws: `badRecord` for an unknown flag or more pages than there are addresses,
  ///   `endOfStream`, or the channel's error.
  public init(from reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let word = try reader.get(UInt64.self)
    let (flag, start) = (word & 0xFFF, word & ~0xFFF)
    switch (flag, start) {
    case (1, 0): self = .endOfSection
    case (2, _): self = .keys(start: start, pages: try reader.get())
    case (4, 0): self = .error
    default:
      throw VMStateError(
        .badRecord, "an unknown record of storage keys", offset: offset,
        expected: "flag 1, 2 or 4", found: hexadecimal(word))
    }
    guard payloadLength <= (UInt64.max - start) >> 12 else {
      throw VMStateError(
        .badRecord, "storage keys beyond any memory", offset: offset + 8,
        found: "\(payloadLength) pages from \(hexadecimal(start))")
    }
  }

  /// Writes the record; after `keys` the keys are put.
  ///
  /// - Throws: `valueOutOfRange` for an address inside a page.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    switch self {
    case .endOfSection: writer.put(UInt64(1))
    case .error: writer.put(UInt64(4))
    case .keys(let start, let pages):
      try Self.put(start, flag: 2, count: pages, to: &writer)
    }
  }

  static func put(
    _ address: UInt64, flag: UInt64, count: UInt64, to writer: inout StreamWriter
  ) throws(VMStateError) {
    guard address & 0xFFF == 0 else {
      throw VMStateError(
        .valueOutOfRange, "an address inside a page", offset: writer.position,
        found: hexadecimal(address))
    }
    writer.put(address | flag)
    writer.put(count)
  }
}
