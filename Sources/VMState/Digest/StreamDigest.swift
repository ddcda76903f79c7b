/// Sums over the bytes of a stream as they pass.
struct StreamDigest {
  private(set) var crc = CRC32C()
  private(set) var sha: SHA256?

  /// - Parameter isStrong: A SHA-256 too.
  init(isStrong: Bool) { sha = isStrong ? SHA256() : nil }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    crc.update(bytes)
    sha?.update(bytes)
  }
}
