internal import CVMState

/// All contents that the pieces of some memory have in the frames that are kept, each content
/// once.
///
/// A table says where the content of each piece at the present position lies. A frame is a
/// run of changes: this piece had that content before, and has this one after. Going through
/// them changes the table and copies nothing; the first frame has no changes, it is the table.
/// Every content belongs to one change (as the one after) or to the first frame, so to forget
/// the first frame is to give back what the next one replaced.
struct PieceHistory: ~Copyable {
  /// One piece from one frame to the next, as places in the pool.
  struct Change: BitwiseCopyable {
    var piece: UInt32
    var before: UInt32
    var after: UInt32
  }

  /// What is done with a piece that may have changed.
  enum Mode {
    /// Its content becomes a change of the newest frame.
    case changes
    /// The same, unless the bytes are those that it had.
    case differences
    /// Its content takes the old one's place: there is one frame only.
    case replacement
  }

  /// Bytes that a changed piece takes beside its content.
  static let changeCost = MemoryLayout<Change>.stride

  let pieceSize: Int
  private var pool: PiecePool
  private var changes = RewindRing<Change>()
  private var places: UnsafeMutablePointer<UInt32>
  // Pieces that are kept together, and where their contents go.
  private let batch: UnsafeMutablePointer<(number: Int, place: UInt32)>
  private static let batchSize = 32
  /// Pieces in the table.
  private(set) var pieceCount = 0

  /// - Parameter bytes: What all contents together may take.
  /// - Throws: `limitExceeded`.
  init(pieceSize: Int, bytes: UInt64) throws(VMStateError) {
    self.pieceSize = pieceSize
    pool = try PiecePool(pieceSize: pieceSize, bytes: bytes)
    places = .allocate(capacity: 0)
    batch = .allocate(capacity: Self.batchSize)
    batch.initialize(repeating: (0, 0), count: Self.batchSize)
  }

  deinit {
    places.deallocate()
    batch.deallocate()
  }

  /// The index of the next change; frames are told apart by it.
  var end: Int { changes.end }

  /// Bytes of contents, changes and the table.
  var byteCount: Int { pool.used * pieceSize + changes.count * Self.changeCost + pieceCount * 4 }

  /// Forgets everything: all pieces are zero, and there is no change.
  mutating func reset(pieceCount: Int) {
    pool.putAll()
    changes.removeAll(next: 0)
    places.deallocate()
    places = .allocate(capacity: pieceCount)
    places.initialize(repeating: PiecePool.zeros, count: pieceCount)
    self.pieceCount = pieceCount
  }

  /// Adds pieces to the table, if there are fewer.
  mutating func grow(to count: Int) {
    guard count > pieceCount else { return }
    let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: count)
    larger.initialize(repeating: PiecePool.zeros, count: count)
    larger.update(from: places, count: pieceCount)
    places.deallocate()
    places = larger
    pieceCount = count
  }

  /// The content of a piece at the present position.
  @inline(__always)
  func content(_ piece: Int) -> UnsafeMutableRawPointer { pool.memory(places[piece]) }
}

// MARK: - Taking contents

extension PieceHistory {
  /// Lets the memory come near that the next content goes to most likely: a place given back,
  /// or the one that the oldest change gives back. Of a small history, which caches hold.
  func prefetch() {
    guard !pool.isLarge else { return }
    let next = pool.next ?? (changes.count > 0 ? changes[changes.start].before : nil)
    guard let next, next != PiecePool.zeros else { return }
    vms_prefetch(pool.memory(next), pieceSize >> 6)
  }

  /// Keeps the contents of pieces.
  ///
  /// - Parameters:
  ///   - marked: Which of them; the marks are cleared.
  ///   - mode: How. Except for a replacement there is room for all of them.
  ///   - limit: Bytes that the history may take.
  /// - Returns: Pieces kept; nil when a replacement did not fit.
  mutating func keep(_ marked: MarkedPieces, _ mode: Mode, limit: Int) -> Int? {
    let most = mode == .replacement ? most(limit) : 0
    var kept = 0
    var count = 0
    for index in 0..<marked.wordCount {
      var bits = marked.words[index]
      guard bits != 0 else { continue }
      marked.words[index] = 0
      while bits != 0 {
        let number = index &<< 6 | bits.trailingZeroBitCount
        bits &= bits &- 1
        if mode == .differences, isUnchanged(number, marked) { continue }
        if mode == .replacement {
          pool.put(places[marked.first &+ number])
          if pool.used >= most { return nil }
        }
        batch[count].number = number
        count &+= 1
        if count == Self.batchSize {
          kept &+= keepBatch(count, marked, mode)
          count = 0
        } else if mode == .replacement {
          // One by one: what came before must be counted.
          kept &+= keepBatch(count, marked, mode)
          count = 0
        }
      }
    }
    kept &+= keepBatch(count, marked, mode)
    if pool.isLarge { vms_end_copies() }
    return mode == .replacement ? pool.used : kept
  }

