extension RAMSaveRun {
  /// What is remembered from one look at the dirty log to the next.
  struct SyncState {
    /// Looks so far.
    var count: UInt64 = 0
    /// Begin of the period over which the rate is measured.
    var periodStart: ContinuousClock.Instant?
    /// Pages that became dirty in this period.
    var periodPages = 0
  }

  /// Fetches and clears the dirty log of every block; the pages are read after that.
  ///
  /// - Throws: What the tracking throws.
  mutating func fetchDirtyLog(_ context: SaveContext) throws(VMStateError) {
    sync.count += 1
    let start = sync.periodStart ?? ContinuousClock.now
    sync.periodStart = start
    for item in items {
      try tracking?.sync(item.block, into: item.bitmap)
      let added = item.bitmap.takeAdded()
      dirtyPages += added
      sync.periodPages += added
      if isWatched { seam?(.logCleared, item.block, 0) }
    }
    context.progress.dirtySyncCount = sync.count
    context.progress.dirtyPagesLeft = UInt64(dirtyPages)
    publishSync(since: start, context)
  }

  private mutating func publishSync(
    since start: ContinuousClock.Instant, _ context: SaveContext
  ) {
    let now = ContinuousClock.now
    let elapsed = Self.milliseconds(now - start)
    let rate = elapsed > 1000 ? UInt64(sync.periodPages) * 1000 / elapsed : nil
    if rate != nil {
      sync.periodStart = now
      sync.periodPages = 0
      coders?.endPeriod()
    }
    let (count, dirty) = (sync.count, UInt64(dirtyPages))
    let bytes = dirty << UInt64(list.targetPageSize.bits)
    context.progress.dirtyBytesAtLastSync = bytes
    if let rate { context.progress.dirtyPagesPerSecond = rate }
    progress.update { values in
      values.syncs = count
      values.dirtyPages = dirty
      values.dirtyBytesAtLastSync = bytes
      if let rate { values.dirtyPagesPerSecond = rate }
    }
  }

  private static func milliseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    return UInt64(max(seconds, 0)) * 1000 + UInt64(max(attoseconds, 0) / 1_000_000_000_000_000)
  }
}
