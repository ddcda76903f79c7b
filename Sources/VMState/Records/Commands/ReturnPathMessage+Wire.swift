extension ReturnPathMessage {
  /// Reads a message.
  ///
  /// - Throws: `badMessage` for an unknown type, a length that it cannot have or an empty
  ///   name; `endOfStream`, or the channel's error.
  public init(from reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let number = try reader.get(UInt16.self)
    let length = Int(try reader.get(UInt16.self))
    guard let kind = Kind(rawValue: number) else {
      throw VMStateError(
        .badMessage, "an unknown message on the return path", offset: offset,
        expected: "1 to 7", found: "\(number)")
    }
    let lengths = Self.lengths(kind)
    guard lengths.contains(length) else { throw Self.badLength(kind, lengths, length, offset) }
    self = try Self.data(of: kind, &reader)
    guard self.length == length else {
      throw Self.badLength(kind, self.length...self.length, length, offset)
    }
  }

  /// Reads the next message, or gives nil if the channel ends here.
  ///
  /// - Throws: As the initializer does; an end inside a message is an error.
  public static func next(
    from reader: inout StreamReader
  ) throws(VMStateError) -> ReturnPathMessage? {
    guard try reader.peekByte() != nil else { return nil }
    return try ReturnPathMessage(from: &reader)
  }

  private static func lengths(_ kind: Kind) -> ClosedRange<Int> {
    switch kind {
    case .shut, .pong, .resumeAcknowledged: 4...4
    case .requestPages: 12...12
    case .requestPagesOfBlock: 14...13 + WireFormat.maximumNameLength
    case .receiveBitmap: 2...1 + WireFormat.maximumNameLength
    case .switchoverAcknowledged: 0...0
    }
  }

  private static func data(
    of kind: Kind, _ reader: inout StreamReader
  ) throws(VMStateError) -> ReturnPathMessage {
    switch kind {
    case .shut: return .shut(status: try reader.get())
    case .pong: return .pong(try reader.get())
    case .requestPages, .requestPagesOfBlock:
      let start = try reader.get(UInt64.self)
      let length = try reader.get(UInt32.self)
      let name = kind == .requestPages ? nil : try reader.getCountedBytes()
      return .requestPages(start: start, length: length, name: name)
    case .receiveBitmap: return .receiveBitmap(name: try reader.getCountedBytes())
    case .resumeAcknowledged: return .resumeAcknowledged(try reader.get())
    case .switchoverAcknowledged: return .switchoverAcknowledged
    }
  }

  private static func badLength(
    _ kind: Kind, _ expected: ClosedRange<Int>, _ found: Int, _ offset: UInt64
  ) -> VMStateError {
    let bounds =
      expected.count == 1
      ? "\(expected.lowerBound)" : "\(expected.lowerBound) to \(expected.upperBound)"
    return VMStateError(
      .badMessage, "the message \(kind.name) has a wrong length", offset: offset,
      expected: "\(bounds) bytes", found: "\(found)")
  }

  /// Writes the message.
  ///
  /// - Throws: `valueOutOfRange` for a name of more than 255 bytes.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    let length = try writer.fitting(self.length, UInt16.self, "a message's data")
    writer.put(kind.rawValue)
    writer.put(length)
    switch self {
    case .shut(let value), .pong(let value), .resumeAcknowledged(let value): writer.put(value)
    case .requestPages(let start, let length, let name):
      writer.put(start)
      writer.put(length)
      if let name { try writer.put(name: name) }
    case .receiveBitmap(let name): try writer.put(name: name)
    case .switchoverAcknowledged: break
    }
  }
}
