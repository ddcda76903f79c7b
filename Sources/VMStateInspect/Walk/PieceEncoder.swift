import VMState

/// Writes pieces as the stream that they are, through the core's own writer.
///
/// Pieces that come in the order of the stream need a channel that takes bytes in order; those
/// of a mapped-ram file one with positions.
public struct PieceEncoder: ~Copyable {
  private var writer: StreamWriter
  private var blockNames: [[UInt8]] = []
  /// Bytes that nothing describes, written as they came.
  public private(set) var opaqueBytes: UInt64 = 0

  /// Makes an encoder over a channel.
  public init(_ channel: any ByteChannel) { writer = StreamWriter(channel) }

  /// Bytes put so far, or the position after a jump.
  public var position: UInt64 { writer.position }

  /// Puts a piece.
  ///
  /// - Parameter range: Where it stood; a piece elsewhere than at the present position makes
  ///   the writer jump there.
  /// - Throws: The channel's error; `badDescription` for a state that does not fit its table.
  public mutating func put(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    if range.lowerBound != writer.position, !range.isEmpty {
      try writer.seek(to: range.lowerBound)
    }
    switch piece {
    case .fileHeader(let version):
      writer.put(WireFormat.magic)
      writer.put(version)
    case .configuration(let record): record.encode(to: &writer)
    case .sectionHeader(let header): header.encode(to: &writer)
    case .fields(let body): try body.table.save(body.state, to: &writer)
    case .ram(let record): try put(record)
    case .record(let record): try record.write(to: &writer)
    case .payload(let bytes): writer.put(bytes: bytes)
    case .bytes(let bytes, _):
      opaqueBytes += UInt64(bytes.count)
      writer.put(bytes: bytes)
    case .footer(let id):
      writer.put(SectionKind.footer.rawValue)
      writer.put(id)
    case .command(let command): command.encode(to: &writer)
    case .endOfFile: writer.put(SectionKind.endOfFile.rawValue)
    case .description(let text):
      writer.put(SectionKind.description.rawValue)
      writer.put(UInt32(truncatingIfNeeded: text.count))
      writer.put(bytes: text)
    case .packageEnd, .problem: break
    }
    try writer.check()
  }

  private mutating func put(_ record: RAMPiece) throws(VMStateError) {
    switch record {
    case .setup(let setup, let pageSize):
      blockNames = setup.entries.map(\.name)
      setup.encode(to: &writer, pageSize: pageSize)
    case .mappedSetup(let word):
      blockNames = []
      writer.put(word.rawValue)
    case .mappedBlock(let block):
      blockNames.append(block.entry.name)
      try put(block)
    case .mappedPages(let pages): writer.put(bytes: pages.bytes)
    case .page(let page):
      writer.put(page.word.rawValue)
      if page.namesBlock { put(counted: blockNames[page.block]) }
      writer.put(bytes: page.payload)
    case .mark(let word): writer.put(word.rawValue)
    }
  }

  private mutating func put(counted name: [UInt8]) {
    writer.put(UInt8(truncatingIfNeeded: name.count))
    writer.put(bytes: name)
  }

  private mutating func put(_ block: MappedBlock) throws(VMStateError) {
    put(counted: block.entry.name)
    writer.put(block.entry.length)
    if let offset = block.entry.regionOffset { writer.put(offset) }
    writer.put(block.version)
    writer.put(block.pageSize)
    writer.put(block.bitmapOffset)
    writer.put(block.pagesOffset)
    try writer.seek(to: block.bitmapOffset)
    writer.put(bytes: block.bitmap)
  }

  /// Hands everything to the channel.
  public mutating func finish() throws(VMStateError) { try writer.flush() }
}

extension WalkedCommand {
  /// Writes the command: `08`, be16 number, be16 length, payload.
  func encode(to writer: inout StreamWriter) {
    writer.put(SectionKind.command.rawValue)
    writer.put(number)
    writer.put(UInt16(truncatingIfNeeded: payload.count))
    writer.put(bytes: payload)
  }
}
