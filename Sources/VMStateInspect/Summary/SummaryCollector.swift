import VMState

/// Makes a `StreamSummary` of a stream's pieces.
struct SummaryCollector: PieceVisitor {
  /// What the summary keeps of long lists.
  enum Bound {
    static let sections = 1 << 14
    static let blocks = 1 << 12
    static let iterations = 1 << 12
    static let problems = 256
    /// Pieces of page bitmaps, 4 KiB each: 512 GiB of guest memory in 16 MiB.
    static let bitmapPieces = 1 << 12
  }

  let limits: Limits
  var summary = StreamSummary()
  var open: OpenSection?
  var seen: [PagesSeen] = []
  var bitmapBudget = Bound.bitmapPieces
  /// Where the sections of a name and instance stand in the list.
  var places: [SectionKey: Int] = [:]
  private var lastPlace: (key: SectionKey, index: Int)?
  var facts = SummaryFacts()
  /// The description that was found before the walk.
  var known: DescriptionLocator.Found?

  init(limits: Limits) { self.limits = limits }

  mutating func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    if case .ram(.page(let page)) = piece { return count(page) }
    visitRare(piece, range)
  }

  @inline(never)
  private mutating func visitRare(_ piece: StreamPiece, _ range: Range<UInt64>) {
    if case .record(.multifdInit(let first)) = piece {
      return begin(channel: first.channel, range)
    }
    if case .bytes(let bytes, let reason) = piece, !reason.isInStream {
      return add(bytes.count, reason)
    }
    if summary.channels.isEmpty {
      summary.length = max(summary.length, range.upperBound)
    } else {
      summary.channels[summary.channels.count - 1].length = range.upperBound
    }
    switch piece {
    case .fileHeader, .packageEnd: break
    case .configuration(let record): note(record)
    case .sectionHeader(let header): begin(header, range)
    case .fields(let body): note(body)
    case .ram(let record): note(record)
    case .record(let record): note(record)
    case .payload: break
    case .bytes(let bytes, let reason): add(bytes.count, reason)
    case .footer:
      close(at: range.upperBound, hasFooter: true)
    case .command(let command):
      close(at: range.lowerBound)
      note(command)
    case .endOfFile:
      close(at: range.lowerBound)
      summary.isComplete = true
    case .description(let text): describe(text, range)
    case .problem(let problem): note(problem, range)
    }
  }

  /// Takes all pieces of a stream.
  fileprivate mutating func walk(
    _ channel: any ByteChannel, _ options: WalkOptions
  ) throws(VMStateError) {
    known = try DescriptionLocator.find(in: channel, limits: options.limits)
    try StreamWalk.walk(
      channel, description: known?.description, options, visitor: &self)
  }

  // MARK: Sections

  private mutating func begin(_ header: SectionHeader, _ range: Range<UInt64>) {
    close(at: range.lowerBound)
    open = OpenSection(header: header, offset: range.lowerBound, bodyOffset: range.upperBound)
    let place = place(of: header)
    open?.place = place
    if let place {
      summary.sections[place].count += 1
      if header.kind == .end { summary.sections[place].hasEnded = true }
    }
    facts.note(header, isFirst: open?.isFirst == true)
    if header.idstr == "cpu_common", header.kind == .full { summary.cpuCount += 1 }
    guard header.name.elementsEqual("ram".utf8), header.kind != .full else { return }
    guard summary.iterations.count < Bound.iterations else { return }
    summary.iterations.append(
      StreamSummary.Iteration(offset: range.lowerBound, kind: header.kind))
    open?.iteration = summary.iterations.count - 1
  }

  private mutating func place(of header: SectionHeader) -> Int? {
    let key = SectionKey(name: header.name, instance: header.instance)
    if let lastPlace, lastPlace.key == key {
      open?.isFirst = false
      return lastPlace.index
    }
    if let place = places[key] {
      open?.isFirst = false
      lastPlace = (key, place)
      return place
    }
    guard summary.sections.count < Bound.sections else {
      summary.furtherSections += 1
      return nil
    }
    places[key] = summary.sections.count
    summary.sections.append(
      StreamSummary.Section(
        idstr: header.idstr, instance: header.instance, version: header.version,
        kind: header.kind))
    return summary.sections.count - 1
  }

  mutating func close(at end: UInt64, hasFooter: Bool = false) {
    guard let section = open else { return }
    open = nil
    if !hasFooter { facts.sectionsWithoutFooter += 1 } else { facts.sectionsWithFooter += 1 }
    let length = end - min(end, section.offset)
    if let place = section.place { summary.sections[place].length += length }
    if let iteration = section.iteration { summary.iterations[iteration].length = length }
  }

  private mutating func add(_ count: Int, _ reason: OpaqueReason) {
    let count = UInt64(count)
    switch reason {
    case .trailing: summary.trailingBytes += count
    case .unread: summary.unreadBytes += count
    case .unclaimed: summary.unclaimedBytes += count
    case .undescribed, .broken:
      summary.opaqueBytes += count
      if let place = open?.place { summary.sections[place].opaqueBytes += count }
    }
  }

  // MARK: Pages

  static var takesPageRuns: Bool { true }

  mutating func visit(_ run: RAMPageRun, _ range: Range<UInt64>) throws(VMStateError) {
    let records = UInt64(run.count)
    var pages = PageTally()
    pages.count(run.kind, records: records)
    if run.block < summary.blocks.count {
      let found = seen[run.block].insert(
        run.firstPage..<run.firstPage + records, budget: &bitmapBudget)
      pages.repeated = found.repeated
      if !found.isKnown { summary.countsRepeats = false }
      summary.blocks[run.block].pages += pages
    }
    guard let iteration = open?.iteration else {
      pages.repeated = 0
      summary.furtherIterations += pages
      return
    }
    summary.iterations[iteration].pages += pages
  }

  @inline(__always)
  private mutating func count(_ page: RAMPagePiece) {
    let kind = page.word.kind
    if let iteration = open?.iteration {
      summary.iterations[iteration].pages.count(kind)
    } else {
      summary.furtherIterations.count(kind)
    }
    guard page.block < summary.blocks.count else { return }
    summary.blocks[page.block].pages.count(kind)
    let number = page.offset >> UInt64(page.word.pageSize.bits)
    guard let isRepeated = seen[page.block].insert(number, budget: &bitmapBudget) else {
      summary.countsRepeats = false
      return
    }
    if isRepeated {
      summary.blocks[page.block].pages.repeated += 1
      if let iteration = open?.iteration { summary.iterations[iteration].pages.repeated += 1 }
    }
  }
}

