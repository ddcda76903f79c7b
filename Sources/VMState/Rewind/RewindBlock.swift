/// A RAM block in a rewind buffer: its pages written since the present frame, and how that is
/// known.
struct RewindBlock {
  let block: RAMBlock
  /// Pages of the used length.
  let pageCount: Int
  /// The number of the first page among all blocks' pages, a multiple of 64.
  let firstPage: Int
  /// Written since the present frame, or perhaps written.
  private let written: PageBitmap
  private let base: UnsafeMutableRawPointer
  private let words: UnsafeMutablePointer<UInt64>
  let wordCount: Int
  // Target pages of one page of the backing memory.
  private let hostPages: Int
  private let log: DirtyLog?
  // How often marks were taken out of the log by anybody, when this block last did.
  private var takes: UInt64 = 0
  private var isWatched = false
  /// Pages that were marked at the last look.
  private(set) var writtenCount = 0
  /// Nobody knows which pages were written: those that differ are.
  var isUncertain = false

  /// - Parameter usesLog: The tracking takes its knowledge from the block's own log.
  init(_ block: RAMBlock, firstPage: Int, usesLog: Bool) {
    let size = block.targetPageSize
    self.block = block
    self.firstPage = firstPage
    base = block.memory.base
    pageCount = size.pages(in: block.usedLength)
    written = PageBitmap(pageCount: size.pages(in: block.maxLength))
    words = written.words
    wordCount = (pageCount + 63) >> 6
    hostPages = max(1, size.pages(in: block.pageSize))
    log = usesLog ? block.dirtyLog : nil
  }

  /// Begins to watch; every page counts as written.
  mutating func start(_ tracking: any DirtyTracking) throws(VMStateError) {
    stop(tracking)
    try tracking.start(block)
    isWatched = true
    takes = log?.takes ?? 0
    setUncertain()
  }

  /// Ends the watch.
  mutating func stop(_ tracking: any DirtyTracking) {
    if isWatched { tracking.stop(block) }
    isWatched = false
  }

  /// Every page may have been written.
  mutating func setUncertain() {
    isUncertain = true
    written.setAll()
  }

  /// Adds what was written since the last look. Marks that another user of the log took are
  /// lost to this one: then every page may have been written.
  mutating func sync(_ tracking: any DirtyTracking) throws(VMStateError) {
    if let log, log.takes != takes { setUncertain() }
    try tracking.sync(block, into: written)
    takes = log?.takes ?? 0
    trim()
  }

  /// Pages past the used length are no part of the state. Counts the others.
  private mutating func trim() {
    let rest = pageCount & 63
    if rest != 0 { words[wordCount - 1] &= (1 << UInt64(rest)) - 1 }
    var sum = 0
    for index in 0..<wordCount where words[index] != 0 { sum &+= words[index].nonzeroBitCount }
    writtenCount = sum
  }

  /// The marked pages as the history takes them; valid as long as the block's item.
  var marked: MarkedPieces {
    MarkedPieces(
      base: base, words: words, wordCount: wordCount, first: firstPage, detectsZeros: true)
  }

  /// No page is written any more.
  mutating func clear() {
    words.update(repeating: 0, count: wordCount)
    isUncertain = false
  }

  /// Forgets the marks that the restore itself has caused, by the pages that it wrote. The
  /// kernel marks whole pages of the backing memory.
  ///
  /// When the tracking fails, every page counts as written; its error comes with the next look.
  mutating func dropOwnMarks(_ own: UnsafeMutablePointer<UInt64>, _ tracking: any DirtyTracking) {
    guard log == nil else { return }
    do throws(VMStateError) {
      try tracking.sync(block, into: written)
      trim()
    } catch {
      return setUncertain()
    }
    for index in 0..<wordCount where words[index] != 0 {
      words[index] &= ~(hostPages == 1 ? own[index] : widened(own, index))
    }
  }

  /// The bits of a word for pages that share a host page with a set one.
  private func widened(_ own: UnsafeMutablePointer<UInt64>, _ index: Int) -> UInt64 {
    var bits: UInt64 = 0
    for bit in 0..<64 {
      let first = (index << 6 | bit) / hostPages * hostPages
      let end = min(first + hostPages, pageCount)
      if PageBitmap.nextSet(own, from: first, limit: end) < end { bits |= 1 << UInt64(bit) }
    }
    return bits
  }
}
