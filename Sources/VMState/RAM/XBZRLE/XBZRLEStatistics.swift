/// What deltas did for a save, or brought in a load.
///
/// QEMU: `XBZRLECacheStats`, qapi/migration.json.
public struct XBZRLEStatistics: Sendable, Hashable {
  /// Bytes of the cache; 0 where there is none.
  public var cacheSize: UInt64 = 0
  /// Bytes of delta records without their first word, and of pages sent for an overflow. In a
  /// load: bytes of the deltas.
  public var bytes: UInt64 = 0
  /// Pages found in the cache, whatever was sent then. In a load: delta records.
  public var pages: UInt64 = 0
  /// Pages that were not in the cache.
  public var cacheMisses: UInt64 = 0
  /// Misses for each page, in the last period that was measured.
  public var cacheMissRate = 0.0
  /// Bytes of pages for each byte sent for them, in the last period that was measured.
  public var encodingRate = 0.0
  /// Pages whose delta would have been too long.
  public var overflows: UInt64 = 0

  /// All zero.
  public init() {}

  /// Measures the rates over a period.
  ///
  /// - Parameters:
  ///   - earlier: The numbers at its begin.
  ///   - pageCount: Pages of any kind taken in it; with 0 nothing changes.
  mutating func measure(since earlier: Self, pageCount: UInt64, pageSize: Int) {
    guard pageCount > 0 else { return }
    cacheMissRate = Double(cacheMisses - earlier.cacheMisses) / Double(pageCount)
    let (pages, bytes) = (self.pages - earlier.pages, self.bytes - earlier.bytes)
    encodingRate =
      pages == 0 || bytes == 0 ? 0 : Double(pages) * Double(pageSize) / Double(bytes)
  }
}
