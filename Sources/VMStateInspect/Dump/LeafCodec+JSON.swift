import VMState

extension LeafCodec {
  /// Most elements that are written one by one; longer arrays are hexadecimal digits.
  static let longestArray = 1 << 16

  /// Writes a leaf's value as a member of a JSON object.
  static func put(_ leaf: Leaf, isArray: Bool, to text: inout DescriptionText) {
    guard leaf.kind != .bytes, leaf.count <= longestArray,
      leaf.bytes.count == leaf.size * leaf.count
    else {
      text.put("value", HexText.text(leaf.bytes))
      return
    }
    guard isArray else {
      text.put(rendered: Array(("\"value\": " + json(leaf[0])).utf8))
      return
    }
    text.beginArray("value")
    for index in 0..<leaf.count { text.put(rendered: json(leaf[index]).utf8) }
    text.endArray()
  }

  /// A value's JSON text. Doubles that JSON has no digits for are their bits.
  private static func json(_ value: Leaf.Value) -> String {
    switch value {
    case .unsigned(let number): return "\(number)"
    case .signed(let number): return "\(number)"
    case .bool(let flag): return flag ? "true" : "false"
    case .float(let bits):
      let number = Double(bitPattern: bits)
      return number.isFinite ? "\(number)" : "\"\(LeafText.hex(bits, 8))\""
    case .bytes(let bytes): return "\"\(HexText.text(bytes))\""
    }
  }

  /// A leaf's bytes by its JSON value.
  ///
  /// - Throws: `valueOutOfRange` for a value that does not fit.
  static func bytes(
    of value: JSONValue, _ kind: LeafKind, size: Int, count: Int, isArray: Bool
  ) throws(VMStateError) -> [UInt8] {
    let (total, overflow) = size.multipliedReportingOverflow(by: count)
    guard !overflow else { throw refused("an array that fits memory", "\(count) elements") }
    if case .array(let elements) = value {
      guard isArray, elements.count == count else {
        throw refused(isArray ? "\(count) elements" : "one value", "\(elements.count) elements")
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(total)
      for (index, element) in elements.enumerated() {
        do throws(VMStateError) {
          bytes += try self.bytes(of: element, kind, size)
        } catch {
          throw error.within("[\(index)]")
        }
      }
      return bytes
    }
    if kind == .bytes || isArray {
      guard let text = value.text else { throw refused("\(total) bytes in hex", value.jsonText) }
      return try buffer(text, total)
    }
    return try bytes(of: value, kind, size)
  }

  private static func bytes(
    of value: JSONValue, _ kind: LeafKind, _ size: Int
  ) throws(VMStateError) -> [UInt8] {
    switch value {
    case .bool(let flag) where kind == .bool: return [flag ? 1 : 0]
    case .number(let digits): return try bytes(of: digits, kind, size)
    case .string(let text): return try bytes(of: text, kind, size)
    default: throw refused(expected(kind, size), value.jsonText)
    }
  }
}
