import VMState

/// Hands the pages of a stream to a target, in the order in which they were sent; pages of
/// multifd channels at the points where the channels are synchronised.
struct MemoryFeed<Target: PageTarget>: PieceVisitor {
  let target: Target
  private let options: MemoryOptions
  private let channels: [MultifdSource]
  // Of a mapped-ram file, from an earlier walk.
  private let knownBlocks: [MemoryBlock]?
  private var blocks: [MemoryBlock] = []
  private var index: [[UInt8]: Int] = [:]
  // A flush mark in the first section: channels are synchronised by marks, not by sections.
  private var isSynchronisedByMarks = false
  private var sections = 0
  // Page data that cannot be decoded; such a page stays as it was.
  private(set) var problems: [StreamProblem] = []
  private let keptProblems = 1000

  /// - Parameter knownBlocks: The block list where pages come before its end.
  init(
    _ target: Target, channels: [any ByteChannel], options: MemoryOptions,
    knownBlocks: [MemoryBlock]? = nil
  ) throws(VMStateError) {
    self.target = target
    self.options = options
    self.knownBlocks = knownBlocks
    var sources: [MultifdSource] = []
    for channel in channels {
      sources.append(try MultifdSource(channel, number: sources.count + 1))
    }
    self.channels = sources
  }

  @inline(__always)
  mutating func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    switch piece {
    case .ram(let record): try take(record, range)
    case .configuration(let record): target.setMachine(record.machineTypeText)
    case .command(let command): try take(command)
    default: break
    }
  }

  /// After the walk: the rest of the channels.
  mutating func finish() throws(VMStateError) {
    try drain(toEnd: true)
  }

  private mutating func drain(toEnd: Bool) throws(VMStateError) {
    for channel in channels where !channel.hasFailed {
      do throws(VMStateError) {
        try channel.drain(blocks, index, target, toEnd: toEnd)
      } catch {
        channel.hasFailed = true
        try keep(error.within("multifd channel \(channel.id)"), nil)
      }
    }
  }

  /// Keeps an error that is about the data; others end the walk.
  private mutating func keep(
    _ error: VMStateError, _ resumes: UInt64?
  ) throws(VMStateError) {
    let isFatal: [VMStateError.Code] = [.channelFailed, .cancelled, .limitExceeded, .fileTruncated]
    if isFatal.contains(error.code) { throw error }
    guard problems.count < keptProblems else { return }
    problems.append(StreamProblem(error: error, partial: nil, resumes: resumes))
  }

  @inline(__always)
  private mutating func take(
    _ record: RAMPiece, _ range: Range<UInt64>
  ) throws(VMStateError) {
    switch record {
    case .page(let page): try take(page, range)
    case .setup(let setup, let pageSize):
      try set(setup.entries.map { MemoryBlock($0, pageSize: pageSize.bytes) })
    case .mappedSetup: try set(knownBlocks ?? [])
    case .mappedBlock(let block):
      guard knownBlocks == nil else { return }
      try set(blocks + [MemoryBlock(block.entry, pageSize: Int(clamping: block.pageSize))])
    case .mappedPages(let pages): try take(pages)
    case .mark(let word): try take(word)
    }
  }

  private mutating func set(_ new: [MemoryBlock]) throws(VMStateError) {
    var total: UInt64 = 0
    for block in new {
      let sum = total.addingReportingOverflow(block.length)
      guard !sum.overflow, sum.partialValue <= options.guestBytes else {
        throw VMStateError(
          .limitExceeded, "more guest memory than the limit",
          expected: "at most \(options.guestBytes) bytes", found: "more")
      }
      total = sum.partialValue
    }
    blocks = new
    index = Dictionary(
      new.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    try target.setBlocks(new)
  }

  // MARK: Pages

  @inline(__always)
  private mutating func take(
    _ page: RAMPagePiece, _ range: Range<UInt64>
  ) throws(VMStateError) {
    guard page.block < blocks.count else { return }
    let number = Int(page.offset / UInt64(blocks[page.block].pageSize))
    switch page.word.kind {
    case .zero: try target.setZero(page.block, number)
    case .page: try target.setPages(page.block, number, placed(page, range))
    default: try decode(page, number, range)
    }
  }

  private mutating func decode(
    _ page: RAMPagePiece, _ number: Int, _ range: Range<UInt64>
  ) throws(VMStateError) {
    do throws(VMStateError) {
      if page.word.kind == .compressPage {
        try target.setCompressed(page.block, number, placed(page, range))
      } else {
        try change(page, number, range)
      }
    } catch {
      try keep(error.within(blocks[page.block].idstr).at(range.lowerBound), range.upperBound)
    }
  }

  private func placed(_ page: RAMPagePiece, _ range: Range<UInt64>) -> PlacedBytes {
    PlacedBytes(
      bytes: page.payload, source: 0, position: range.upperBound - UInt64(page.payload.count))
  }

  private func change(
    _ page: RAMPagePiece, _ number: Int, _ range: Range<UInt64>
  ) throws(VMStateError) {
    let payload = page.payload
    guard payload.first == XBZRLERecord.encodingFlag else {
      throw VMStateError(
        .badRAMRecord, "an XBZRLE page of an unknown encoding",
        offset: range.upperBound - UInt64(payload.count), expected: "1",
        found: payload.first.map { "\($0)" })
    }
    let delta = UnsafeRawBufferPointer(rebasing: payload[XBZRLERecord.headerLength...])
    let offset = range.upperBound - UInt64(delta.count)
    try target.change(page.block, number) { content throws(VMStateError) in
      try XBZRLE.decode(delta, into: content, at: offset)
    }
  }

  private func take(_ pages: MappedPages) throws(VMStateError) {
    guard pages.block < blocks.count else { return }
    let number = Int(pages.offset / UInt64(blocks[pages.block].pageSize))
    try target.setPages(
      pages.block, number,
      PlacedBytes(bytes: pages.bytes, source: 0, position: pages.position, isMapped: true))
  }

  // MARK: Synchronisation, postcopy

  private mutating func take(_ word: RAMRecordWord) throws(VMStateError) {
    let isEnd = word.kind == .endOfSection
    if isEnd { sections += 1 }
    if !isEnd, sections == 0 { isSynchronisedByMarks = true }
    guard isEnd != isSynchronisedByMarks else { return }
    try drain(toEnd: false)
  }

  private func take(_ command: WalkedCommand) throws(VMStateError) {
    guard command.command == .postcopyRAMDiscard else { return }
    guard case .postcopyRAMDiscard(let discard)? = try command.record(),
      let block = index[discard.name]
    else { return }
    let size = UInt64(blocks[block].pageSize)
    for range in discard.ranges {
      let end = range.start.addingReportingOverflow(range.length)
      guard !end.overflow, end.partialValue <= blocks[block].length else {
        throw VMStateError(
          .badCommand, "a range to discard that the block does not have", offset: command.offset)
      }
      try target.discard(block, Int(range.start / size)..<Int(end.partialValue / size))
    }
  }
}

extension WalkedCommand {
  /// The command with its data, or nil for one that is not known.
  func record() throws(VMStateError) -> CommandRecord? {
    guard command != nil else { return nil }
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    encode(to: &writer)
    try writer.flush()
    var reader = StreamReader(channel, offset: offset)
    return try CommandRecord(from: &reader)
  }
}
