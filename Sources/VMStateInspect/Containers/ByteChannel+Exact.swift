import VMState

extension [UInt8] {
  /// Lends the array to something that fills a part of it and throws typed errors.
  mutating func filled(
    _ fill: (UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int
  ) throws(VMStateError) -> Int {
    var failure: VMStateError?
    let count = withUnsafeMutableBytes { buffer -> Int in
      do throws(VMStateError) {
        return try fill(buffer)
      } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    return count
  }

  /// A big-endian integer; the caller has checked that it lies inside.
  func bigEndian<Value: FixedWidthInteger>(_ offset: Int, as: Value.Type = Value.self) -> Value {
    self[offset..<offset + MemoryLayout<Value>.size].reduce(0) { $0 << 8 | Value($1) }
  }

  /// A little-endian integer; the caller has checked that it lies inside.
  func littleEndian<Value: FixedWidthInteger>(
    _ offset: Int, as: Value.Type = Value.self
  ) -> Value {
    bigEndian(offset, as: Value.self).byteSwapped
  }
}

extension ByteChannel {
  /// The bytes at a position, up to so many; fewer only at the end of the data.
  func bytes(at position: UInt64, upTo count: Int) throws(VMStateError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try readFully(into: &bytes, at: position)
    if got < count { bytes.removeSubrange(got...) }
    return bytes
  }

  /// Exactly so many bytes at a position.
  ///
  /// - Throws: `endOfStream` at the end of the data, the channel's errors.
  func bytes(
    at position: UInt64, exactly count: Int, _ what: String
  ) throws(VMStateError) -> [UInt8] {
    let bytes = try bytes(at: position, upTo: count)
    guard bytes.count == count else {
      throw VMStateError(
        .endOfStream, "the file ends inside \(what)", offset: position + UInt64(bytes.count),
        expected: "\(count) bytes", found: "\(bytes.count)")
    }
    return bytes
  }
}
