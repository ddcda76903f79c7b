extension JSONParser {
  // MARK: - Numbers

  /// A number, kept as it is written: `-`, digits without a leading zero, fraction, exponent.
  mutating func number() throws(VMStateError) -> String {
    let start = index
    if current == UInt8(ascii: "-") { index += 1 }
    if current == UInt8(ascii: "0") {
      index += 1
    } else {
      try digits()
    }
    if current == UInt8(ascii: ".") {
      index += 1
      try digits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      index += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
      try digits()
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  /// One digit or more.
  private mutating func digits() throws(VMStateError) {
    let start = index
    while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 { index += 1 }
    if index == start { throw malformed("a digit") }
  }

  // MARK: - Strings

  /// A string in quotes. One without escapes, nearly every one, is made in one go.
  mutating func string() throws(VMStateError) -> String {
    index += 1
    let first = try run()
    if current == UInt8(ascii: "\"") {
      index += 1
      return String(decoding: bytes[first], as: UTF8.self)
    }
    var text = [UInt8](bytes[first])
    while current == UInt8(ascii: "\\") {
      index += 1
      try escape(into: &text)
      text.append(contentsOf: bytes[try run()])
    }
    index += 1
    return String(decoding: text, as: UTF8.self)
  }

  /// Steps to the next quote or backslash and returns the way, which is valid UTF-8.
  private mutating func run() throws(VMStateError) -> Range<Int> {
    let start = index
    var allBits: UInt8 = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        if allBits >= 0x80, let wrong = firstInvalidUTF8(in: start..<index) {
          throw malformed("UTF-8", at: wrong)
        }
        return start..<index
      }
      guard byte >= 0x20 else { throw malformed("an escaped control character") }
      allBits |= byte
      index += 1
    }
    throw malformed("the end of a string")
  }

  /// What follows a backslash.
  private mutating func escape(into text: inout [UInt8]) throws(VMStateError) {
    guard let letter = current else { throw malformed("an escape") }
    let plain: UInt8
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = letter
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "u"): return text.append(contentsOf: String(try scalar()).utf8)
    default: throw malformed("an escape")
    }
    text.append(plain)
    index += 1
  }

  /// `uXXXX`, or two of them for a character beyond U+FFFF.
  private mutating func scalar() throws(VMStateError) -> Unicode.Scalar {
    let start = index - 1
    let first = try unit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(UInt16(first)), current == UInt8(ascii: "\\") else {
      throw malformed("a surrogate pair", at: start)
    }
    index += 1
    guard current == UInt8(ascii: "u") else { throw malformed("a surrogate pair", at: start) }
    let second = try unit()
    guard UTF16.isTrailSurrogate(UInt16(second)) else {
      throw malformed("a surrogate pair", at: start)
    }
    let value = 0x10000 + ((first - 0xD800) << 10 | (second - 0xDC00))
    guard let scalar = Unicode.Scalar(value) else { throw malformed("a character", at: start) }
    return scalar
  }

  /// `u` and four hexadecimal digits.
  private mutating func unit() throws(VMStateError) -> UInt32 {
    index += 1
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = current.flatMap(Self.hexValue) else {
        throw malformed("a hexadecimal digit")
      }
      value = value << 4 | digit
      index += 1
    }
    return value
  }

  private static func hexValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
