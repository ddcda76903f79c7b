/// The flags of a chunk of a `dirty-bitmap` section.
///
/// Wire: one byte below `0x80` in all that is sent. QEMU: `DIRTY_BITMAP_MIG_FLAG_*`,
/// migration/block-dirty-bitmap.c.
public struct DirtyBitmapFlags: OptionSet, Sendable, Hashable {
  /// The bits.
  public let rawValue: UInt8
  /// From bits.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `0x01`: the last chunk of the section's body.
  public static let endOfSection = Self(rawValue: 0x01)
  /// `0x02`: the bits are all zero and left out.
  public static let zeroes = Self(rawValue: 0x02)
  /// `0x04`: a bitmap's alias follows.
  public static let bitmapName = Self(rawValue: 0x04)
  /// `0x08`: a node's alias follows.
  public static let deviceName = Self(rawValue: 0x08)
  /// `0x10`: a bitmap begins.
  public static let start = Self(rawValue: 0x10)
  /// `0x20`: a bitmap is complete.
  public static let complete = Self(rawValue: 0x20)
  /// `0x40`: bits of a bitmap.
  public static let bits = Self(rawValue: 0x40)
  /// `0x80`: in the first byte, a second one follows; in the second, two more.
  public static let extraFlags = Self(rawValue: 0x80)
}

/// The flags in the chunk that begins a bitmap.
///
/// Wire: one byte. QEMU: `DIRTY_BITMAP_MIG_START_FLAG_*`, migration/block-dirty-bitmap.c.
public struct DirtyBitmapStartFlags: OptionSet, Sendable, Hashable {
  /// The bits.
  public let rawValue: UInt8
  /// From bits.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `0x01`: the bitmap records writes.
  public static let enabled = Self(rawValue: 0x01)
  /// `0x02`: the bitmap is stored with its disk.
  public static let persistent = Self(rawValue: 0x02)
  /// `0x04`: accepted and without effect (of old versions).
  public static let ignored = Self(rawValue: 0x04)
  /// All bits that are accepted.
  public static let known: Self = [.enabled, .persistent, .ignored]
}
