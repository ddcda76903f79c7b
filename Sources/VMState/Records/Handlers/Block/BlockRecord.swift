/// A record of the section `block`: disks copied along with the machine (removed in 9.1).
///
/// Wire: be64 `value << 9 | flags`. A body ends with `endOfSection`. QEMU: `blk_send` and
/// `block_load`, migration/block.c.
public enum BlockRecord: Sendable, Hashable {
  /// Section version.
  public static let version = 1
  /// Bytes of a chunk of a disk: 1 MiB.
  public static let chunkLength = 1 << 20
  /// Bytes of a sector.
  public static let sectorLength = 512

  /// Flags `01`, with zeros `09`: a chunk from a sector on; then the counted name of the disk.
  /// Unless it is zeros, `chunkLength` bytes follow, which this value does not hold.
  case data(sector: UInt64, device: [UInt8], isZero: Bool)
  /// Flag `02`: the end of the body.
  case endOfSection
  /// Flag `04`: percent done.
  case progress(UInt8)

  /// Bytes that follow the record.
  public var payloadLength: Int {
    if case .data(_, _, isZero: false) = self { Self.chunkLength } else { 0 }
  }

  /// Reads a record; after data that is not zeros the reader stands at the chunk.
  ///
  /// - Throws: `badRecord` for flags that cannot stand together, an end with a value, or more
  ///   than 100 percent; `endOfStream`, or the channel's error.
  public init(from reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let word = try reader.get(UInt64.self)
    let value = word >> 9
    switch (word & 0x1FF, value) {
    case (0x01, _), (0x09, _):
      self = .data(
        sector: value, device: try reader.getCountedBytes(), isZero: word & 0x08 != 0)
    case (0x02, 0): self = .endOfSection
    case (0x04, 0...100): self = .progress(UInt8(value))
    default:
      throw VMStateError(
        .badRecord, "a record of the block section that does not exist", offset: offset,
        expected: "flags 1, 2, 4 or 9",
        found: "flags \(hexadecimal(word & 0x1FF)), value \(value)")
    }
  }

  /// Writes the record; after data that is not zeros the chunk is put.
  ///
  /// - Throws: `valueOutOfRange` for a name of more than 255 bytes, or a sector above 2⁵⁵.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    switch self {
    case .data(let sector, let device, let isZero):
      guard sector >> 55 == 0 else {
        throw VMStateError(
          .valueOutOfRange, "a sector that the format cannot express", offset: writer.position,
          found: "\(sector)")
      }
      writer.put(sector << 9 | (isZero ? 0x09 : 0x01))
      try writer.put(name: device)
    case .endOfSection: writer.put(UInt64(0x02))
    case .progress(let percent): writer.put(UInt64(percent) << 9 | 0x04)
    }
  }
}
