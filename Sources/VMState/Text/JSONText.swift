/// Appends the scalars of QEMU's JSON form to UTF-8 text.
///
/// Strings are ASCII: control characters, DEL, and everything above is escaped, with upper
/// case digits. QEMU: qobject/json-writer.c.
enum JSONText {
  /// A string with its quotes. One that needs no escape is copied in one go.
  static func append(quoted text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    let isCopied = text.withUTF8 { utf8 in
      guard utf8.allSatisfy(isPlain) else { return false }
      bytes.append(contentsOf: utf8)
      return true
    }
    if !isCopied {
      for scalar in text.unicodeScalars { append(escaped: scalar, to: &bytes) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  @inline(__always)
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte &- 0x20 < 0x5F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private static func append(escaped scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
    let letter: Unicode.Scalar
    switch scalar {
    case "\"", "\\": letter = scalar
    case "\u{8}": letter = "b"
    case "\u{c}": letter = "f"
    case "\n": letter = "n"
    case "\r": letter = "r"
    case "\t": letter = "t"
    case " "..."~": return bytes.append(UInt8(scalar.value))
    default:
      for unit in scalar.utf16 { append(unit: unit, to: &bytes) }
      return
    }
    bytes.append(UInt8(ascii: "\\"))
    bytes.append(UInt8(letter.value))
  }

  private static func append(unit: UInt16, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\\"))
    bytes.append(UInt8(ascii: "u"))
    for shift in [12, 8, 4, 0] as [UInt16] {
      let digit = UInt8(unit >> shift & 0xF)
      bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
    }
  }

  /// An integer in decimal digits.
  static func append(_ value: Int64, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    guard rest >= 10 else { return bytes.append(UInt8(ascii: "0") + UInt8(rest)) }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var first = digits.count
      while rest > 0 {
        first -= 1
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        digits.initializeElement(at: first, to: UInt8(ascii: "0") + UInt8(digit))
        rest = quotient
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[first...]))
    }
  }
}
