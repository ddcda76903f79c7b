/// Text for a terminal.
public enum PrintableText {
  /// Text that came from a stream, with control characters escaped.
  public static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      if isControl(scalar) {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
    default: false
    }
  }

  /// A number of bytes with a unit, exact where it is a round number.
  public static func bytes(_ count: UInt64) -> String {
    for (shift, unit) in [(UInt64(30), "GiB"), (20, "MiB"), (10, "KiB")]
    where count >= 1 << shift && count % (1 << shift) == 0 {
      return "\(count >> shift) \(unit)"
    }
    guard count >= 1 << 20 else { return "\(count) B" }
    return "\(count / (1 << 20)).\(count % (1 << 20) * 10 / (1 << 20)) MiB"
  }

  /// Text filled up with spaces on the right.
  public static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// Text filled up with spaces on the left.
  public static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
