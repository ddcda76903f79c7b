/// Bytes written as hexadecimal digits; white space is skipped, so that a test can show
/// fields apart.
public func hex(_ text: String) -> [UInt8] {
  let digits = text.filter { !$0.isWhitespace }.map { character -> UInt8 in
    guard let value = character.hexDigitValue else { preconditionFailure("not hex: \(text)") }
    return UInt8(value)
  }
  precondition(digits.count % 2 == 0, "an odd number of digits: \(text)")
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Bytes as hexadecimal digits, for messages.
public func hexText(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined()
}
