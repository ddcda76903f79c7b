extension JSONValue {
  /// The compact text as QEMU writes it: `, ` and `: `, no other white space, only ASCII.
  public var jsonText: String { String(decoding: jsonBytes, as: UTF8.self) }

  /// The compact text's bytes.
  public var jsonBytes: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes, layout: nil, level: 0)
    return bytes
  }

  /// The text with one member or element on a line; empty arrays and objects stay short.
  ///
  /// - Parameter indent: Spaces for each level, not negative.
  public func prettyText(indent: Int = 2) -> String {
    var bytes: [UInt8] = []
    append(to: &bytes, layout: indent, level: 0)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func append(to bytes: inout [UInt8], layout: Int?, level: Int) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let digits): bytes.append(contentsOf: digits.utf8)
    case .string(let text): JSONText.append(quoted: text, to: &bytes)
    case .array(let elements):
      Self.append(elements, "[", "]", to: &bytes, layout, level) { element, bytes in
        element.append(to: &bytes, layout: layout, level: level + 1)
      }
    case .object(let members):
      Self.append(members, "{", "}", to: &bytes, layout, level) { member, bytes in
        JSONText.append(quoted: member.key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
        member.value.append(to: &bytes, layout: layout, level: level + 1)
      }
    }
  }

  /// A list between brackets.
  private static func append<Item>(
    _ items: [Item], _ open: Unicode.Scalar, _ close: Unicode.Scalar, to bytes: inout [UInt8],
    _ layout: Int?, _ level: Int, _ appendItem: (Item, inout [UInt8]) -> Void
  ) {
    bytes.append(UInt8(ascii: open))
    var isFirst = true
    for item in items {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      if let layout {
        breakLine(&bytes, spaces: layout * (level + 1))
      } else if !isFirst {
        bytes.append(UInt8(ascii: " "))
      }
      isFirst = false
      appendItem(item, &bytes)
    }
    if let layout, !isFirst { breakLine(&bytes, spaces: layout * level) }
    bytes.append(UInt8(ascii: close))
  }

  private static func breakLine(_ bytes: inout [UInt8], spaces: Int) {
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: spaces))
  }
}
