import VMState

/// Values that people wrote, as bytes of the wire.
enum LeafCodec {
  /// The bytes of an integer of some size.
  static func bytes(_ bits: UInt64, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * (size - 1 - $0))) }
  }

  /// One element's bytes by a text: `12`, `-3`, `0xff`, `true`, `1.5`, `none` for a timer.
  ///
  /// - Throws: `valueOutOfRange`.
  static func bytes(
    of text: String, _ kind: LeafKind, _ size: Int
  ) throws(VMStateError) -> [UInt8] {
    let bits: UInt64?
    switch kind {
    case .unsigned: bits = unsigned(text, size)
    case .signed: bits = signed(text, size)
    case .timer: bits = text == "none" ? .max : signed(text, size)
    case .bool: bits = text == "true" ? 1 : text == "false" ? 0 : unsigned(text, size)
    case .float: bits = text.hasPrefix("0x") ? unsigned(text, 8) : Double(text)?.bitPattern
    case .bytes: bits = nil
    }
    guard let bits else { throw refused(expected(kind, size), text) }
    return bytes(bits, size)
  }

  /// What a value does not fit.
  static func refused(_ expected: String, _ found: String) -> VMStateError {
    let shown = found.count > 60 ? String(found.prefix(57)) + "..." : found
    return VMStateError(
      .valueOutOfRange, "a value that does not fit its field", expected: expected, found: shown)
  }

  /// What fits, in words.
  static func expected(_ kind: LeafKind, _ size: Int) -> String {
    let bits = UInt64(8 * max(1, min(size, 8)))
    let greatest = UInt64.max >> (64 - bits)
    switch kind {
    case .unsigned: return "an integer from 0 to \(greatest)"
    case .signed: return "an integer from -\(greatest / 2 + 1) to \(greatest / 2)"
    case .timer: return "nanoseconds, or none"
    case .bool: return "true or false"
    case .float: return "a number, or the 16 hexadecimal digits of one behind 0x"
    case .bytes: return "\(size) bytes in hexadecimal digits"
    }
  }

  private static func unsigned(_ text: String, _ size: Int) -> UInt64? {
    let number = text.hasPrefix("0x") ? digits(text.dropFirst(2), 16) : digits(text[...], 10)
    guard let number, size >= 8 || number >> UInt64(8 * size) == 0 else { return nil }
    return number
  }

  private static func signed(_ text: String, _ size: Int) -> UInt64? {
    // All digits of the size mean the bits.
    if text.hasPrefix("0x") { return unsigned(text, size) }
    guard let number = Int64(text), !text.hasPrefix("+") else { return nil }
    let shift = Int64(64 - 8 * size)
    guard (number << shift) >> shift == number else { return nil }
    return UInt64(bitPattern: number)
  }

  private static func digits(_ text: Substring, _ radix: Int) -> UInt64? {
    text.hasPrefix("+") || text.hasPrefix("-") ? nil : UInt64(text, radix: radix)
  }

  /// A buffer's bytes by a text of hexadecimal digits, or by `"text"` in quotes, which is
  /// filled up with zeros.
  ///
  /// - Throws: `valueOutOfRange`.
  static func buffer(_ text: String, _ size: Int) throws(VMStateError) -> [UInt8] {
    if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
      let bytes = Array(text.dropFirst().dropLast().utf8)
      guard bytes.count <= size else {
        throw refused("a text of at most \(size) bytes", "\(bytes.count) bytes")
      }
      return bytes + [UInt8](repeating: 0, count: size - bytes.count)
    }
    let digits = text.hasPrefix("0x") ? String(text.dropFirst(2)) : text
    guard let bytes = HexText.decode(digits) else { throw refused(expected(.bytes, size), text) }
    guard bytes.count == size else { throw refused("\(size) bytes", "\(bytes.count) bytes") }
    return bytes
  }
}
