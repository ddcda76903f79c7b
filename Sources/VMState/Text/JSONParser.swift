/// A recursive-descent parser over the bytes of a JSON text.
///
/// The position never passes the end: every byte is asked for with `current`, which is nil
/// there.
struct JSONParser {
  /// The deepest nesting whatever the limits say: deeper texts could exhaust a thread's stack.
  private static let deepest = 512

  let bytes: UnsafeBufferPointer<UInt8>
  var index = 0
  private let offset: UInt64
  private let maximumElements: Int
  private let maximumDepth: Int

  init(_ bytes: UnsafeRawBufferPointer, limits: Limits, offset: UInt64) {
    self.bytes = bytes.assumingMemoryBound(to: UInt8.self)
    self.offset = offset
    maximumElements = limits.elements
    maximumDepth = min(max(limits.depth, 0), Self.deepest / 4) * 4
  }

  // MARK: - Bytes

  /// The byte at the position; nil at the end.
  @inline(__always)
  var current: UInt8? { index < bytes.count ? bytes[index] : nil }

  @inline(__always)
  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x0A, 0x0D, 0x09: index += 1
      default: return
      }
    }
  }

  /// Consumes a byte if it is there.
  @inline(__always)
  private mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    index += 1
    return true
  }

  // MARK: - Values

  /// One value and nothing else.
  mutating func document() throws(VMStateError) -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    guard index == bytes.count else { throw malformed("the end of the text") }
    return value
  }

  private mutating func value(depth: Int) throws(VMStateError) -> JSONValue {
    skipSpace()
    guard let current else { throw malformed("a value") }
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw malformed("a value")
    }
  }

  private mutating func object(depth: Int) throws(VMStateError) -> JSONValue {
    try enter(depth)
    skipSpace()
    var members: [JSONValue.Member] = []
    if take(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      try checkRoom(members.count)
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw malformed("a key") }
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw malformed("`:`") }
      members.append(.init(key: key, value: try value(depth: depth)))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw malformed("`,` or `}`") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(VMStateError) -> JSONValue {
    try enter(depth)
    skipSpace()
    var elements: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return .array(elements) }
    repeat {
      try checkRoom(elements.count)
      elements.append(try value(depth: depth))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw malformed("`,` or `]`") }
    return .array(elements)
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONValue
  ) throws(VMStateError) -> JSONValue {
    for position in 0..<word.utf8CodeUnitCount {
      guard take(word.utf8Start[position]) else { throw malformed("`\(word)`") }
    }
    return value
  }

  /// Steps over an opening bracket.
  private mutating func enter(_ depth: Int) throws(VMStateError) {
    guard depth <= maximumDepth else {
      throw VMStateError(
        .limitExceeded, "a JSON text is nested too deeply", offset: offset &+ UInt64(index),
        expected: "at most \(maximumDepth) levels")
    }
    index += 1
  }

  private func checkRoom(_ count: Int) throws(VMStateError) {
    guard count < maximumElements else {
      throw VMStateError(
        .limitExceeded, "an array or object of a JSON text is too long",
        offset: offset &+ UInt64(index), expected: "at most \(maximumElements) elements")
    }
  }

  // MARK: - Errors

  /// The error for what stands at the position.
  func malformed(_ expected: String) -> VMStateError {
    malformed(expected, at: index)
  }

  func malformed(_ expected: String, at index: Int) -> VMStateError {
    var found = "the end of the text"
    if index < bytes.count {
      let byte = bytes[index]
      let isShown = byte > 0x20 && byte < 0x7F
      found = isShown ? "`\(Unicode.Scalar(byte))`" : "the byte \(byte)"
    }
    return VMStateError(
      .malformedJSON, "a JSON text is not well-formed", offset: offset &+ UInt64(index),
      expected: expected, found: found)
  }
}
