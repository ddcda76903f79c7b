/// The guest memory of a rewind buffer: the blocks that travel in a stream, their dirty log,
/// and the contents of their pages in all frames.
struct RewindMemory: ~Copyable {
  let list: RAMBlockList
  let tracking: any DirtyTracking
  private let usesLog: Bool
  private var history: PieceHistory
  private var blocks = UnsafeMutableBufferPointer<RewindBlock>.allocate(capacity: 0)
  // A bit for each page of all blocks, whose content the next restore changes.
  private var moved = UnsafeMutablePointer<UInt64>.allocate(capacity: 0)
  private var movedCount = 0
  private var stamp: RAMBlockList.Stamp?
  // The list's count of changes when the stamp was taken.
  private var changes: UInt64 = 0

  init(
    _ list: RAMBlockList, _ tracking: any DirtyTracking, bytes: UInt64
  ) throws(VMStateError) {
    history = try PieceHistory(pieceSize: list.targetPageSize.bytes, bytes: bytes)
    self.list = list
    self.tracking = tracking
    usesLog = tracking is SoftwareDirtyTracking
  }

  deinit {
    // By a pointer of its own: of a member, Swift 6.3 makes code that the thread sanitizer's
    // pass breaks off at.
    let blocks = self.blocks
    for index in blocks.indices { blocks[index].stop(tracking) }
    blocks.deinitialize()
    blocks.deallocate()
    moved.deallocate()
  }

  /// Bytes of contents, tables and bitmaps.
  var byteCount: Int { history.byteCount + tableBytes }
  private var tableBytes: Int { movedCount * 16 }

  /// True if the frames are of the blocks as they are now. After a load of another state,
  /// which the tracking may not have seen, the watch begins anew.
  ///
  /// - Throws: What the tracking throws.
  mutating func isCurrent() throws(VMStateError) -> Bool {
    let changes = list.changes
    if stamp != nil, changes == self.changes { return true }
    let now = list.stamp
    guard let stamp, now.version == stamp.version, now.resizes == stamp.resizes else {
      return false
    }
    if now.loads != stamp.loads {
      for index in blocks.indices { try blocks[index].start(tracking) }
    }
    self.stamp = now
    self.changes = changes
    return true
  }

  /// Forgets all contents and ends the watch.
  mutating func clear() {
    stamp = nil
    setBlocks([])
    history.reset(pieceCount: 0)
  }

  private mutating func setBlocks(_ items: [RewindBlock]) {
    for index in blocks.indices { blocks[index].stop(tracking) }
    blocks.deinitialize()
    blocks.deallocate()
    blocks = .allocate(capacity: items.count)
    _ = blocks.initialize(from: items)
  }

  /// Begins anew with the blocks as they are now, every page written.
  ///
  /// - Throws: What the tracking throws; `limitExceeded` for more pages than can be numbered.
  mutating func begin() throws(VMStateError) {
    changes = list.changes
    let now = list.stamp
    var items: [RewindBlock] = []
    var pages = 0
    for block in list.blocks where block.attributes.contains(.migratable) {
      items.append(RewindBlock(block, firstPage: pages, usesLog: usesLog))
      pages += items[items.count - 1].wordCount << 6
    }
    guard pages < Int(UInt32.max) else {
      throw VMStateError(
        .limitExceeded, "the memory has more pages than a rewind buffer can number",
        expected: "below \(UInt32.max)", found: "\(pages)")
    }
    setBlocks(items)
    history.reset(pieceCount: pages)
    moved.deallocate()
    movedCount = pages >> 6
    moved = .allocate(capacity: movedCount)
    moved.initialize(repeating: 0, count: movedCount)
    for index in blocks.indices { try blocks[index].start(tracking) }
    stamp = now
  }

  /// Takes the dirty log of every block. What was taken stays noted if a later one fails.
  mutating func sync() throws(VMStateError) {
    for index in blocks.indices { try blocks[index].sync(tracking) }
  }

  /// Bytes that a kept page takes at most.
  var pageCost: Int { history.pieceSize + PieceHistory.changeCost }

  /// Pages that the next frame may keep.
  var writtenCount: Int {
    var sum = 0
    for index in blocks.indices { sum &+= blocks[index].writtenCount }
    return sum
  }
}

