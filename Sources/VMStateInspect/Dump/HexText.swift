/// Bytes as hexadecimal digits without anything between them.
enum HexText {
  /// One digit, of a number below 16.
  @inline(__always)
  static func digit(_ number: UInt8) -> UInt8 { number &+ (number < 10 ? 0x30 : 0x57) }

  /// The digits, with something between the bytes and before all of them.
  static func text(
    _ bytes: ArraySlice<UInt8>, prefix: StaticString = "", separator: UInt8? = nil
  ) -> String {
    let length = prefix.utf8CodeUnitCount + (separator == nil ? 2 : 3) * bytes.count
    return String(unsafeUninitializedCapacity: length) { room in
      var place = 0
      for index in 0..<prefix.utf8CodeUnitCount {
        room[index] = prefix.utf8Start[index]
        place += 1
      }
      for (index, byte) in bytes.enumerated() {
        if let separator, index > 0 {
          room[place] = separator
          place += 1
        }
        room[place] = digit(byte >> 4)
        room[place + 1] = digit(byte & 15)
        place += 2
      }
      return place
    }
  }

  /// The digits.
  static func text(_ bytes: [UInt8]) -> String { text(bytes[...]) }

  /// Appends the digits.
  static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    text.reserveCapacity(text.count + 2 * bytes.count)
    for byte in bytes {
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
  }

  /// The bytes of digits, spaces left out; nil if there is anything else, or half a byte.
  static func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count / 2)
    var half: UInt8?
    for letter in text.utf8 where letter != UInt8(ascii: " ") {
      guard let digit = value(letter) else { return nil }
      if let high = half {
        bytes.append(high << 4 | digit)
        half = nil
      } else {
        half = digit
      }
    }
    return half == nil ? bytes : nil
  }

  private static func value(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): letter - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): letter - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
