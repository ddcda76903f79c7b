extension RAMSaveRun {
  /// What is remembered from one look at the dirty log to the next.
  struct SyncState {
    /// Looks so far.
    var count: UInt64 = 0
    /// Begin of the period over which rates are measured.
    var periodStart: ContinuousClock.Instant?
    /// Pages that became dirty in this period.
    var periodPages = 0
    /// Bytes that had been sent at its begin.
    var periodBytes: UInt64 = 0
  }

  /// Fetches the dirty log of every block; the pages are read after that. Those who follow the
  /// save are told before and after it.
  ///
  /// QEMU: `migration_bitmap_sync_precopy`, migration/ram.c.
  ///
  /// - Throws: What the tracking throws.
  mutating func fetchDirtyLog(_ context: SaveContext) throws(VMStateError) {
    services.notifiers.notify(.beforeSync)
    services.hints.close()
    try takeHints()
    sync.count += 1
    if sync.periodStart == nil { sync.periodBytes = context.counters.transferred }
    let start = sync.periodStart ?? services.now()
    sync.periodStart = start
    for index in items.indices {
      try tracking?.sync(items[index].block, into: items[index].bitmap)
      noteAdded(index)
      items[index].chunks?.setAll()
      if isWatched { seam?(.logCleared, items[index].block, 0) }
    }
    context.progress.dirtySyncCount = sync.count
    context.progress.dirtyPagesLeft = UInt64(dirtyPages)
    context.progress.dirtyBytesAtLastSync = bytes(dirtyPages)
    endPeriod(since: start, context)
    publishSync()
    if !isLastStage { services.hints.open() }
    services.notifiers.notify(.afterSync)
  }

  private func bytes(_ pages: Int) -> UInt64 {
    UInt64(pages) << UInt64(list.targetPageSize.bits)
  }

  /// Measures the rates of a period that has lasted long enough, and slows the guest down if
  /// it writes too fast.
  private mutating func endPeriod(
    since start: ContinuousClock.Instant, _ context: SaveContext
  ) {
    let now = services.now()
    guard now - start > services.period else { return }
    let elapsed = max((now - start).wholeMilliseconds, 1)
    let rate = UInt64(sync.periodPages) * 1000 / elapsed
    let transferred = context.counters.transferred
    services.guest?.note(
      ConvergenceRule.Period(
        dirtied: bytes(sync.periodPages), sent: transferred &- sync.periodBytes),
      services.parameters().throttle)
    coders?.endPeriod()
    sync.periodStart = now
    sync.periodPages = 0
    sync.periodBytes = transferred
    context.progress.dirtyPagesPerSecond = rate
    progress.update { $0.dirtyPagesPerSecond = rate }
  }

  private mutating func publishSync() {
    let (count, dirty) = (sync.count, UInt64(dirtyPages))
    let bytes = bytes(dirtyPages)
    progress.update { values in
      values.syncs = count
      values.dirtyPages = dirty
      values.dirtyBytesAtLastSync = bytes
      services.guest?.add(to: &values)
    }
  }
}
