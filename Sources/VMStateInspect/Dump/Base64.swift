/// Base64 of RFC 4648, with padding.
enum Base64 {
  private static let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  // By letter; 0xFF for what is none.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, letter) in letters.enumerated() { values[Int(letter)] = UInt8(value) }
    return values
  }()

  /// Appends the letters for some bytes.
  static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
    letters.withUnsafeBufferPointer { letters in
      var index = 0
      while index < bytes.count {
        let left = bytes.count - index
        let second = left > 1 ? bytes[index + 1] : 0
        let third = left > 2 ? bytes[index + 2] : 0
        let word = UInt32(bytes[index]) << 16 | UInt32(second) << 8 | UInt32(third)
        text.append(letters[Int(word >> 18)])
        text.append(letters[Int(word >> 12 & 63)])
        text.append(left > 1 ? letters[Int(word >> 6 & 63)] : UInt8(ascii: "="))
        text.append(left > 2 ? letters[Int(word & 63)] : UInt8(ascii: "="))
        index += 3
      }
    }
  }

  /// The bytes of a text; nil if it is not well-formed.
  static func decode(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { decode($0) }
  }

  private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    let isPadded = text.last == UInt8(ascii: "=")
    let whole = isPadded ? text.count - 4 : text.count
    for index in stride(from: 0, to: whole, by: 4) {
      guard let word = word(text, index, 4) else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: word >> 16))
      bytes.append(UInt8(truncatingIfNeeded: word >> 8))
      bytes.append(UInt8(truncatingIfNeeded: word))
    }
    guard isPadded else { return bytes }
    let count = text[whole + 2] == UInt8(ascii: "=") ? 2 : 3
    guard let word = word(text, whole, count) else { return nil }
    bytes.append(UInt8(truncatingIfNeeded: word >> 16))
    if count == 3 { bytes.append(UInt8(truncatingIfNeeded: word >> 8)) }
    return bytes
  }

  /// Up to four letters as the upper bits of 24.
  private static func word(
    _ text: UnsafeBufferPointer<UInt8>, _ first: Int, _ count: Int
  ) -> UInt32? {
    var word: UInt32 = 0
    for index in first..<first + count {
      let value = values[Int(text[index])]
      guard value != 0xFF else { return nil }
      word = word << 6 | UInt32(value)
    }
    return word << (6 * UInt32(4 - count))
  }
}
