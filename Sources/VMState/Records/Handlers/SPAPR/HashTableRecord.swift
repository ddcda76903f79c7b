/// The first four bytes of every body of the section `spapr/htab`.
///
/// Wire: be32. QEMU: `htab_save_setup` and `htab_load`, hw/ppc/spapr.c.
public enum HashTableHeader: Sendable, Hashable {
  /// Section version.
  public static let version = 1

  /// `ffffffff`: there is no table, and nothing follows.
  case noTable
  /// 0: groups follow.
  case groups
  /// The logarithm of the table's size in bytes; nothing follows.
  case shift(UInt32)

  /// Reads the header.
  ///
  /// - Throws: `badRecord` for a table that cannot be, `endOfStream`, or the channel's error.
  public init(from reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let value = try reader.get(UInt32.self)
    switch value {
    case 0: self = .groups
    case .max: self = .noTable
    case 18...46: self = .shift(value)
    default:
      throw VMStateError(
        .badRecord, "a hash table of an impossible size", offset: offset,
        expected: "a shift from 18 to 46", found: "\(value)")
    }
  }

  /// Writes the header.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    switch self {
    case .noTable: writer.put(UInt32.max)
    case .groups: writer.put(UInt32(0))
    case .shift(let shift): writer.put(shift)
    }
  }
}

/// A group of entries of the hash table; one of all zero ends a body.
///
/// Wire: be32 index, be16 valid, be16 invalid; then 16 bytes for each valid entry, which this
/// value does not hold. QEMU: `htab_save_first_pass`, hw/ppc/spapr.c.
public struct HashTableGroup: Sendable, Hashable {
  /// Bytes of an entry.
  public static let entryLength = 16

  /// Number of the first entry.
  public var index: UInt32
  /// Entries that follow.
  public var valid: UInt16
  /// Entries after those, to be zeroed.
  public var invalid: UInt16

  /// A group; without arguments the one that ends a body.
  public init(index: UInt32 = 0, valid: UInt16 = 0, invalid: UInt16 = 0) {
    self.index = index
    self.valid = valid
    self.invalid = invalid
  }

  /// True if the body ends with it.
  public var endsBody: Bool { index == 0 && valid == 0 && invalid == 0 }

  /// Bytes that follow the group.
  public var payloadLength: Int { Int(valid) * Self.entryLength }

  /// Reads a group; the reader then stands at its valid entries.
  ///
  /// - Parameter shift: The logarithm of the table's size, if it is known.
  /// - Throws: `badRecord` for entries beyond the table, `endOfStream`, or the channel's error.
  public init(from reader: inout StreamReader, shift: UInt32? = nil) throws(VMStateError) {
    let offset = reader.position
    index = try reader.get()
    valid = try reader.get()
    invalid = try reader.get()
    let entries = shift.map { UInt64(1) << UInt64($0) / UInt64(Self.entryLength) } ?? 1 << 42
    guard UInt64(index) + UInt64(valid) + UInt64(invalid) <= entries else {
      throw VMStateError(
        .badRecord, "entries beyond the hash table", offset: offset,
        expected: "at most \(entries)", found: "\(valid) and \(invalid) from \(index)")
    }
  }

  /// Writes the group; its valid entries are put after it.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(index)
    writer.put(valid)
    writer.put(invalid)
  }
}
