/// The guest memory of a rewind buffer: the blocks that travel in a stream, their dirty log,
/// and the contents of their pages in all frames.
final class RewindMemory {
  let list: RAMBlockList
  let tracking: any DirtyTracking
  private let usesLog: Bool
  private(set) var blocks: [RewindBlock] = []
  private(set) var history: PieceHistory
  // A bit for each page of all blocks, whose content the next restore changes.
  private var moved: UnsafeMutablePointer<UInt64> = .allocate(capacity: 0)
  private var movedCount = 0
  private var stamp: RAMBlockList.Stamp?

  init(
    _ list: RAMBlockList, _ tracking: any DirtyTracking, bytes: UInt64
  ) throws(VMStateError) {
    self.list = list
    self.tracking = tracking
    usesLog = tracking is SoftwareDirtyTracking
    history = try PieceHistory(pieceSize: list.targetPageSize.bytes, bytes: bytes)
  }

  deinit {
    for block in blocks { block.stop(tracking) }
    moved.deallocate()
  }

  /// Bytes of contents, tables and bitmaps.
  var byteCount: Int { history.byteCount + movedCount * 16 }

  /// True if the frames are of the blocks as they are now. After a load of another state,
  /// which the tracking may not have seen, the watch begins anew.
  ///
  /// - Throws: What the tracking throws.
  func isCurrent() throws(VMStateError) -> Bool {
    let now = list.stamp
    guard let stamp, now.version == stamp.version, now.resizes == stamp.resizes else {
      return false
    }
    if now.loads != stamp.loads {
      for block in blocks { try block.start(tracking) }
      self.stamp = now
    }
    return true
  }

  /// Forgets all contents and ends the watch.
  func clear() {
    stamp = nil
    for block in blocks { block.stop(tracking) }
    blocks = []
    history.reset(pieceCount: 0)
  }

  /// Begins anew with the blocks as they are now, every page written.
  ///
  /// - Throws: What the tracking throws; `limitExceeded` for more pages than can be numbered.
  func begin() throws(VMStateError) {
    clear()
    let now = list.stamp
    var pages = 0
    for block in list.blocks where block.attributes.contains(.migratable) {
      let item = RewindBlock(block, firstPage: pages, usesLog: usesLog)
      blocks.append(item)
      pages += item.wordCount << 6
    }
    guard pages < Int(UInt32.max) else {
      throw VMStateError(
        .limitExceeded, "the memory has more pages than a rewind buffer can number",
        expected: "below \(UInt32.max)", found: "\(pages)")
    }
    history.reset(pieceCount: pages)
    moved.deallocate()
    movedCount = pages >> 6
    moved = .allocate(capacity: movedCount)
    moved.initialize(repeating: 0, count: movedCount)
    for block in blocks { try block.start(tracking) }
    stamp = now
  }

  /// Takes the dirty log of every block. What was taken stays noted if a later one fails.
  func sync() throws(VMStateError) {
    for block in blocks { try block.sync(tracking) }
  }

  /// Bytes that a kept page takes at most.
  var pageCost: Int { history.pieceSize + PieceHistory.changeCost }

  /// Pages that the next frame may keep.
  var writtenCount: Int { blocks.reduce(0) { $0 + $1.writtenCount } }
}

// MARK: - Frames

extension RewindMemory {
  /// Keeps the pages written since the present frame.
  ///
  /// - Parameter limit: Bytes that this memory may take.
  /// - Returns: Pages kept; nil when a replacement did not fit.
  func keep(_ mode: PieceHistory.Mode, limit: Int) -> Int? {
    var kept = 0
    for block in blocks {
      let own: PieceHistory.Mode = mode == .changes && block.isUncertain ? .differences : mode
      guard let count = history.keep(block.marked, own, limit: limit - movedCount * 16) else {
        return nil
      }
      kept = mode == .replacement ? count : kept + count
      block.isUncertain = false
    }
    return kept
  }

  /// The index behind the present frame's last change.
  var end: Int { history.end }
  /// Forgets the changes from an index on.
  func removeLast(from index: Int) { history.removeLast(from: index) }
  /// Forgets the changes before an index.
  func removeFirst(to index: Int) { history.removeFirst(to: index) }

  /// Goes to another frame in the table only; `commit` or the way back follows.
  func move(from position: Int, to target: Int) {
    let moved = moved
    history.move(from: position, to: target) { page, _ in
      moved[page >> 6] |= 1 << UInt64(page & 63)
    }
  }

  /// Forgets which pages a way there and back has touched.
  func forgetMoved() { moved.update(repeating: 0, count: movedCount) }

  /// Gives every page that was written, or has another content at the present frame, the
  /// frame's content. Cannot fail.
  func commit() {
    for block in blocks {
      let own = moved + block.firstPage >> 6
      for index in 0..<block.wordCount {
        own[index] |= block.words[index]
        if own[index] != 0 { restore(block, own[index], index) }
      }
      block.clear()
      block.dropOwnMarks(own, tracking)
    }
    forgetMoved()
  }

  private func restore(_ block: RewindBlock, _ bits: UInt64, _ index: Int) {
    let size = history.pieceSize
    var bits = bits
    while bits != 0 {
      let page = index &<< 6 | bits.trailingZeroBitCount
      bits &= bits &- 1
      (block.block.memory.base + page &* size).copyMemory(
        from: history.content(block.firstPage &+ page), byteCount: size)
    }
  }
}

extension RewindBlock {
  /// The marked pages as the history takes them.
  var marked: MarkedPieces {
    MarkedPieces(
      base: block.memory.base, words: words, wordCount: wordCount, first: firstPage,
      detectsZeros: true)
  }
}

/// The memory as it is at the frame that is being restored, for hooks of devices.
extension RewindMemory: StagedMemory {
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
    guard let item = blocks.first(where: { $0.block === block }) else {
      return try block.memory.read(at: offset, into: target)
    }
    var done = 0
    while done < target.count {
      let place = Int(offset) + done
      let inside = place & (history.pieceSize - 1)
      let count = min(target.count - done, history.pieceSize - inside)
      let content = history.content(item.firstPage + place >> list.targetPageSize.bits)
      (target.baseAddress! + done).copyMemory(from: content + inside, byteCount: count)
      done += count
    }
  }
}
