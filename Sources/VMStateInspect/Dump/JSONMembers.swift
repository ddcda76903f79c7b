import VMState

/// Members of a JSON object that have to be there, with errors that name them.
struct JSONMembers {
  let value: JSONValue

  init(_ value: JSONValue) throws(VMStateError) {
    guard value.members != nil else {
      throw VMStateError(
        .badDescription, "a dump holds objects", expected: "an object",
        found: String(value.jsonText.prefix(60)))
    }
    self.value = value
  }

  func refused(_ key: String, _ expected: String) -> VMStateError {
    VMStateError(
      .badDescription, "a member that is missing or of another type", expected: expected,
      found: value[key].map { String($0.jsonText.prefix(60)) } ?? "nothing"
    ).within(key)
  }

  func number<T: FixedWidthInteger>(
    _ key: String, _ type: T.Type = T.self
  ) throws(VMStateError) -> T {
    guard case .number(let digits)? = value[key], let number = T(digits) else {
      throw refused(key, "an integer up to \(T.max)")
    }
    return number
  }

  func text(_ key: String) throws(VMStateError) -> String {
    guard let text = value[key]?.text else { throw refused(key, "a string") }
    return text
  }

  func elements(_ key: String) throws(VMStateError) -> [JSONValue] {
    guard let elements = value[key]?.elements else { throw refused(key, "an array") }
    return elements
  }

  func elementsIfAny(_ key: String) throws(VMStateError) -> [JSONValue] {
    value[key] == nil ? [] : try elements(key)
  }

  func hex(_ key: String) throws(VMStateError) -> [UInt8] {
    guard let text = value[key]?.text, let bytes = HexText.decode(text) else {
      throw refused(key, "hexadecimal digits")
    }
    return bytes
  }

  func base64(_ key: String) throws(VMStateError) -> [UInt8] {
    guard let text = value[key]?.text, let bytes = Base64.decode(text) else {
      throw refused(key, "base64")
    }
    return bytes
  }

  /// A name's bytes: a string, or an object with hexadecimal digits.
  func name(
    _ key: String, atMost limit: Int = WireFormat.maximumNameLength
  ) throws(VMStateError) -> [UInt8] {
    guard let value = value[key] else { throw refused(key, "a name") }
    return try Self.name(value, atMost: limit, key)
  }

  static func name(
    _ value: JSONValue, atMost limit: Int = WireFormat.maximumNameLength, _ key: String
  ) throws(VMStateError) -> [UInt8] {
    let bytes = value.text.map { Array($0.utf8) } ?? value["hex"]?.text.flatMap(HexText.decode)
    guard let bytes, bytes.count <= limit else {
      throw VMStateError(
        .badDescription, "a name that does not fit", expected: "at most \(limit) bytes",
        found: String(value.jsonText.prefix(60))
      ).within(key)
    }
    return bytes
  }
}
