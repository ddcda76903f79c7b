/// A chunk of the body of a `dirty-bitmap` section. A body is a sequence of chunks; the last
/// one has the flag `endOfSection`.
///
/// Wire: flags; counted node alias and counted bitmap alias, each if its flag says so and
/// else the same as before, in earlier sections too; then the content. The bytes of `bits`
/// follow the chunk and are not held. QEMU: migration/block-dirty-bitmap.c.
public struct DirtyBitmapChunk: Sendable, Hashable {
  /// What a chunk says about its bitmap.
  public enum Content: Sendable, Hashable {
    /// Nothing.
    case none
    /// The bitmap begins: be32 bytes of the disk that a bit stands for, and a byte of flags.
    case start(granularity: UInt32, DirtyBitmapStartFlags)
    /// The bitmap has all its bits.
    case complete
    /// Bits of a range of the disk.
    case bits(DirtyBitmapBits)
  }

  /// Section version.
  public static let version = 1

  /// The flags as QEMU takes them: the last byte read.
  public var flags: DirtyBitmapFlags
  /// The flag bytes before the last: none in all that is sent, else one or three.
  public var leadingFlags: [UInt8] = []
  /// The node's alias; present exactly with the flag `deviceName`.
  public var node: [UInt8]?
  /// The bitmap's alias; present exactly with the flag `bitmapName`.
  public var bitmap: [UInt8]?
  /// What it says.
  public var content: Content

  /// A chunk; the flags follow from what it is made of.
  ///
  /// - Parameters:
  ///   - node: The node's alias, or nil if it is the one before.
  ///   - bitmap: The bitmap's alias, or nil if it is the one before.
  ///   - isLast: Whether the body ends with it.
  public init(
    _ content: Content, node: [UInt8]? = nil, bitmap: [UInt8]? = nil, isLast: Bool = false
  ) {
    self.content = content
    self.node = node
    self.bitmap = bitmap
    flags = isLast ? .endOfSection : []
    if node != nil { flags.insert(.deviceName) }
    if bitmap != nil { flags.insert(.bitmapName) }
    switch content {
    case .none: break
    case .start: flags.insert(.start)
    case .complete: flags.insert(.complete)
    case .bits(let bits): flags.formUnion(bits.size == nil ? [.bits, .zeroes] : .bits)
    }
  }

  /// True if the body ends with it.
  public var isLast: Bool { flags.contains(.endOfSection) }

  /// Bytes that follow the chunk.
  public var payloadLength: Int {
    if case .bits(let bits) = content { Int(bits.size ?? 0) } else { 0 }
  }
}

/// The range of a disk whose bits a chunk carries.
///
/// Wire: be64 first sector, be32 sectors, and unless all bits are zero be64 size. The bytes
/// are the words of the bitmap, each little-endian, padded with zeros to whole 32 bytes (16
/// from a 32-bit host). QEMU: `send_bitmap_bits`, migration/block-dirty-bitmap.c.
public struct DirtyBitmapBits: Sendable, Hashable {
  /// Most bytes that QEMU accepts in one chunk.
  public static let maximumSize = 10240
  /// Bytes of bitmap that QEMU puts in one chunk.
  public static let usualSize = 1024

  /// First sector of 512 bytes.
  public var firstSector: UInt64
  /// Number of sectors.
  public var sectors: UInt32
  /// Bytes that follow; nil if all bits are zero and left out.
  public var size: UInt64?

  /// A range.
  public init(firstSector: UInt64, sectors: UInt32, size: UInt64?) {
    self.firstSector = firstSector
    self.sectors = sectors
    self.size = size
  }

  /// Bytes that the words of the range's bits take, without padding.
  ///
  /// - Parameter granularity: Bytes of the disk that a bit stands for, a power of two from 512.
  public func neededSize(granularity: UInt32) -> Int {
    let shift = UInt64(granularity.trailingZeroBitCount)
    guard sectors > 0, shift >= 9 else { return 0 }
    let (end, overflow) = firstSector.addingReportingOverflow(UInt64(sectors) - 1)
    guard !overflow else { return .max }
    // A word holds 64 bits of so many sectors each.
    let wordShift = shift - 9 + 6
    return Int((end >> wordShift) - (firstSector >> wordShift) + 1) * 8
  }

  /// Whether the size fits the range, as QEMU judges it: from the needed bytes to those
  /// rounded up to 32.
  public func hasFittingSize(granularity: UInt32) -> Bool {
    guard let size else { return true }
    let needed = UInt64(neededSize(granularity: granularity))
    return needed < .max / 2 && (needed...(needed + 31) & ~31).contains(size)
  }
}
