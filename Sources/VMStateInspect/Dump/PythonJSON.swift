import VMState

/// JSON text as Python's encoder writes it with an indent of four.
enum PythonJSON {
  /// A value's text.
  ///
  /// - Parameter level: Levels around it.
  static func bytes(_ value: JSONValue, level: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    append(value, level, to: &bytes)
    return bytes
  }

  private static func append(_ value: JSONValue, _ level: Int, to bytes: inout [UInt8]) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    case .number(let digits): bytes.append(contentsOf: digits.utf8)
    case .string(let text): append(quoted: text, to: &bytes)
    case .array(let elements):
      append(elements, "[", "]", level, to: &bytes) { element, bytes in
        append(element, level + 1, to: &bytes)
      }
    case .object(let members):
      append(members, "{", "}", level, to: &bytes) { member, bytes in
        append(quoted: member.key, to: &bytes)
        bytes.append(contentsOf: ": ".utf8)
        append(member.value, level + 1, to: &bytes)
      }
    }
  }

  private static func append<Item>(
    _ items: [Item], _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ level: Int,
    to bytes: inout [UInt8], _ each: (Item, inout [UInt8]) -> Void
  ) {
    bytes.append(UInt8(ascii: open))
    for (index, item) in items.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      breakLine(level + 1, &bytes)
      each(item, &bytes)
    }
    if !items.isEmpty { breakLine(level, &bytes) }
    bytes.append(UInt8(ascii: close))
  }

  private static func breakLine(_ level: Int, _ bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<4 * level { bytes.append(UInt8(ascii: " ")) }
  }

  /// A value with the last one of repeated keys, at the place of the first, as in a Python
  /// dictionary.
  static func merged(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map(merged))
    case .object(let members):
      var list: [JSONValue.Member] = []
      var places: [String: Int] = [:]
      for member in members {
        let value = merged(member.value)
        if let place = places[member.key] {
          list[place].value = value
        } else {
          places[member.key] = list.count
          list.append(JSONValue.Member(key: member.key, value: value))
        }
      }
      return .object(list)
    default: return value
    }
  }

  // MARK: Strings

  /// A string in quotes, in ASCII.
  static func quoted(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    append(quoted: text, to: &bytes)
    return bytes
  }

  private static func append(quoted text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    let isCopied = text.withUTF8 { utf8 in
      guard utf8.allSatisfy(isPlain) else { return false }
      bytes.append(contentsOf: utf8)
      return true
    }
    if !isCopied {
      for unit in text.utf16 { append(unit, to: &bytes) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// True for ASCII that stands for itself.
  @inline(__always)
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte &- 0x20 < 0x60 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private static func append(_ unit: UInt16, to bytes: inout [UInt8]) {
    switch unit {
    case 0x22, 0x5C:
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(UInt8(unit))
    case 0x20...0x7F: bytes.append(UInt8(unit))
    case 0x0A: bytes.append(contentsOf: "\\n".utf8)
    case 0x0D: bytes.append(contentsOf: "\\r".utf8)
    case 0x09: bytes.append(contentsOf: "\\t".utf8)
    case 0x08: bytes.append(contentsOf: "\\b".utf8)
    case 0x0C: bytes.append(contentsOf: "\\f".utf8)
    default:
      let digits = String(unit, radix: 16)
      bytes.append(contentsOf: "\\u".utf8)
      bytes.append(contentsOf: String(repeating: "0", count: 4 - digits.count).utf8)
      bytes.append(contentsOf: digits.utf8)
    }
  }
}
