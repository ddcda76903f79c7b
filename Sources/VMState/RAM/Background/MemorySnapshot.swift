import Synchronization

/// The memory of an instant, while the machine's threads overwrite it.
///
/// A part of a block is written for the first time since the instant only after somebody has
/// copied it: the saver, on its way through memory, to a buffer from which it is sent; or for
/// a writer that came first, to a pool of a fixed size, from which the saver takes it as soon
/// as it can. So a writer waits for a copy and not for the channel. When the pool is used up
/// its part is noted as urgent, and it waits until the saver has come there.
///
/// One lock guards who copies: nothing is written to the channel while it is held, and no
/// other lock is taken.
final class MemorySnapshot: @unchecked Sendable {
  /// A part of a block.
  struct Place {
    let block: SnapshotBlock
    let part: Int
  }

  let method: SnapshotMethod
  /// The writable blocks, by their place among the blocks of the save.
  let blocks: [SnapshotBlock?]
  let lock = ThreadMonitor()
  #if os(Linux)
    /// Lets writers of protected memory go on; nil where writers announce themselves.
    let protection: WriteProtection?
  #endif

  // Guarded by the lock.
  private var pool: SnapshotPool
  private var queue = SnapshotQueue()
  private var waits: UInt64 = 0
  private var copiedPages: UInt64 = 0
  private var failure: VMStateError?
  private var isEnded = false

  /// Parts in the queue: looked at without the lock.
  private let queued = Atomic<Int>(0)

  /// Where the saver's copies stand until the channel has them; the saver's own.
  let buffer: SnapshotBuffer

  private init(
    _ method: SnapshotMethod, _ blocks: [SnapshotBlock?], _ pageSize: TargetPageSize,
    copiedBytes: UInt64, _ faults: Faults?
  ) throws(VMStateError) {
    self.method = method
    self.blocks = blocks
    pool = try SnapshotPool(limit: copiedBytes)
    buffer = try SnapshotBuffer(pageSize)
    #if os(Linux)
      protection = try faults.map { (faults) throws(VMStateError) in
        try WriteProtection(faults, blocks.compactMap { $0 })
      }
    #endif
  }

  #if os(Linux)
    typealias Faults = UserFaults
  #else
    typealias Faults = Never
  #endif

  /// Makes ready for a snapshot by one method: asks the system for all that it may refuse.
  /// Nothing is kept yet.
  ///
  /// - Parameter blocks: All blocks of the save; those that the guest cannot write need
  ///   nothing.
  /// - Throws: `unsupported`, `limitExceeded`.
  static func prepare(
    _ method: SnapshotMethod, _ blocks: [RAMBlock], _ pageSize: TargetPageSize,
    copiedBytes: UInt64,
    faults: (SnapshotMethod) throws(VMStateError) -> Faults? = SnapshotMethod.openFaults
  ) throws(VMStateError) -> MemorySnapshot {
    let host = method == .writeProtection ? UInt64(AnonymousMapping.hostPageSize) : 0
    var writable: [SnapshotBlock?] = []
    for (index, block) in blocks.enumerated() {
      let backing = method == .writeProtection ? block.pageSize : 0
      writable.append(
        block.attributes.contains(.readOnly)
          ? nil
          : SnapshotBlock(
            block, index: index, partBytes: max(host, backing, UInt64(pageSize.bytes))))
    }
    return try MemorySnapshot(
      method, writable, pageSize, copiedBytes: copiedBytes, try faults(method))
  }

  var statistics: SnapshotStatistics {
    lock.locked {
      var values = SnapshotStatistics()
      values.method = method
      values.copiedPages = copiedPages
      values.waits = waits
      values.mostCopiedBytes = UInt64(pool.mostUsed)
      return values
    }
  }

  // MARK: - Begin and end

  /// Keeps what is in memory from here on. The machine stands still.
  ///
  /// - Throws: `unsupported` when the system refuses.
  func begin() throws(VMStateError) {
    for item in blocks { item?.block.keep(self, item) }
    #if os(Linux)
      try protection?.begin(self)
    #endif
  }

