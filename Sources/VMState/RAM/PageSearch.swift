/// The search for the next dirty page: linear over all blocks, beginning where the last page
/// was found, once around.
///
/// QEMU: `PageSearchStatus`, `find_dirty_block`, `ram_save_host_page`, migration/ram.c.
struct PageSearch {
  /// A block as the search sees it. The owner keeps memory and bitmap alive.
  struct Source {
    var base: UnsafeMutableRawPointer
    var dirty: UnsafeMutablePointer<UInt64>
    /// Target pages of the used length.
    var pageCount: Int
    /// Target pages of one page of the backing memory, at least 1.
    var hostPage: Int

    /// Clears the bits of dirty pages that follow each other, before the pages are read.
    ///
    /// - Parameters:
    ///   - page: A dirty page.
    ///   - limit: At most so many.
    /// - Returns: How many, at least 1 and at most 64.
    @inline(__always)
    func takeRun(from page: Int, limit: Int) -> Int {
      let shift = UInt64(page & 63)
      let word = dirty[page >> 6]
      let run = min((~(word &>> shift)).trailingZeroBitCount, limit, pageCount - page)
      let ones = run == 64 ? UInt64.max : (1 &<< UInt64(run)) &- 1
      dirty[page >> 6] = word & ~(ones &<< shift)
      return run
    }
  }

  let sources: [Source]
  /// The block of the present position.
  private(set) var index = 0
  /// The page of the present position: where the search goes on.
  private(set) var page = 0
  /// The block at `index`, at hand for the page loop.
  private(set) var current: Source
  /// How often the search went past the last block.
  private(set) var wraps = 0

  /// A search from the first page of the first block.
  init(_ sources: [Source]) {
    self.sources = sources
    current =
      sources.first
      ?? Source(
        base: UnsafeMutableRawPointer(bitPattern: 1)!,
        dirty: UnsafeMutablePointer(bitPattern: 8)!, pageCount: 0, hostPage: 1)
  }

  /// Moves to the next dirty page, or answers false after a full round without one.
  mutating func findDirty() -> Bool {
    guard !sources.isEmpty else { return false }
    let startIndex = index
    let startPage = page
    var completeRound = false
    while true {
      page = PageBitmap.nextSet(current.dirty, from: page, limit: current.pageCount)
      if completeRound, index == startIndex, page >= startPage { return false }
      if page < current.pageCount { return true }
      if nextBlock() { completeRound = true }
    }
  }

  /// Goes to the first page of the next block; true when that was past the last one.
  private mutating func nextBlock() -> Bool {
    page = 0
    index += 1
    let wrapped = index == sources.count
    if wrapped {
      index = 0
      wraps += 1
    }
    current = sources[index]
    return wrapped
  }

  /// The end of the host page around the present page, not beyond the block.
  @inline(__always)
  var windowEnd: Int {
    guard current.hostPage > 1 else { return page &+ 1 }
    return min((page / current.hostPage + 1) * current.hostPage, current.pageCount)
  }

  /// Goes to a page of the present block, or to its end.
  mutating func move(to page: Int) { self.page = page }

  /// Goes to a page of another block.
  mutating func jump(to index: Int, page: Int) {
    self.index = index
    self.page = page
    current = sources[index]
  }

  /// Moves to the next dirty page before the window's end, or to that end.
  mutating func skipClean(to windowEnd: Int) {
    if page < windowEnd {
      page = PageBitmap.nextSet(current.dirty, from: page, limit: windowEnd)
    }
  }
}
