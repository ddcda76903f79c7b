extension LoadRun {
  /// Begins to sum, if the stream may carry sums to compare with.
  mutating func prepareIntegrity() throws(VMStateError) {
    switch options.integrity {
    case .never: return
    case .whenPresent:
      guard try channel.endsWithSums() else { return }
    case .required: break
    }
    // The strong sum is taken along: whether there is one is only known at the end.
    reader.startDigest(isStrong: true)
  }

  /// Keeps the sums of everything up to the EOF byte, which has just been read.
  mutating func endIntegrity() {
    summed = reader.currentDigest().map { ($0, reader.position) }
  }

  /// Compares with what the description carries.
  ///
  /// - Throws: `integrity` when a byte of the stream is not what was written.
  mutating func checkIntegrity() throws(VMStateError) {
    guard let (digest, length) = summed else { return }
    guard let text = description,
      let sums = try StreamIntegrity.find(in: text, limits: options.limits)
    else {
      guard options.integrity == .required else { return }
      throw VMStateError(
        .integrity, "the stream carries no sums", offset: length,
        expected: "\"\(StreamIntegrity.key)\" in the JSON description")
    }
    guard sums.length == length else {
      throw Self.wrong("length", "\(sums.length) bytes", "\(length) bytes", length)
    }
    guard sums.crc == digest.crc.value else {
      throw Self.wrong(
        "CRC-32C", CRC32C.text(sums.crc), CRC32C.text(digest.crc.value), length)
    }
    if let expected = sums.sha256, let found = digest.sha?.text, expected != found {
      throw Self.wrong("SHA-256", expected, found, length)
    }
    integrity = sums
  }

  private static func wrong(
    _ what: String, _ expected: String, _ found: String, _ length: UInt64
  ) -> VMStateError {
    VMStateError(
      .integrity, "the stream is damaged: its \(what) is not the one it was saved with",
      path: ["integrity"], offset: length, expected: expected, found: found)
  }
}

extension ByteChannel {
  /// True if the last bytes are those of a description with sums; the read position stays.
  fileprivate func endsWithSums() throws(VMStateError) -> Bool {
    let mark = StreamIntegrity.mark
    guard capabilities.contains(.positioned), let size, size >= UInt64(mark.count) else {
      return false
    }
    var failure: VMStateError?
    let isEqual = withUnsafeTemporaryAllocation(byteCount: mark.count, alignment: 8) { bytes in
      do throws(VMStateError) {
        let count = try read(into: bytes, at: size - UInt64(mark.count))
        return count == mark.count && bytes.elementsEqual(mark)
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
    return isEqual
  }
}
