extension StreamReader {
  /// Lends the next bytes and then consumes them: in place where they fit the buffer (or the
  /// reader is over memory), else in memory taken for the time of the call.
  ///
  /// - Parameters:
  ///   - count: Number of bytes, not negative.
  ///   - limit: The most that may be asked for.
  ///   - body: What is done with them. The memory is not valid afterwards.
  /// - Throws: `limitExceeded`, `endOfStream`, the channel's error, or what `body` throws
  ///   (the bytes are then not consumed if they were lent in place).
  public mutating func withBytes<R>(
    _ count: Int, limit: Int = .max,
    _ body: (UnsafeRawBufferPointer) throws(VMStateError) -> R
  ) throws(VMStateError) -> R {
    guard count > Self.bufferSize, channel != nil else {
      try checkLength(count, limit)
      let result = try body(UnsafeRawBufferPointer(start: try need(count), count: count))
      advance(count)
      return result
    }
    let bytes = try getBytes(count, limit: limit)
    let result = bytes.withUnsafeBytes { raw -> Result<R, VMStateError> in
      do throws(VMStateError) {
        return .success(try body(raw))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Copies the next bytes to a writer, piece by piece.
  ///
  /// - Throws: `endOfStream`, or the channel's error; the writer's error latches there.
  public mutating func copy(_ count: UInt64, to writer: inout StreamWriter) throws(VMStateError) {
    var left = count
    while left > 0 {
      let piece = try peek(Int(min(left, UInt64(Self.bufferSize))))
      guard !piece.isEmpty else { throw endOfStream(expected: "\(left) more bytes") }
      writer.put(bytes: piece)
      left -= UInt64(piece.count)
      advance(piece.count)
    }
  }

  /// Goes on at a later position: by a seek where the channel can, else by reading on.
  ///
  /// - Parameter position: Not before the present one.
  mutating func pass(to position: UInt64) throws(VMStateError) {
    let distance = position - self.position
    if distance > UInt64(available), channel?.capabilities.contains(.positioned) == true {
      try seek(to: position)
    } else {
      try skip(distance)
    }
  }

  func checkLength(_ count: Int, _ limit: Int) throws(VMStateError) {
    guard count >= 0, count <= limit else {
      throw VMStateError(
        .limitExceeded, "a length in the stream is above the limit", offset: position,
        expected: "at most \(limit) bytes", found: "\(count)")
    }
  }

  /// Reads a field of fixed size that is filled up with zeros, and drops the zeros at its end.
  ///
  /// - Parameter size: At most `bufferSize`.
  mutating func getPadded(_ size: Int) throws(VMStateError) -> [UInt8] {
    let field = UnsafeRawBufferPointer(start: try need(size), count: size)
    let used = (field.lastIndex { $0 != 0 } ?? -1) + 1
    let bytes = [UInt8](field.prefix(used))
    advance(size)
    return bytes
  }
}
