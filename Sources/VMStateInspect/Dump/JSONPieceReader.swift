import VMState

/// Reads the pieces of a JSON dump one by one: the text may be larger than memory.
///
/// White space and line breaks may stand anywhere, as after a formatter; members beside the
/// pieces may come in any order.
struct JSONPieceReader: ~Copyable {
  /// Longest piece, in bytes of text.
  private static let longestPiece = 256 << 20

  private var reader: StreamReader
  private var isInside = false
  private var hasFormat = false
  private var hasSchema = false
  private var piece: [UInt8] = []
  private let limits: Limits

  init(_ channel: any ByteChannel) {
    reader = StreamReader(channel)
    var limits = Limits()
    limits.descriptionBytes = Self.longestPiece
    limits.depth = 128
    self.limits = limits
  }

  /// The next piece; nil behind the last one.
  ///
  /// - Throws: `malformedJSON`, `badDescription` for another form or schema, `limitExceeded`.
  mutating func next() throws(VMStateError) -> JSONValue? {
    if !isInside {
      try begin()
      if try peek() == UInt8(ascii: "]") { return try end() }
      return try value()
    }
    switch try peek() {
    case UInt8(ascii: ","):
      reader.advance(1)
      return try value()
    default: return try end()
    }
  }

  // MARK: The object around the pieces

  /// Reads up to the pieces.
  private mutating func begin() throws(VMStateError) {
    try expect("{")
    while true {
      let key = try key()
      guard key == "pieces" else {
        try take(key)
        try expect(",")
        continue
      }
      try expect("[")
      isInside = true
      return
    }
  }

  /// Reads what stands behind the pieces.
  private mutating func end() throws(VMStateError) -> JSONValue? {
    try expect("]")
    while try peek() == UInt8(ascii: ",") {
      reader.advance(1)
      try take(try key())
    }
    try expect("}")
    guard hasFormat, hasSchema else { throw wrongForm("a text without format and schema") }
    if let byte = try peek() { throw malformed("the end of the text", byte) }
    return nil
  }

  private mutating func key() throws(VMStateError) -> String {
    guard let key = try value().text else {
      throw VMStateError(.malformedJSON, "a key that is no string", offset: reader.position)
    }
    try expect(":")
    return key
  }

  private mutating func take(_ key: String) throws(VMStateError) {
    let value = try value()
    if key == "format" {
      guard value.text == DumpJSON.format else { throw wrongForm(value.jsonText) }
      hasFormat = true
    }
    if key == "schema" {
      guard value.int == DumpJSON.schema else { throw wrongForm("schema \(value.jsonText)") }
      hasSchema = true
    }
  }

  private func wrongForm(_ found: String) -> VMStateError {
    VMStateError(
      .badDescription, "not a dump that can be assembled",
      expected: "format \"\(DumpJSON.format)\", schema \(DumpJSON.schema)",
      found: String(found.prefix(60)))
  }

  // MARK: Bytes

  /// The next byte that is no white space; nil at the end.
  private mutating func peek() throws(VMStateError) -> UInt8? {
    while let byte = try reader.peekByte() {
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      reader.advance(1)
    }
    return nil
  }

  private mutating func expect(_ letter: Character) throws(VMStateError) {
    let byte = try peek()
    guard let byte, byte == letter.asciiValue else { throw malformed("`\(letter)`", byte) }
    reader.advance(1)
  }

  private func malformed(_ expected: String, _ byte: UInt8?) -> VMStateError {
    VMStateError(
      .malformedJSON, "a JSON text is not well-formed", offset: reader.position,
      expected: expected, found: byte.map { "the byte 0x\(hexadecimal($0))" } ?? "the end")
  }

  /// One value, taken whole and parsed.
  private mutating func value() throws(VMStateError) -> JSONValue {
    guard let byte = try peek() else { throw malformed("a value", nil) }
    let first = reader.position
    piece.removeAll(keepingCapacity: true)
    var scan = JSONScan(first: byte)
    while !scan.isComplete {
      let bytes = try reader.peek(StreamReader.bufferSize)
      guard !bytes.isEmpty else { throw malformed("the rest of a value", nil) }
      let count = scan.take(bytes)
      piece.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      reader.advance(count)
      guard piece.count <= Self.longestPiece else {
        throw VMStateError(
          .limitExceeded, "a piece of the dump is too long", offset: first,
          expected: "at most \(Self.longestPiece) bytes")
      }
    }
    return try JSONValue.parse(piece, limits: limits, offset: first)
  }
}
