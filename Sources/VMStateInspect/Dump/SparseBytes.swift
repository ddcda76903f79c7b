import VMState

/// Bytes in JSON without their zeros: an array of places and base64, the rest is zero.
enum SparseBytes {
  /// Zero words that end a part.
  private static let gap = 4

  /// Writes a member `data`.
  static func put(_ bytes: UnsafeRawBufferPointer, to text: inout DescriptionText) {
    text.beginArray("data")
    var first = 0
    while let part = part(bytes, from: first) {
      text.beginObject()
      text.put("at", part.lowerBound)
      text.put(base64: UnsafeRawBufferPointer(rebasing: bytes[part]))
      text.endObject()
      first = part.upperBound
    }
    text.endArray()
  }

  /// The next bytes up to a gap of zeros.
  private static func part(_ bytes: UnsafeRawBufferPointer, from first: Int) -> Range<Int>? {
    var index = first
    while index < bytes.count, isZero(bytes, index) { index += 8 }
    guard index < bytes.count else { return nil }
    let start = index
    var end = index
    while index < bytes.count, index - end < 8 * gap {
      if !isZero(bytes, index) { end = index + 8 }
      index += 8
    }
    return start..<min(end, bytes.count)
  }

  /// True if the next eight bytes, or what is left of them, are zero.
  private static func isZero(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Bool {
    guard bytes.count - index < 8 else {
      return bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) == 0
    }
    return bytes[index...].allSatisfy { $0 == 0 }
  }

  /// The bytes of a member `data`.
  ///
  /// - Throws: `badDescription` for parts that do not lie in the length.
  static func bytes(of value: JSONValue?, count: Int) throws(VMStateError) -> [UInt8] {
    guard let parts = value?.elements else { throw wrong("an array of parts", value) }
    var bytes = [UInt8](repeating: 0, count: count)
    for part in parts {
      guard let place = part["at"]?.int, let text = part["base64"]?.text,
        let piece = Base64.decode(text), place >= 0, place <= count, piece.count <= count - place
      else { throw wrong("parts with at and base64 within \(count) bytes", part) }
      bytes.replaceSubrange(place..<place + piece.count, with: piece)
    }
    return bytes
  }

  private static func wrong(_ expected: String, _ found: JSONValue?) -> VMStateError {
    VMStateError(
      .badDescription, "page data that cannot be read", expected: expected,
      found: found.map { String($0.jsonText.prefix(60)) } ?? "nothing")
  }
}
