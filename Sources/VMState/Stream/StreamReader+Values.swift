extension StreamReader {
  /// Reads a big-endian integer.
  ///
  /// - Throws: `endOfStream`, or the channel's error.
  @inlinable @inline(__always)
  public mutating func get<T: FixedWidthInteger>(
    _ type: T.Type = T.self
  ) throws(VMStateError) -> T {
    let size = MemoryLayout<T>.size
    let value = T(bigEndian: try need(size).loadUnaligned(as: T.self))
    cursor += size
    return value
  }

  /// Reads a counted string: one length byte and that many bytes.
  ///
  /// - Returns: The bytes as they are; names need not be UTF-8.
  /// - Throws: `endOfStream`, or the channel's error.
  public mutating func getCountedBytes() throws(VMStateError) -> [UInt8] {
    let count = Int(try get(UInt8.self))
    let first = try need(count)
    let bytes = [UInt8](UnsafeRawBufferPointer(start: first, count: count))
    advance(count)
    return bytes
  }

  /// Reads a counted string as text; bytes that are not UTF-8 become U+FFFD, so such a name
  /// matches nothing that is registered.
  public mutating func getCountedString() throws(VMStateError) -> String {
    String(decoding: try getCountedBytes(), as: UTF8.self)
  }

  /// Reads raw bytes into a new array.
  ///
  /// - Parameters:
  ///   - count: Number of bytes, not negative.
  ///   - limit: The most that may be allocated.
  /// - Throws: `limitExceeded`, `endOfStream`, or the channel's error.
  public mutating func getBytes(_ count: Int, limit: Int) throws(VMStateError) -> [UInt8] {
    guard count >= 0, count <= limit else {
      throw VMStateError(
        .limitExceeded, "a length in the stream is above the limit", offset: position,
        expected: "at most \(limit) bytes", found: "\(count)")
    }
    // Grows with the data that is really there: a length alone allocates little.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(count, 1 << 20))
    var left = count
    while left > 0 {
      let piece = try peek(min(left, Self.bufferSize))
      guard !piece.isEmpty else { throw endOfStream(expected: "\(left) more bytes") }
      bytes.append(contentsOf: piece)
      left -= piece.count
      advance(piece.count)
    }
    return bytes
  }
}