  /// Contents that fit a limit.
  private func most(_ limit: Int) -> Int {
    min((limit - (byteCount - pool.used * pieceSize)) / pieceSize, pool.capacity)
  }

  private func isUnchanged(_ number: Int, _ marked: MarkedPieces) -> Bool {
    MarkedPieces.areEqual(
      marked.base + number &* pieceSize, content(marked.first &+ number), pieceSize)
  }

  /// Keeps the first pieces of the batch: first looks at all sources, so that the waits for
  /// memory overlap, then copies.
  @inline(__always)
  private mutating func keepBatch(_ count: Int, _ marked: MarkedPieces, _ mode: Mode) -> Int {
    for index in 0..<count {
      let source = marked.base + batch[index].number &* pieceSize
      let isZero = marked.detectsZeros && ZeroPage.isZero(source, count: pieceSize)
      let place = isZero ? PiecePool.zeros : pool.take()
      batch[index].place = place
    }
    copyBatch(count, marked)
    var kept = 0
    for index in 0..<count {
      let piece = marked.first &+ batch[index].number
      let change = Change(
        piece: UInt32(truncatingIfNeeded: piece), before: places[piece],
        after: batch[index].place)
      places[piece] = change.after
      if mode == .replacement || change.after == change.before { continue }
      changes.append(change)
      kept &+= 1
    }
    return kept
  }

  /// Copies the pieces of the batch, neighbours whose places are neighbours too in one go.
  @inline(__always)
  private mutating func copyBatch(_ count: Int, _ marked: MarkedPieces) {
    var index = 0
    while index < count {
      let (number, place) = (batch[index].number, batch[index].place)
      var run = 1
      guard place != PiecePool.zeros else {
        index &+= 1
        continue
      }
      while index &+ run < count, batch[index &+ run].number == number &+ run,
        batch[index &+ run].place == place &+ UInt32(truncatingIfNeeded: run)
      {
        run &+= 1
      }
      let (target, source) = (pool.memory(place), marked.base + number &* pieceSize)
      if pool.isLarge {
        vms_copy_past_caches(target, source, run &* pieceSize >> 6)
      } else {
        target.copyMemory(from: source, byteCount: run &* pieceSize)
      }
      index &+= run
    }
  }
}

// MARK: - Going through frames

extension PieceHistory {
  /// Brings the table to another position.
  ///
  /// - Parameters:
  ///   - position: The index of the change behind the last one that holds now.
  ///   - target: The same afterwards.
  ///   - moved: Gets each piece that has another content, perhaps more than once; the last one
  ///     holds.
  @inline(__always)
  mutating func move(
    from position: Int, to target: Int, _ moved: (Int, UnsafeRawPointer) -> Void
  ) {
    var index = position
    while index > target {
      index &-= 1
      let change = changes[index]
      places[Int(change.piece)] = change.before
      moved(Int(change.piece), pool.memory(change.before))
    }
    while index < target {
      let change = changes[index]
      places[Int(change.piece)] = change.after
      moved(Int(change.piece), pool.memory(change.after))
      index &+= 1
    }
  }

  /// Forgets the changes from an index on, which do not hold now.
  mutating func removeLast(from index: Int) {
    for index in index..<changes.end { pool.put(changes[index].after) }
    changes.removeLast(from: index)
  }

  /// Forgets the changes before an index, which hold for good. Backwards, so that places are
  /// handed out again in the order in which they were.
  mutating func removeFirst(to end: Int) {
    var index = end
    while index > changes.start {
      index &-= 1
      pool.put(changes[index].before)
    }
    changes.removeFirst(to: end)
  }
}

/// Pieces of a stretch of memory, some of them marked.
struct MarkedPieces {
  /// The first byte of the first piece.
  var base: UnsafeMutableRawPointer
  /// The marks, the first piece's the lowest bit.
  var words: UnsafeMutablePointer<UInt64>
  var wordCount: Int
  /// The number of the first piece in its history.
  var first: Int
  /// Pieces of zeros take no memory.
  var detectsZeros: Bool

  /// - Parameter count: A multiple of 64.
  @inline(__always)
  static func areEqual(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer, _ count: Int) -> Bool {
    var offset = 0
    while offset < count {
      let difference =
        one.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self)
        ^ other.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self)
      let half = difference.lowHalf | difference.highHalf
      let quarter = half.lowHalf | half.highHalf
      if quarter[0] | quarter[1] != 0 { return false }
      offset &+= 64
    }
    return true
  }
}
