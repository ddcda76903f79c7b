extension StreamWriter {
  /// Puts an integer, big-endian.
  @inlinable @inline(__always)
  public mutating func put<T: FixedWidthInteger>(_ value: T) {
    let size = MemoryLayout<T>.size
    if limit - cursor < size { drain() }
    cursor.storeBytes(of: value.bigEndian, as: T.self)
    cursor += size
  }

  /// Puts raw bytes, copying them.
  public mutating func put(bytes: UnsafeRawBufferPointer) {
    guard var source = bytes.baseAddress else { return }
    var left = bytes.count
    while left > 0 {
      if cursor == limit { drain() }
      let count = min(left, limit - cursor)
      cursor.copyMemory(from: source, byteCount: count)
      cursor += count
      source += count
      left -= count
    }
  }

  /// Puts raw bytes, copying them.
  public mutating func put(bytes: [UInt8]) {
    bytes.withUnsafeBytes { put(bytes: $0) }
  }

  /// Puts `count` zero bytes.
  public mutating func put(zeros count: Int) {
    var left = count
    while left > 0 {
      if cursor == limit { drain() }
      let piece = min(left, limit - cursor)
      cursor.initializeMemory(as: UInt8.self, repeating: 0, count: piece)
      cursor += piece
      left -= piece
    }
  }

  /// Puts a counted string: one length byte and the UTF-8 bytes.
  ///
  /// - Parameter string: At most 255 bytes; longer is a programming error, refused where
  ///   names are registered.
  public mutating func put(counted string: String) {
    var string = string
    string.withUTF8 { utf8 in
      precondition(utf8.count <= WireFormat.maximumNameLength, "a counted string holds 255 bytes")
      put(UInt8(utf8.count))
      put(bytes: UnsafeRawBufferPointer(utf8))
    }
  }
}
