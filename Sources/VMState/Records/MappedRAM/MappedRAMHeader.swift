/// Where a RAM block's pages stand in a file with fixed places (`mapped-ram`).
///
/// Wire, 28 bytes after the block's entry in the list of blocks: be32 version, be64 page size,
/// be64 position of the bitmap, be64 position of the pages. Positions are those of the file.
/// After the header come the bitmap, a gap, the pages, and then the next block's entry.
/// QEMU: `MappedRamHeader`, migration/ram.c.
public struct MappedRAMHeader: Sendable, Hashable {
  /// Bytes on the wire.
  public static let length = 28
  /// The newest version.
  public static let newestVersion: UInt32 = 1
  /// QEMU begins the pages at a multiple of this: 1 MiB.
  public static let pagesAlignment: UInt64 = 1 << 20

  /// The layout's version, 1.
  public var version: UInt32
  /// The size of a guest page.
  public var pageSize: TargetPageSize
  /// Position of the bitmap's first byte in the file.
  public var bitmapOffset: UInt64
  /// Position of the block's first page in the file.
  public var pagesOffset: UInt64

  /// A header with positions as given.
  public init(
    version: UInt32 = newestVersion, pageSize: TargetPageSize = .standard, bitmapOffset: UInt64,
    pagesOffset: UInt64
  ) {
    self.version = version
    self.pageSize = pageSize
    self.bitmapOffset = bitmapOffset
    self.pagesOffset = pagesOffset
  }

  /// The header that QEMU writes at a position.
  ///
  /// - Parameters:
  ///   - position: Where the header's first byte goes in the file.
  ///   - blockLength: The block's `used_length`.
  /// - Throws: `valueOutOfRange` if the file would be longer than a file can be.
  public init(
    placedAt position: UInt64, blockLength: UInt64, pageSize: TargetPageSize = .standard
  ) throws(VMStateError) {
    let bitmap = Self.bitmapLength(blockLength: blockLength, pageSize: pageSize)
    let ends = [UInt64(Self.length), bitmap, Self.pagesAlignment - 1, blockLength]
    var end: UInt64? = position
    for length in ends { end = end.flatMap { Self.sum($0, length) } }
    guard end != nil else {
      throw VMStateError(
        .valueOutOfRange, "a RAM block that does not fit a file", offset: position,
        found: "\(blockLength) bytes")
    }
    let bitmapOffset = position + UInt64(Self.length)
    let mask = Self.pagesAlignment - 1
    self.init(
      pageSize: pageSize, bitmapOffset: bitmapOffset,
      pagesOffset: (bitmapOffset + bitmap + mask) & ~mask)
  }

  /// Bytes of the bitmap of a block: a bit a page, in whole words of 64.
  public static func bitmapLength(blockLength: UInt64, pageSize: TargetPageSize) -> UInt64 {
    let pages = blockLength >> UInt64(pageSize.bits)
    return (pages + 63) / 64 * 8
  }

  /// A sum, or nil beyond the positions of a file.
  static func sum(_ first: UInt64, _ second: UInt64) -> UInt64? {
    let (sum, overflow) = first.addingReportingOverflow(second)
    return overflow || sum > UInt64(Int64.max) ? nil : sum
  }
}
