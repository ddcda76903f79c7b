import VMState

extension MemoryIndex {
  /// Reads a page as it is after the last byte of the stream.
  ///
  /// - Parameters:
  ///   - bytes: As many as the page has; zeros for an absent page.
  /// - Returns: What the page is.
  /// - Throws: `endOfStream` if the file became shorter, `badCompression`, the channel's error;
  ///   `valueOutOfRange` for a page that the block does not have.
  @discardableResult
  public func read(
    block: Int, page: Int, into bytes: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) -> PageEntry.Kind {
    guard blocks.indices.contains(block), page >= 0, page < blocks[block].pages,
      bytes.count == blocks[block].size(ofPage: page)
    else {
      throw VMStateError(.valueOutOfRange, "a page that the block does not have")
    }
    let entry = entry(block: block, page: page)
    switch entry.kind {
    case .absent, .zero: bytes.initializeMemory(as: UInt8.self, repeating: 0)
    case .patched, .spooled: try spool.read(into: bytes, at: entry.position)
    case .page, .mapped: try channel(entry).readFully(into: bytes, at: entry.position)
    case .compressed: try readCompressed(entry, into: bytes)
    }
    return entry.kind
  }

  /// Reads a page into an array.
  ///
  /// - Throws: As `read(block:page:into:)`.
  public func page(block: Int, page: Int) throws(VMStateError) -> [UInt8] {
    guard blocks.indices.contains(block), page >= 0, page < blocks[block].pages else {
      throw VMStateError(.valueOutOfRange, "a page that the block does not have")
    }
    var bytes = [UInt8](repeating: 0, count: blocks[block].size(ofPage: page))
    var failure: VMStateError?
    bytes.withUnsafeMutableBytes { raw in
      do throws(VMStateError) {
        try read(block: block, page: page, into: raw)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  private func channel(_ entry: PageEntry) -> any ByteChannel {
    entry.source == 0 ? source.main : source.channels[entry.source - 1]
  }

  private func readCompressed(
    _ entry: PageEntry, into bytes: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    let channel = channel(entry)
    var header = [UInt8](repeating: 0, count: CompressedPageRecord.headerLength)
    try fill(&header, channel, at: entry.position)
    let length = header.reduce(0) { $0 << 8 | Int($1) }
    guard length <= 2 * bytes.count + 64 else {
      throw VMStateError(
        .badRAMRecord, "a compressed page that is longer than any can be",
        offset: entry.position, found: "\(length)")
    }
    var payload = header + [UInt8](repeating: 0, count: length)
    try fill(&payload, channel, at: entry.position)
    try payload.visit { raw throws(VMStateError) in try inflate(raw, into: bytes) }
  }

  private func fill(
    _ bytes: inout [UInt8], _ channel: any ByteChannel, at position: UInt64
  ) throws(VMStateError) {
    guard try channel.readFully(into: &bytes, at: position) == bytes.count else {
      throw VMStateError(.endOfStream, "the file ends inside a page", offset: position)
    }
  }

  /// Pages by what they are, for one block.
  public func count(block: Int) -> [PageEntry.Kind: Int] {
    guard tables.indices.contains(block) else { return [:] }
    let table = tables[block]
    var counts: [PageEntry.Kind: Int] = [:]
    var seen = 0
    var page = table.next(from: 0)
    while page < table.count {
      counts[PageEntry(rawValue: table[page]).kind, default: 0] += 1
      seen += 1
      page = table.next(from: page + 1)
    }
    counts[.absent, default: 0] += table.count - seen
    return counts
  }

  /// Walks a stream and remembers where its pages are.
  ///
  /// - Returns: The index, and what is wrong with the stream; pages before an error are known.
  /// - Throws: The channels' errors, `limitExceeded`, and what is wrong with page data.
  public static func make(
    of source: MemorySource, _ options: MemoryOptions = MemoryOptions()
  ) throws(VMStateError) -> (index: MemoryIndex, problems: [StreamProblem]) {
    let index = MemoryIndex(source, options)
    let feed = try MemoryFeed(index, channels: source.channels, options: options)
    var visitor = ProblemKeeper(feed)
    try StreamWalk.walk(source.main, options.walk, visitor: &visitor)
    try visitor.inner.finish()
    return (index, visitor.problems + visitor.inner.problems)
  }
}

/// Keeps the problems that pass by.
struct ProblemKeeper<Inner: PieceVisitor>: PieceVisitor {
  var inner: Inner
  var problems: [StreamProblem] = []

  init(_ inner: Inner) { self.inner = inner }

  @inline(__always)
  mutating func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    if case .problem(let problem) = piece { problems.append(problem) }
    try inner.visit(piece, range)
  }
}
