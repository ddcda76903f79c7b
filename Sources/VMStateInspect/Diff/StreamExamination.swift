import VMState

/// Everything about a stream that comparing and reporting need, found in one walk: its sections
/// with their fields, where its pages are, and sums of what nothing describes.
public struct StreamExamination {
  /// Sections, commands, problems.
  public internal(set) var stream: WalkedStream
  /// Where each page's last version is.
  public let memory: MemoryIndex
  /// Page records by `ram` section.
  public internal(set) var history: PageHistory
  /// Sums of the bytes of sections without fields, by the section's offset.
  let sums: [UInt64: CRC32C]

  /// Walks a stream.
  ///
  /// - Throws: The channels' errors before the walk begins, and damaged page data. What is
  ///   wrong with the stream is in `stream.problems`.
  public static func make(
    of source: MemorySource, _ options: MemoryOptions = MemoryOptions()
  ) throws(VMStateError) -> StreamExamination {
    let memory = MemoryIndex(source, options)
    let feed = try MemoryFeed(memory, channels: source.channels, options: options)
    var examiner = Examiner(feed, options.walk.limits)
    var walk = options.walk
    walk.keepsSections = true
    try StreamWalk.walk(source.main, walk, visitor: &examiner)
    try examiner.feed.finish()
    examiner.collector.close()
    examiner.collector.stream.problems += examiner.feed.problems
    return StreamExamination(
      stream: examiner.collector.stream, memory: memory, history: examiner.history,
      sums: examiner.sums)
  }
}

/// Hands the pieces to everybody who wants them.
private struct Examiner: PieceVisitor {
  var feed: MemoryFeed<MemoryIndex>
  var collector: StreamCollector
  var history = PageHistory()
  var sums: [UInt64: CRC32C] = [:]
  private var section: UInt64 = 0

  init(_ feed: MemoryFeed<MemoryIndex>, _ limits: Limits) {
    self.feed = feed
    collector = StreamCollector(limits: limits)
  }

  @inline(__always)
  mutating func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    try feed.visit(piece, range)
    try collector.visit(piece, range)
    switch piece {
    case .ram(let record): history.take(record)
    case .sectionHeader: section = range.lowerBound
    case .bytes(let bytes, .undescribed), .bytes(let bytes, .broken), .payload(let bytes):
      sums[section, default: CRC32C()].update(bytes)
    case .record(let record): sums[section, default: CRC32C()].update(try bytes(of: record))
    default: break
    }
  }

  private func bytes(of record: HandlerRecord) throws(VMStateError) -> [UInt8] {
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    try record.write(to: &writer)
    try writer.flush()
    return channel.bytes
  }
}

extension CRC32C {
  fileprivate mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }
}
