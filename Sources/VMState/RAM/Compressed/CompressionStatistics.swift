/// What the compression of single pages did for a save, or brought in a load.
///
/// QEMU (to 9.0): `CompressionStats`, qapi/migration.json.
public struct CompressionStatistics: Sendable, Hashable {
  /// Pages that travelled compressed.
  public var pages: UInt64 = 0
  /// Bytes of their zlib streams.
  public var compressedBytes: UInt64 = 0
  /// Bytes of pages for each byte sent for them, in the last period that was measured.
  public var rate = 0.0

  /// All zero.
  public init() {}

  /// Measures the rate over a period that began with other numbers.
  mutating func measure(since earlier: Self, pageSize: Int) {
    let bytes = compressedBytes - earlier.compressedBytes
    guard bytes > 0 else { return }
    rate = Double(pages - earlier.pages) * Double(pageSize) / Double(bytes)
  }
}