// MARK: - Frames

extension RewindMemory {
  /// Gets ready for `keep`, which follows in a moment.
  func prefetch() { history.prefetch() }

  /// Keeps the pages written since the present frame.
  ///
  /// - Parameter limit: Bytes that this memory may take.
  /// - Returns: Pages kept; nil when a replacement did not fit.
  mutating func keep(_ mode: PieceHistory.Mode, limit: Int) -> Int? {
    var kept = 0
    for index in blocks.indices {
      let isUncertain = blocks[index].isUncertain
      let own: PieceHistory.Mode = mode == .changes && isUncertain ? .differences : mode
      let count = history.keep(blocks[index].marked, own, limit: limit - tableBytes)
      guard let count else { return nil }
      kept = mode == .replacement ? count : kept + count
      blocks[index].isUncertain = false
    }
    return kept
  }

  /// The index behind the present frame's last change.
  var end: Int { history.end }
  /// Forgets the changes from an index on.
  mutating func removeLast(from index: Int) { history.removeLast(from: index) }
  /// Forgets the changes before an index.
  mutating func removeFirst(to index: Int) { history.removeFirst(to: index) }

  /// Goes to another frame in the table only; `commit` or the way back follows.
  mutating func move(from position: Int, to target: Int) {
    let moved = moved
    history.move(from: position, to: target) { page, _ in
      moved[page >> 6] |= 1 << UInt64(page & 63)
    }
  }

  /// Forgets which pages a way there and back has touched.
  mutating func forgetMoved() { moved.update(repeating: 0, count: movedCount) }

  /// Gives every page that was written, or has another content at the present frame, the
  /// frame's content. Cannot fail.
  mutating func commit() {
    for number in blocks.indices {
      let own = moved + blocks[number].firstPage >> 6
      let marked = blocks[number].marked
      for index in 0..<marked.wordCount {
        own[index] |= marked.words[index]
        if own[index] != 0 { restore(marked, own[index], index) }
      }
      blocks[number].clear()
      blocks[number].dropOwnMarks(own, tracking)
    }
    forgetMoved()
  }

  private func restore(_ block: MarkedPieces, _ bits: UInt64, _ index: Int) {
    let size = history.pieceSize
    var bits = bits
    while bits != 0 {
      let page = index &<< 6 | bits.trailingZeroBitCount
      bits &= bits &- 1
      (block.base + page &* size).copyMemory(
        from: history.content(block.first &+ page), byteCount: size)
    }
  }

  /// Copies a frame's bytes out; those of a block that does not travel are the live ones.
  ///
  /// - Throws: `unknownRAMBlock`, `ramOffset`.
  func read(
    block name: String, offset: UInt64, into target: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    guard let block = list[name] else {
      throw VMStateError(
        .unknownRAMBlock, "the machine has no RAM block of this name", path: [name])
    }
    try block.check(offset, target.count, in: block.usedLength)
    guard let item = blocks.first(where: { $0.block === block }), let start = target.baseAddress
    else { return try block.memory.read(at: offset, into: target) }
    var done = 0
    while done < target.count {
      let place = Int(offset) + done
      let inside = place & (history.pieceSize - 1)
      let count = min(target.count - done, history.pieceSize - inside)
      let content = history.content(item.firstPage + place >> list.targetPageSize.bits)
      (start + done).copyMemory(from: content + inside, byteCount: count)
      done += count
    }
  }
}

/// A rewind buffer's memory in a place of its own, so that no use of it costs an access check;
/// and that memory at the frame that is being restored, for hooks of devices.
final class RewindMemoryBox: StagedMemory {
  let place = UnsafeMutablePointer<RewindMemory>.allocate(capacity: 1)

  init(_ memory: consuming RewindMemory) { place.initialize(to: memory) }

  deinit {
    place.deinitialize(count: 1)
    place.deallocate()
  }

  /// Copies a frame's bytes out.
  ///
  /// - Throws: `unknownRAMBlock`, `ramOffset`.
  func read(
    block: String, offset: UInt64, into target: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    try place.pointee.read(block: block, offset: offset, into: target)
  }
}
