extension CommandRecord {
  /// Reads a command from its type byte on.
  ///
  /// - Throws: `unknownSectionType` for another type byte, and as `init(afterTypeFrom:)`.
  public init(from reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let type = try reader.get(UInt8.self)
    guard type == SectionKind.command.rawValue else {
      throw VMStateError(
        .unknownSectionType, "this is no command", offset: offset, expected: "0x8",
        found: hexadecimal(type))
    }
    try self.init(afterTypeFrom: &reader)
  }

  /// Reads what follows the type byte. After `packaged` the reader stands at the nested
  /// stream.
  ///
  /// - Throws: `badCommand` for an unknown command, a length that it cannot have or data that
  ///   breaks its format; `endOfStream`, or the channel's error.
  public init(afterTypeFrom reader: inout StreamReader) throws(VMStateError) {
    let offset = reader.position
    let number = try reader.get(UInt16.self)
    let length = Int(try reader.get(UInt16.self))
    guard let command = MigrationCommand(rawValue: number) else {
      throw VMStateError(
        .badCommand, "Unknown command \(number)", offset: offset,
        expected: "1 to \(MigrationCommand.switchoverStart.rawValue)", found: "\(number)")
    }
    if let expected = command.payloadLength, expected != length {
      throw Self.badLength(command, expected: "\(expected) bytes", length, offset)
    }
    self = try Self.data(of: command, length, &reader)
    // A name that is longer than the data has been read past its end: refused here.
    guard self.length == length else {
      throw Self.badLength(command, expected: "\(self.length) bytes", length, offset)
    }
  }

  private static func data(
    of command: MigrationCommand, _ length: Int, _ reader: inout StreamReader
  ) throws(VMStateError) -> CommandRecord {
    switch command {
    case .openReturnPath: return .openReturnPath
    case .ping: return .ping(try reader.get())
    case .postcopyAdvise: return .postcopyAdvise(try advice(length, &reader))
    case .postcopyListen: return .postcopyListen
    case .postcopyRun: return .postcopyRun
    case .postcopyRAMDiscard:
      return .postcopyRAMDiscard(try PostcopyDiscard(from: &reader, length: length))
    case .packaged: return .packaged(length: try reader.get())
    case .enableCOLO: return .enableCOLO
    case .postcopyResume: return .postcopyResume
    case .receiveBitmap: return .receiveBitmap(name: try name(length, &reader))
    case .switchoverStart: return .switchoverStart
    }
  }

  private static func advice(
    _ length: Int, _ reader: inout StreamReader
  ) throws(VMStateError) -> PostcopyAdvice? {
    if length == 0 { return nil }
    guard length == 16 else {
      throw badLength(
        .postcopyAdvise, expected: "0 or 16 bytes", length, reader.position - 4)
    }
    let pageSizes = try reader.get(UInt64.self)
    return PostcopyAdvice(pageSizes: pageSizes, targetPageSize: try reader.get())
  }

  private static func name(
    _ length: Int, _ reader: inout StreamReader
  ) throws(VMStateError) -> [UInt8] {
    let offset = reader.position
    guard length > 1 else {
      throw badLength(.receiveBitmap, expected: "a name", length, offset - 4)
    }
    return try reader.getCountedBytes()
  }

  private static func badLength(
    _ command: MigrationCommand, expected: String, _ length: Int, _ offset: UInt64
  ) -> VMStateError {
    VMStateError(
      .badCommand, "the command \(command.name) has a wrong length", offset: offset,
      expected: expected, found: "\(length)")
  }

  /// Writes the command with its type byte. After `packaged` the nested stream is put.
  ///
  /// - Throws: `valueOutOfRange` for a name of more than 255 bytes, or more data than a
  ///   command can have.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    let length = try writer.fitting(self.length, UInt16.self, "a command's data")
    writer.put(SectionKind.command.rawValue)
    writer.put(command.rawValue)
    writer.put(length)
    switch self {
    case .ping(let value), .packaged(let value): writer.put(value)
    case .postcopyAdvise(let advice?):
      writer.put(advice.pageSizes)
      writer.put(advice.targetPageSize)
    case .postcopyRAMDiscard(let discard): try discard.write(to: &writer)
    case .receiveBitmap(let name): try writer.put(name: name)
    default: break
    }
  }
}
