/// A leaf's values as text for people.
enum LeafText {
  /// Elements in one line of an array.
  private static let perLine = 16
  /// From so many equal elements on they are counted.
  private static let shortestRun = 4

  /// One value.
  static func text(_ value: Leaf.Value, size: Int) -> String {
    switch value {
    case .unsigned(let number):
      return number < 10 ? "\(number)" : "\(number) (\(hex(number, size)))"
    case .signed(let number): return "\(number)"
    case .bool(let flag): return flag ? "true" : "false"
    case .float(let bits): return "\(Double(bitPattern: bits))"
    case .bytes(let bytes): return bytes.map { hexadecimal($0) }.joined(separator: " ")
    }
  }

  /// A time in nanoseconds.
  static func time(_ nanoseconds: Int64) -> String {
    guard nanoseconds != -1 else { return "not armed" }
    let magnitude = nanoseconds.magnitude
    let fraction = String(magnitude % 1_000_000_000)
    let digits = String(repeating: "0", count: 9 - fraction.count) + fraction
    return
      "\(nanoseconds) ns (\(nanoseconds < 0 ? "-" : "")\(magnitude / 1_000_000_000).\(digits) s)"
  }

  /// A number with all digits of its size.
  static func hex(_ number: UInt64, _ size: Int) -> String {
    let digits = String(number, radix: 16)
    return "0x" + String(repeating: "0", count: max(0, 2 * size - digits.count)) + digits
  }

  /// An array, equal neighbours counted: one line or more.
  static func lines(_ leaf: Leaf) -> [String] {
    var items: [String] = []
    var index = 0
    while index < leaf.count {
      let value = leaf[index]
      var end = index + 1
      while end < leaf.count, leaf[end] == value { end += 1 }
      let text = short(value, leaf)
      if end - index >= shortestRun {
        items.append("\(text) × \(end - index)")
      } else {
        items.append(contentsOf: repeatElement(text, count: end - index))
      }
      index = end
    }
    return stride(from: 0, to: items.count, by: perLine).map { first in
      items[first..<min(items.count, first + perLine)].joined(separator: ", ")
    }
  }

  private static func short(_ value: Leaf.Value, _ leaf: Leaf) -> String {
    switch value {
    case .unsigned(let number) where leaf.kind == .unsigned:
      return number == 0 ? "0" : "0x" + String(number, radix: 16)
    case .signed(let number) where leaf.kind == .timer: return time(number)
    case .unsigned(let number): return "\(number)"
    default: return text(value, size: leaf.size)
    }
  }
}