/// Name and instance of a section.
struct SectionKey: Hashable {
  var name: [UInt8]
  var instance: UInt32
}

/// The section that is being walked.
struct OpenSection {
  var header: SectionHeader
  var offset: UInt64
  var bodyOffset: UInt64
  var place: Int?
  var iteration: Int?
  /// No section of this name and instance came before.
  var isFirst = true
}

extension StreamSummary {
  /// Walks a stream that begins at the channel's first byte.
  ///
  /// - Throws: The channel's errors before the walk began. What is wrong with the stream is in
  ///   `problems`.
  public static func make(
    _ channel: any ByteChannel, _ options: WalkOptions = WalkOptions()
  ) throws(VMStateError) -> StreamSummary {
    var collector = SummaryCollector(limits: options.limits)
    try collector.walk(channel, options)
    return collector.finish()
  }

  /// Walks a stream and the multifd channels that carry its pages.
  ///
  /// - Parameter channels: In any order.
  /// - Throws: The channels' errors before a walk began.
  public static func make(
    _ main: any ByteChannel, channels: [any ByteChannel],
    _ options: WalkOptions = WalkOptions()
  ) throws(VMStateError) -> StreamSummary {
    var collector = SummaryCollector(limits: options.limits)
    try collector.walk(main, options)
    collector.close(at: collector.summary.length)
    for channel in channels { try collector.walk(channel, options) }
    var summary = collector.finish()
    if !channels.isEmpty {
      summary.container = "multifd: main stream and \(channels.count) channels"
    }
    return summary
  }

  /// True if a channel's first bytes are those of a multifd channel, not of a stream.
  ///
  /// - Throws: The channel's error.
  public static func isMultifdChannel(_ channel: any ByteChannel) throws(VMStateError) -> Bool {
    guard channel.capabilities.contains(.positioned) else { return false }
    var head = [UInt8](repeating: 0, count: 4)
    guard try channel.readFully(into: &head, at: 0) == 4 else { return false }
    return head.reduce(0) { $0 << 8 | UInt32($1) } == MultifdFormat.magic
  }
}
