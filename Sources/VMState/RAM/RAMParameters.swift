/// Numbers that shape how RAM is saved, by the owner's choice.
///
/// QEMU: `MigrationParameters`, qapi/migration.json.
public struct RAMParameters: Sendable, Hashable {
  /// `xbzrle-cache-size`: bytes of earlier page contents that are kept for deltas; a power of
  /// two, at least a page (default 64 MiB). May change while a save runs: the cache then begins
  /// empty; where the system has no memory for it, the old one stays.
  public var xbzrleCacheSize: UInt64 = 64 << 20
  /// `compress-level`: 0 (stored) to 9 (best), default 1.
  public var compressLevel = 1
  /// `compress-threads`: 1 to 255, default 8. One thread is the save's own.
  public var compressThreads = 8
  /// `compress-wait-thread`: while all threads have work, pages wait for one. False sends them as
  /// they are meanwhile; the stream then depends on the moment.
  public var compressWaitsForThreads = true
  /// `decompress-threads`: 1 to 255, default 2. One thread is the load's own.
  public var decompressThreads = 2

  /// When and how the guest is slowed down; may change while a save runs.
  public var throttle = ThrottleParameters()
  /// `x-clear-bitmap-shift`: where the dirty tracking forgets its marks piece by piece, a piece
  /// has two to this power of pages; 6 to 31 (default 18, 1 GiB of 4 KiB pages).
  public var clearBitmapShift = 18

  /// QEMU's defaults.
  public init() {}

  func check(_ pageSize: TargetPageSize) throws(VMStateError) {
    let size = xbzrleCacheSize
    guard size >= UInt64(pageSize.bytes), size & (size - 1) == 0, size <= 1 << 46 else {
      throw VMStateError(
        .valueOutOfRange, "the size of the XBZRLE cache",
        expected: "a power of two from \(pageSize.bytes) to 2^46", found: "\(size)")
    }
    guard 0...9 ~= compressLevel else {
      throw VMStateError(
        .valueOutOfRange, "the level of compression", expected: "0 to 9",
        found: "\(compressLevel)")
    }
    guard 6...31 ~= clearBitmapShift else {
      throw VMStateError(
        .valueOutOfRange, "the pieces of the dirty log", expected: "6 to 31",
        found: "\(clearBitmapShift)")
    }
    try throttle.check()
    guard 1...255 ~= compressThreads, 1...255 ~= decompressThreads else {
      throw VMStateError(
        .valueOutOfRange, "the number of threads for compression", expected: "1 to 255",
        found: "\(compressThreads), \(decompressThreads)")
    }
  }
}
