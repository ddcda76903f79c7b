/// A record of the section `s390-storage_attributes`.
///
/// Wire: be64 `address | flag`, the flag in the bits below a page of 4 KiB. QEMU:
/// `cmma_save` and `cmma_load`, hw/s390x/s390-stattrib.c.
public enum StorageAttributesRecord: Sendable, Hashable {
  /// Most attributes in one record.
  public static let maximumCount = 524_288

  /// Flag 1: the end of the body.
  case endOfSection
  /// Flag 2: be64 count; so many bytes follow, one for each page from the address on, which
  /// this value does not hold.
  case more(address: UInt64, count: UInt64)
  /// Flag 4: the sender could not read them all.
  case error
  /// Flag 8: all attributes have been sent.
  case done

  /// Bytes that follow the record.
  public var payloadLength: Int {
    if case .more(_, let count) = self { Int(clamping: count) } else { 0 }
  }

  /// Reads a record; after `more` the reader stands at the attributes.
  ///
  /// - Throws: `badRecord` for an unknown flag or too many attributes, `endOfStream`, or the
  ///   channel's error.
  public init(from reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let word = try reader.get(UInt64.self)
    let (flag, address) = (word & 0xFFF, word & ~0xFFF)
    switch (flag, address) {
    case (1, 0): self = .endOfSection
    case (2, _): self = .more(address: address, count: try reader.get())
    case (4, 0): self = .error
    case (8, 0): self = .done
    default:
      throw VMStateError(
        .badRecord, "Unexpected storage attribute flag data: \(hexadecimal(word))",
        offset: offset, expected: "1, 2, 4 or 8", found: hexadecimal(word))
    }
    guard payloadLength <= Self.maximumCount else {
      throw VMStateError(
        .badRecord, "more storage attributes than a record has", offset: offset + 8,
        expected: "at most \(Self.maximumCount)", found: "\(payloadLength)")
    }
  }

  /// Writes the record; after `more` the attributes are put.
  ///
  /// - Throws: `valueOutOfRange` for an address inside a page.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    switch self {
    case .endOfSection: writer.put(UInt64(1))
    case .error: writer.put(UInt64(4))
    case .done: writer.put(UInt64(8))
    case .more(let address, let count):
      try StorageKeysRecord.put(address, flag: 2, count: count, to: &writer)
    }
  }
}
