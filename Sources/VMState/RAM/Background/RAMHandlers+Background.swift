extension RAMHandlers {
  /// Pages are kept as they are at `beginSnapshot`.
  public var supportsBackgroundSnapshot: Bool { true }

  /// Asks the system for what a snapshot needs.
  ///
  /// - Throws: `configurationMismatch`, `unsupported`, `limitExceeded`.
  func prepareSnapshot(_ options: RAMOptions) throws(VMStateError) {
    guard options.background, snapshot == nil else { return }
    guard multifd == nil else {
      throw VMStateError(
        .configurationMismatch, "a background snapshot is not sent over several channels")
    }
    let list = blocks.snapshot
    let choice = try snapshotOptions.prepare(
      list.blocks.filter { !options.ignores($0) }, blocks.targetPageSize)
    snapshotRefusals = choice.refusals
    snapshot = PreparedSnapshot(
      memory: choice.snapshot, version: list.version, resizes: list.resizes)
  }

  /// Takes memory as it is now: the machine may run again afterwards.
  ///
  /// - Throws: `unsupported` when the system refuses, or when a block was added or removed
  ///   since the save began; `ramBlockSize` after a resize.
  public func beginSnapshot(_ context: SaveContext) throws(VMStateError) {
    guard let snapshot, saving != nil else {
      throw VMStateError(.sectionSequence, "no snapshot of RAM was prepared")
    }
    let changes = blocks.stamp
    guard snapshot.version == changes.version else { throw Self.changedList }
    guard snapshot.resizes == changes.resizes else {
      throw VMStateError(.ramBlockSize, "a RAM block was resized while it was saved")
    }
    try snapshot.memory.begin()
  }

  /// Lets everybody write everywhere.
  public func endSnapshot() {
    snapshot?.memory.end()
  }

  static var changedList: VMStateError {
    VMStateError(
      .unsupported, "a RAM block was added or removed while a snapshot of all blocks was taken")
  }
}

/// A snapshot for which everything is there.
struct PreparedSnapshot {
  let memory: MemorySnapshot
  /// The block list that it is of.
  let version: UInt64
  let resizes: UInt64
}
