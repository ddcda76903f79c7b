/// What tests may watch, and disturb, between the steps of sending a page.
enum RAMSaveMoment: Sendable {
  /// The dirty log of a block was fetched and cleared.
  case logCleared
  /// A page's bit is clear; the page has not been looked at.
  case bitCleared
  /// The page was found to be zero, or not; nothing is written yet.
  case zeroTested
  /// The page's record is in the writer, perhaps not yet in the channel.
  case queued
}

/// The state of one save of RAM from setup to cleanup; QEMU's `RAMState`.
///
/// Belongs to the thread of the save.
struct RAMSaveRun {
  /// A block that takes part, and its dirty pages.
  struct Item {
    let block: RAMBlock
    let bitmap: PageBitmap
    /// Pieces of it whose marks the tracking still has; nil if it forgets them at once.
    var chunks: ClearChunks?
    /// The block's place among all blocks that ever took part; no two overlap.
    let address: UInt64

    init(_ block: RAMBlock, address: UInt64) {
      self.block = block
      self.address = address
      let size = block.targetPageSize
      bitmap = PageBitmap(
        pageCount: size.pages(in: block.maxLength),
        countedPages: size.pages(in: block.usedLength))
      bitmap.setAll()
    }

    var source: PageSearch.Source {
      let target = block.targetPageSize
      return PageSearch.Source(
        base: block.memory.base, dirty: bitmap.words,
        pageCount: target.pages(in: block.usedLength),
        hostPage: max(1, Int(block.pageSize) / target.bytes))
    }
  }

  let list: RAMBlockList
  let options: RAMOptions
  /// What makes other records than plain ones; nil for none.
  let coders: RAMPageCoders?
  let tracking: (any DirtyTracking)?
  let progress: RAMProgress
  let seam: ((RAMSaveMoment, RAMBlock, Int) -> Void)?
  let isWatched: Bool
  /// The tracking forgets its marks piece by piece.
  let clearsByChunks: Bool
  var services: RAMSaveServices
  /// The longest time of one round, looked at after each batch.
  let roundTime: Duration

  var items: [Item] = []
  var search = PageSearch([])
  /// Index of the block that the last record named or continued; -1 for none.
  var lastSent = -1
  /// Set bits of all bitmaps, below the used lengths.
  var dirtyPages = 0
  var sync = SyncState()
  /// The channels that take the pages, if there are any.
  var multifd: MultifdSender?
  /// The search's rounds when the channels last met; -1 if they must before the next page.
  var metAtWrap = -1
  /// Not yet published.
  var sent = SentPages()
  /// The machine stands still: nothing is sent after this pass.
  var isLastStage = false
  /// Where pages stand in a file with fixed places.
  var places: MappedRAMPlaces?
  /// Keeps the pages of an instant; nil sends them as they are.
  var snapshot: MemorySnapshot?
  private var nextAddress: UInt64 = 0
  private var version: UInt64 = 0
  private var resizes: UInt64 = 0

  init(
    _ list: RAMBlockList, options: RAMOptions, coders: RAMPageCoders?,
    tracking: (any DirtyTracking)?,
    progress: RAMProgress, roundTime: Duration, services: RAMSaveServices,
    seam: ((RAMSaveMoment, RAMBlock, Int) -> Void)?
  ) {
    self.list = list
    self.options = options
    self.coders = coders
    self.tracking = tracking
    self.progress = progress
    self.services = services
    clearsByChunks = tracking?.clearsByChunks ?? false
    self.seam = seam
    isWatched = seam != nil
    self.roundTime = roundTime
  }

  /// Takes the block list, marks every page dirty and begins the tracking.
  ///
  /// - Returns: The blocks at this moment, ignored ones included.
  mutating func begin() throws(VMStateError) -> [RAMBlock] {
    let snapshot = list.snapshot
    resizes = snapshot.resizes
    try adopt(snapshot)
    return snapshot.blocks
  }

  /// Takes up a list: known blocks keep their bitmap, new ones are dirty as a whole.
  private mutating func adopt(_ snapshot: RAMBlockList.Snapshot) throws(VMStateError) {
    version = snapshot.version
    let wanted = snapshot.blocks.filter { !options.ignores($0) }
    for item in items where !wanted.contains(where: { $0 === item.block }) {
      tracking?.stop(item.block)
    }
    items.removeAll { item in !wanted.contains { $0 === item.block } }
    for block in wanted where !items.contains(where: { $0.block === block }) {
      try tracking?.start(block)
      var item = Item(block, address: nextAddress)
      if clearsByChunks {
        item.chunks = ClearChunks(item.bitmap, shift: services.parameters().clearBitmapShift)
      }
      items.append(item)
      nextAddress += block.maxLength
    }
    // In the list's order; every wanted block has its item now.
    let known = items
    items = wanted.compactMap { block in known.first { $0.block === block } }
    restartSearch()
  }

  private mutating func restartSearch() {
    search = PageSearch(items.map(\.source))
    lastSent = -1
    metAtWrap = -1
    // Until the search has been around, pages are sent without a word to the cache.
    coders?.xbzrle?.forget()
    dirtyPages = items.reduce(0) { sum, item in
      sum + item.bitmap.count(below: item.source.pageCount)
    }
    let total = items.reduce(0) { $0 + $1.block.usedLength }
    let size = list.targetPageSize.bytes
    progress.update { values in
      values.totalBytes = total
      values.pageSize = size
    }
  }

  /// Looks for changes of the block list since the last round.
  ///
  /// - Throws: `ramBlockSize` if a block was resized, `unsupported` if the list changed and
  ///   pages have fixed places.
  mutating func refresh() throws(VMStateError) {
    try checkResizes()
    guard list.version != version else { return }
    if snapshot != nil { throw RAMHandlers.changedList }
    guard places == nil else {
      throw VMStateError(
        .unsupported, "a RAM block was added or removed after all pages had got their places")
    }
    try adopt(list.snapshot)
  }

  /// - Throws: `ramBlockSize` if a block was resized since the setup.
  func checkResizes() throws(VMStateError) {
    guard list.stamp.resizes == resizes else {
      throw VMStateError(.ramBlockSize, "a RAM block was resized while it was saved")
    }
  }

  /// Ends the tracking.
  mutating func end() {
    multifd?.end()
    multifd = nil
    endServices()
    for item in items { tracking?.stop(item.block) }
    items = []
    search = PageSearch([])
  }

  @inline(never)
  func tell(_ moment: RAMSaveMoment) {
    seam?(moment, items[search.index].block, search.page)
  }
}
