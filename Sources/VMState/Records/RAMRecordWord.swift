/// The size of a guest page, the unit of page records, bitmaps and offsets.
///
/// A power of two from 1024 (the flags must fit below it) to 2 GiB.
public struct TargetPageSize: Sendable, Hashable {
  /// log2 of the size.
  public let bits: Int
  /// Bytes of a page.
  @inlinable public var bytes: Int { 1 << bits }
  /// The bits of an address below a page.
  @inlinable public var mask: UInt64 { (1 << UInt64(bits)) - 1 }

  /// 4096 bytes, as on x86.
  public static let standard = TargetPageSize(bits: 12)

  private init(bits: Int) { self.bits = bits }

  /// From a number of bytes; nil if it is no power of two from 1024 to 2 GiB.
  public init?(_ bytes: Int) {
    guard bytes >= 1024, bytes <= 1 << 31, bytes & (bytes - 1) == 0 else { return nil }
    bits = bytes.trailingZeroBitCount
  }

  /// The number of whole pages in a length.
  @inlinable public func pages(in length: UInt64) -> Int { Int(length >> UInt64(bits)) }
}

/// The eight bytes at the start of every record of a `ram` section: an offset in a block,
/// and flags in the bits below a page.
///
/// Wire: be64, offset | flags. QEMU: `ram_load_precopy`, migration/ram.c.
public struct RAMRecordWord: Sendable, Hashable {
  /// The word as sent.
  public var rawValue: UInt64
  /// Where flags end and the offset begins.
  public var pageSize: TargetPageSize

  /// Takes a word apart.
  @inlinable public init(rawValue: UInt64, pageSize: TargetPageSize = .standard) {
    self.rawValue = rawValue
    self.pageSize = pageSize
  }

  /// Makes a word.
  ///
  /// - Parameter offset: A multiple of the page size.
  @inlinable public init(
    offset: UInt64, flags: RAMRecordFlags, pageSize: TargetPageSize = .standard
  ) {
    self.init(rawValue: offset | flags.rawValue, pageSize: pageSize)
  }

  /// The offset in the block; with `memSize` the total of all blocks.
  @inlinable public var offset: UInt64 { rawValue & ~pageSize.mask }
  /// The flags, those without a name included.
  @inlinable public var flags: RAMRecordFlags {
    RAMRecordFlags(rawValue: rawValue & pageSize.mask)
  }
  /// The flags without `continue`: exactly one must be left.
  @inlinable public var kind: RAMRecordFlags { flags.subtracting(.continue) }

  /// The word that ends a section's payload.
  public static let endOfSection = RAMRecordWord(offset: 0, flags: .endOfSection)
}
