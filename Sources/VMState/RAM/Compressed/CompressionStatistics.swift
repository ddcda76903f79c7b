/// What the compression of single pages did for a save, or brought in a load.
///
/// QEMU (to 9.0): `CompressionStats`, qapi/migration.json.
public struct CompressionStatistics: Sendable, Hashable {
  /// Pages that travelled compressed.
  public var pages: UInt64 = 0
  /// Bytes of their zlib streams.
  public var compressedBytes: UInt64 = 0
  /// Pages that were sent as they are because nobody was free to compress them. The save's own
  /// thread compresses, so none.
  public var busy: UInt64 { 0 }
  /// The same for each page, in the last period that was measured.
  public var busyRate: Double { 0 }
  /// Bytes of pages for each byte sent for them, their length's four included, in the last period that was measured.
  public var rate = 0.0

  /// All zero.
  public init() {}

  /// Measures the rate over a period that began with other numbers.
  mutating func measure(since earlier: Self, pageSize: Int) {
    let pages = pages - earlier.pages
    guard pages > 0 else { return }
    let bytes = compressedBytes - earlier.compressedBytes + 4 * pages
    rate = Double(pages) * Double(pageSize) / Double(bytes)
  }
}
