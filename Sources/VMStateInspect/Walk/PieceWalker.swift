import VMState

/// Walks a stream from its header to its last byte without any device, piece by piece.
///
/// Sections have no lengths: FULL sections are read by the stream's own JSON description, by
/// one learned elsewhere, or by built-in tables; RAM sections by their records. What cannot be
/// read is passed over up to the next footer and said to be a guess. Memory is bounded
/// whatever the stream's length: one section's fields, the description, one page.
struct PieceWalker<Visitor: PieceVisitor> {
  var visitor: Visitor
  let options: WalkOptions
  var channel: any ByteChannel
  // A channel without positions, and from where on its end is held.
  let recent: RecentBytes?
  var heldFrom: UInt64 = 0
  var layouts: LayoutQueue
  // Live sections by section id.
  var live: [UInt32: SectionHeader] = [:]
  var expectsFooters = true
  var sectionCount = 0
  var capabilities: Set<String> = []
  // Where the packages that are open end, innermost last.
  var packageEnds: [UInt64] = []
  var hasEnded = false
  // RAM: the blocks' lengths, names and what `CONTINUE` means.
  var ram = RAMWalkState()
  let context: LoadContext

  init(
    _ channel: any ByteChannel, _ layouts: LayoutQueue, _ visitor: Visitor,
    _ options: WalkOptions
  ) {
    recent = channel.capabilities.contains(.positioned) ? nil : RecentBytes(channel)
    self.channel = recent ?? channel
    self.layouts = layouts
    self.visitor = visitor
    self.options = options
    context = LoadContext(limits: options.limits)
  }

  /// Walks everything. Only what the visitor throws comes out; the stream's own problems are
  /// pieces.
  mutating func walk(_ reader: inout StreamReader) throws(VMStateError) {
    do throws(VMStateError) {
      let word = try reader.peekWord()
      if word == MultifdFormat.magic { return try walkChannel(&reader) }
      if word == CPRState.magic { return try walkCPR(&reader) }
      try walkHeader(&reader)
      try walkElements(&reader)
      try walkTail(&reader)
    } catch {
      if ram.visitorFailed { throw error }
      try giveUp(error, &reader)
    }
  }

  /// Hands a piece on. An error of the visitor's ends the walk.
  mutating func emit(
    _ piece: StreamPiece, _ first: UInt64, _ end: UInt64
  ) throws(VMStateError) {
    do throws(VMStateError) {
      try visitor.visit(piece, first..<end)
    } catch {
      ram.visitorFailed = true
      throw error
    }
  }

  // MARK: Header

  private mutating func walkHeader(_ reader: inout StreamReader) throws(VMStateError) {
    guard let head = try reader.peekWord(), head == WireFormat.magic else {
      let found = try reader.peek(4).map { hexadecimal($0) }.joined(separator: " ")
      throw VMStateError(
        .badMagic, "not a migration stream", offset: reader.position,
        expected: "\"QEVM\"", found: found.isEmpty ? "no data" : found)
    }
    let first = reader.position
    reader.advance(4)
    let version = try reader.get(UInt32.self)
    try emit(.fileHeader(version: version), first, reader.position)
    guard version == WireFormat.version else {
      throw VMStateError(
        .unsupportedStreamVersion, "unsupported stream version", offset: first + 4,
        expected: "3", found: "\(version)")
    }
    guard try reader.peekByte() == SectionKind.configuration.rawValue else { return }
    let start = reader.position
    reader.advance(1)
    let configuration = try ConfigurationRecord(from: &reader, options.limits)
    capabilities = Set(configuration.capabilities)
    if let bits = configuration.pageBits, bits < 32 { ram.setPageSize(1 << Int(bits)) }
    try emit(.configuration(configuration), start, reader.position)
  }

  // MARK: Elements

  private mutating func walkElements(_ reader: inout StreamReader) throws(VMStateError) {
    while !hasEnded {
      try closePackages(&reader)
      let offset = reader.position
      let byte = try reader.get(UInt8.self)
      switch SectionKind(rawValue: byte) {
      case .endOfFile:
        hasEnded = true
        try emit(.endOfFile, offset, reader.position)
      case .start, .full: try walkSection(SectionKind(rawValue: byte)!, at: offset, &reader)
      case .part, .end: try walkContinuation(SectionKind(rawValue: byte)!, at: offset, &reader)
      case .command: try walkCommand(at: offset, &reader)
      default: throw unknownKind(byte, offset)
      }
      sectionCount += 1
      guard sectionCount <= options.limits.sections else {
        throw VMStateError(.limitExceeded, "more sections than the limit", offset: offset)
      }
    }
  }

  private func unknownKind(_ byte: UInt8, _ offset: UInt64) -> VMStateError {
    VMStateError(
      .unknownSectionType, "Unknown section type \(byte)", offset: offset,
      expected: "a section, a command or the end", found: "0x" + hexadecimal(byte))
  }

  private mutating func closePackages(_ reader: inout StreamReader) throws(VMStateError) {
    while let end = packageEnds.last, reader.position >= end {
      guard reader.position == end else {
        throw VMStateError(
          .badCommand, "a package's content runs over its end", offset: reader.position,
          expected: "the end at \(end)", found: "\(reader.position)")
      }
      packageEnds.removeLast()
      try emit(.packageEnd, end, end)
    }
  }

  private mutating func walkCommand(
    at offset: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let number = try reader.get(UInt16.self)
    let length = try reader.get(UInt16.self)
    let payload = try reader.getBytes(Int(length), limit: Int(UInt16.max))
    let command = WalkedCommand(number: number, offset: offset, payload: payload)
    try emit(.command(command), offset, reader.position)
    guard command.command == .packaged, payload.count == 4 else { return }
    let count = payload.reduce(0) { $0 << 8 | UInt64($1) }
    packageEnds.append(reader.position + count)
    guard packageEnds.count <= options.limits.depth else {
      throw VMStateError(.limitExceeded, "packages nested too deep", offset: offset)
    }
  }
}

extension StreamReader {
  /// The next four bytes as a number, or nil at the end of the data.
  mutating func peekWord() throws(VMStateError) -> UInt32? {
    let bytes = try peek(4)
    guard bytes.count == 4 else { return nil }
    return UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
  }
}

/// Two hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String {
  let text = String(byte, radix: 16)
  return text.count == 1 ? "0" + text : text
}
