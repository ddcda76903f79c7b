/// What the compression of single pages did for a save, or brought in a load.
///
/// QEMU (to 9.0): `CompressionStats`, qapi/migration.json.
public struct CompressionStatistics: Sendable, Hashable {
  /// Pages that travelled compressed.
  public var pages: UInt64 = 0
  /// Bytes of their zlib streams.
  public var compressedBytes: UInt64 = 0
  /// Bytes of pages for each byte sent for them, their length's four included, in the last period
  /// that was measured.
  public var rate = 0.0
  /// Pages that travelled as they are because all threads had work.
  public var busy: UInt64 = 0
  /// The part of all pages for which that was so, in the last period that was measured.
  public var busyRate = 0.0

  /// All zero.
  public init() {}

  /// Measures the rates over a period that began with other numbers.
  ///
  /// - Parameter pageCount: Pages of any kind in the period.
  mutating func measure(since earlier: Self, pageSize: Int, pageCount: UInt64) {
    if pageCount > 0 { busyRate = Double(busy - earlier.busy) / Double(pageCount) }
    let pages = pages - earlier.pages
    guard pages > 0 else { return }
    let bytes = compressedBytes - earlier.compressedBytes + 4 * pages
    rate = Double(pages) * Double(pageSize) / Double(bytes)
  }
}
