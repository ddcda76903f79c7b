extension StreamWriter {
  /// Puts a counted string: one length byte and the bytes as they are.
  ///
  /// - Throws: `valueOutOfRange` for more than 255 bytes.
  mutating func put(name: [UInt8]) throws(VMStateError) {
    guard name.count <= WireFormat.maximumNameLength else {
      throw tooLong("a name", name.count, WireFormat.maximumNameLength)
    }
    put(UInt8(name.count))
    put(bytes: name)
  }

  /// Puts a field of fixed size, filled up with zeros.
  ///
  /// - Throws: `valueOutOfRange` if the bytes do not fit.
  mutating func put(padded bytes: [UInt8], to size: Int) throws(VMStateError) {
    guard bytes.count <= size else { throw tooLong("a field", bytes.count, size) }
    put(bytes: bytes)
    put(zeros: size - bytes.count)
  }

  private func tooLong(_ what: String, _ count: Int, _ limit: Int) -> VMStateError {
    VMStateError(
      .valueOutOfRange, "\(what) is longer than its place in the stream", offset: position,
      expected: "at most \(limit) bytes", found: "\(count)")
  }

  /// A count as the stream has it.
  ///
  /// - Throws: `valueOutOfRange` if the number does not fit.
  func fitting<T: FixedWidthInteger>(
    _ value: Int, _ type: T.Type, _ what: String
  ) throws(VMStateError) -> T {
    guard let exact = T(exactly: value) else {
      throw VMStateError(
        .valueOutOfRange, "\(what) does not fit its place in the stream", offset: position,
        expected: "0 to \(T.max)", found: "\(value)")
    }
    return exact
  }
}