  /// Makes the system enter untouched pages into its tables, where it must; the machine runs.
  func populate() {
    #if os(Linux)
      protection?.populate()
    #endif
  }

  /// Lets every writer go on, whatever was sent. May be called again.
  func end() {
    let wasEnded = lock.locked {
      defer { isEnded = true }
      lock.tell()
      return isEnded
    }
    guard !wasEnded else { return }
    #if os(Linux)
      protection?.end()
    #endif
    for item in blocks { item?.block.keep(nil, nil) }
  }

  /// - Throws: An error of the thread that serves the writers.
  func check() throws(VMStateError) {
    if let failure = lock.locked({ failure }) { throw failure }
  }

  /// Notes what goes wrong in another thread.
  func fail(_ error: VMStateError) {
    lock.locked { if !isEnded, failure == nil { failure = error } }
  }

  // MARK: - Writers

  /// What became of a part that somebody wants to write.
  enum Fate {
    /// It may be written.
    case free
    /// It may be written, since it has been copied just now.
    case copied
    /// It waits for the saver.
    case urgent
  }

  /// Copies a part for a writer, or notes that it is urgent. With the lock held.
  func secure(_ place: Place, isFirst: Bool = true) -> Fate {
    let (block, part) = (place.block, place.part)
    if isEnded || block.isSettled(part) { return .free }
    guard let copy = pool.take(block.partBytes) else {
      if isFirst {
        waits += 1
        queue.addUrgent(place)
        queued.add(1, ordering: .relaxed)
      }
      return .urgent
    }
    block.copy(part, to: copy)
    block.copies[part] = copy
    block.settle(part..<part + 1)
    copiedPages += 1
    queue.addCopied(place)
    queued.add(1, ordering: .relaxed)
    return .copied
  }

  /// Called by a thread that is about to write. Returns when it may.
  func willWrite(_ block: SnapshotBlock, offset: UInt64, count: UInt64) {
    for part in block.parts(offset: offset, count: count) where !block.isSettled(part) {
      lock.locked {
        var isFirst = true
        while case .urgent = secure(Place(block: block, part: part), isFirst: isFirst) {
          isFirst = false
          lock.wait(milliseconds: 100)
        }
      }
      // Where the memory is protected, the store itself does the rest.
    }
  }

  // MARK: - The saver

  /// The next part that a writer waits for, or that takes up room; nil if there is none.
  func nextQueued() -> Place? {
    guard queued.load(ordering: .relaxed) > 0 else { return nil }
    return lock.locked {
      while let place = queue.take() {
        queued.subtract(1, ordering: .relaxed)
        // What was sent meanwhile is over.
        if place.block.copies[place.part] != nil || !place.block.isSettled(place.part) {
          return place
        }
      }
      return nil
    }
  }

  /// Copies pages of a block to a buffer as they were at the instant, and lets their writers
  /// go on.
  ///
  /// - Parameters:
  ///   - index: The block, which is writable.
  ///   - pages: At most 64; their bits in `dirty` are clear already.
  ///   - dirty: The pages that are not sent yet.
  ///   - target: Room for all of the pages. Those of zeros are not copied.
  /// - Returns: A bit for each page that is not zero.
  func take(
    _ block: SnapshotBlock, _ pages: Range<Int>, _ dirty: PageBitmap,
    to target: UnsafeMutableRawPointer, _ pageSize: TargetPageSize
  ) throws(VMStateError) -> UInt64 {
    let copier = SnapshotCopier(block: block, pages: pages, pageSize: pageSize)
    let (content, free) = lock.locked {
      let content = copier.copy(to: target)
      let sent = copier.sentParts(dirty)
      for part in sent {
        guard let copy = block.copies.removeValue(forKey: part) else { continue }
        pool.put(copy, block.partBytes)
      }
      block.settle(sent)
      lock.tell()
      return (content, sent)
    }
    #if os(Linux)
      try protection?.lift(block, free)
    #endif
    return content
  }
}
