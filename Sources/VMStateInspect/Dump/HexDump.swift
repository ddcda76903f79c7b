/// Bytes as lines of sixteen with offsets and text; a line like the one before it is left out
/// and a star stands for all of them.
public enum HexDump {
  /// The lines.
  ///
  /// - Parameters:
  ///   - bytes: What is shown.
  ///   - base: The offset of the first byte.
  public static func lines(_ bytes: some Collection<UInt8>, base: UInt64 = 0) -> [String] {
    let bytes = Array(bytes)
    var lines: [String] = []
    var last: ArraySlice<UInt8>?
    var isStarred = false
    for first in stride(from: 0, to: bytes.count, by: 16) {
      let row = bytes[first..<min(bytes.count, first + 16)]
      if let last, last.elementsEqual(row), first + 16 < bytes.count {
        if !isStarred { lines.append("*") }
        isStarred = true
        continue
      }
      lines.append(line(row, base &+ UInt64(first)))
      last = row
      isStarred = false
    }
    return lines
  }

  private static func line(_ row: ArraySlice<UInt8>, _ offset: UInt64) -> String {
    let digits = String(offset, radix: 16)
    var text = String(repeating: "0", count: max(0, 8 - digits.count)) + digits + " "
    for index in 0..<16 {
      if index % 8 == 0 { text += " " }
      let place = row.startIndex + index
      text += place < row.endIndex ? hexadecimal(row[place]) + " " : "   "
    }
    return text + "|" + readable(row) + "|"
  }

  /// ASCII with a dot for everything that is not.
  static func readable(_ bytes: some Sequence<UInt8>) -> String {
    String(
      String.UnicodeScalarView(
        bytes.map { $0 >= 0x20 && $0 < 0x7F ? Unicode.Scalar($0) : "." }))
  }
}
