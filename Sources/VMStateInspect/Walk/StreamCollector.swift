import VMState

/// Makes a `WalkedStream` of the pieces.
struct StreamCollector: PieceVisitor {
  let limits: Limits
  var stream = WalkedStream()
  private var open: WalkedSection?
  private var iteration = 0

  init(limits: Limits) { self.limits = limits }

  mutating func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    if case .bytes(let bytes, let reason) = piece, !reason.isInStream {
      return add(bytes, reason, range)
    }
    stream.length = max(stream.length, range.upperBound)
    switch piece {
    case .fileHeader, .packageEnd: break
    case .configuration(let record): stream.configuration = record
    case .sectionHeader(let header): begin(header, range)
    case .fields(let body):
      open?.state = body.state
      open?.table = body.table
      open?.origin = body.origin
      end(at: range.upperBound)
    case .ram(let record):
      count(record)
      end(at: range.upperBound)
    case .record(let record):
      count(record)
      end(at: range.upperBound)
    case .payload: end(at: range.upperBound)
    case .bytes(let bytes, let reason): add(bytes, reason, range)
    case .footer:
      open?.hasFooter = true
      close()
    case .command(let command):
      close()
      stream.elements.append(.command(command))
    case .endOfFile: close()
    case .description(let text): describe(text, range)
    case .problem(let problem): note(problem)
    }
  }

  // MARK: Sections

  private mutating func begin(_ header: SectionHeader, _ range: Range<UInt64>) {
    close()
    open = WalkedSection(
      kind: header.kind, sectionID: header.sectionID, idstr: header.idstr,
      instance: header.instance, version: header.version, offset: range.lowerBound,
      bodyOffset: range.upperBound, bodyLength: 0, hasFooter: false)
  }

  private mutating func end(at offset: UInt64) {
    guard let section = open else { return }
    open?.bodyLength = max(section.bodyLength, offset - min(offset, section.bodyOffset))
  }

  mutating func close() {
    if let section = open { stream.elements.append(.section(section)) }
    open = nil
  }

  private mutating func add(
    _ bytes: UnsafeRawBufferPointer, _ reason: OpaqueReason, _ range: Range<UInt64>
  ) {
    switch reason {
    case .trailing: stream.trailingBytes += UInt64(bytes.count)
    case .unread: stream.unreadBytes += UInt64(bytes.count)
    case .unclaimed: stream.unclaimedBytes += UInt64(bytes.count)
    case .undescribed, .broken:
      open?.isGuess = true
      open?.opaqueBytes += UInt64(bytes.count)
      end(at: range.upperBound)
    }
  }

  private mutating func describe(_ text: [UInt8], _ range: Range<UInt64>) {
    stream.descriptionRange = range
    do throws(VMStateError) {
      stream.description = try StreamDescription(parsing: text, limits: limits)
    } catch {
      stream.warnings.append("the JSON description cannot be read: \(error)")
    }
  }

  private mutating func note(_ problem: StreamProblem) {
    stream.problems.append(problem)
    if stream.error == nil { stream.error = problem.error }
    if problem.resumes == nil { close() }
  }

  // MARK: RAM

  private mutating func count(_ record: RAMPiece) {
    switch record {
    case .setup(let setup, let pageSize):
      stream.memory.pageSize = pageSize.bytes
      stream.memory.blocks = setup.entries.map(WalkedMemory.Block.init)
    case .mappedSetup:
      stream.memory.isMapped = true
      stream.memory.blocks = []
    case .mappedBlock(let block):
      var listed = WalkedMemory.Block(block.entry)
      let pages = block.entry.length / max(1, block.pageSize)
      listed.pages.zero = pages
      stream.memory.pageSize = Int(clamping: block.pageSize)
      stream.memory.blocks.append(listed)
    case .mappedPages(let pages):
      let count = UInt64(pages.bytes.count) / UInt64(max(1, stream.memory.pageSize))
      stream.memory.blocks[pages.block].pages.normal += count
      stream.memory.blocks[pages.block].pages.zero -= min(
        count, stream.memory.blocks[pages.block].pages.zero)
    case .page(let page): count(page)
    case .mark(let word):
      if word.kind == .multifdFlush { stream.memory.multifdFlushes += 1 }
    }
  }

  private mutating func count(_ record: HandlerRecord) {
    switch record {
    case .multifdInit(let first): stream.channel = first.channel
    case .multifdPacket(.pages(let packet)):
      stream.channelPages.normal += UInt64(packet.normalPages)
      if packet.layout == .zeroPages { stream.channelPages.zero += UInt64(packet.zeroPages) }
      stream.channelPackets += 1
    case .multifdPacket(.deviceState): stream.channelPackets += 1
    default: break
    }
  }

  @inline(__always)
  private mutating func count(_ page: RAMPagePiece) {
    switch page.word.kind {
    case .zero: stream.memory.blocks[page.block].pages.zero += 1
    case .page: stream.memory.blocks[page.block].pages.normal += 1
    case .xbzrle: stream.memory.blocks[page.block].pages.xbzrle += 1
    default: stream.memory.blocks[page.block].pages.compressed += 1
    }
  }
}

extension WalkedMemory.Block {
  init(_ entry: RAMSetupRecord.Entry) {
    self.init(idstr: entry.idstr, length: entry.length, regionOffset: entry.regionOffset)
  }
}

extension StreamWalk {
  /// Walks a stream that begins at the channel's first byte, and keeps everything but the
  /// pages.
  public static func collect(
    _ channel: any ByteChannel, _ options: WalkOptions = WalkOptions()
  ) -> WalkedStream {
    var collector = StreamCollector(limits: options.limits)
    var kept = options
    kept.keepsSections = true
    do throws(VMStateError) {
      try walk(channel, kept, visitor: &collector)
    } catch {
      collector.stream.error = error
    }
    collector.close()
    return collector.stream
  }
}
