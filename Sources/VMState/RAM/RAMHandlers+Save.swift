extension RAMHandlers {
  /// Runs a step of the save. An error also stops the writer, so that no page that is still
  /// queued is read later, when its memory may be gone.
  private func step<Result>(
    _ writer: inout StreamWriter,
    _ body: (inout RAMSaveRun, inout StreamWriter) throws(VMStateError) -> Result
  ) throws(VMStateError) -> Result {
    guard var run = saving else {
      throw VMStateError(.sectionSequence, "the setup of RAM has not been saved")
    }
    // Out of the object meanwhile: a copy would be made at the first change otherwise.
    saving = nil
    defer { saving = run }
    do throws(VMStateError) {
      if let deferredError { throw deferredError }
      let result = try body(&run, &writer)
      try run.finish(&writer)
      return result
    } catch {
      writer.fail(error)
      throw error
    }
  }

  /// Writes the block list, with every page dirty from here on.
  ///
  /// - Throws: `busy`, what the tracking throws, the channel's error.
  public func saveSetup(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) {
    guard saving == nil else {
      throw VMStateError(.busy, "another save of RAM is under way")
    }
    progress.update { $0 = RAMProgress.Values() }
    deferredError = nil
    saving = RAMSaveRun(
      blocks, options: options(context.capabilities), tracking: tracking, progress: progress,
      roundTime: roundTime, seam: seam)
    let channels = try openMultifd(context)
    try step(&writer) { (run, writer) throws(VMStateError) in
      run.multifd = channels
      let blocks = try run.begin()
      try run.fetchDirtyLog(context)
      run.putSetup(blocks, to: &writer)
      if channels?.synchronisation == .perRound { run.synchroniseRound(&writer) }
      try run.meetAtEnd(context)
    }
  }

  private func openMultifd(_ context: SaveContext) throws(VMStateError) -> MultifdSender? {
    guard let multifd else { return nil }
    return try MultifdSender(
      multifd, pageSize: blocks.targetPageSize, counters: context.counters,
      cancellation: context.cancellation)
  }

  /// Dirty pages as known from the last look at the dirty log.
  public func pendingEstimate(_ context: SaveContext) -> PendingBytes {
    let pages = UInt64(saving?.dirtyPages ?? 0)
    let bytes = pages << UInt64(blocks.targetPageSize.bits)
    return options(context.capabilities).postcopy
      ? PendingBytes(canPostcopy: bytes) : PendingBytes(mustPrecopy: bytes)
  }

  /// Fetches the dirty log first. An error of the tracking ends the save at its next section.
  public func pendingExact(_ context: SaveContext) -> PendingBytes {
    if var run = saving {
      saving = nil
      do throws(VMStateError) {
        try run.fetchDirtyLog(context)
      } catch {
        deferredError = error
      }
      saving = run
    }
    return pendingEstimate(context)
  }

  /// Sends dirty pages for at most about 50 ms, within the rate limit.
  ///
  /// - Throws: `cancelled`, `ramBlockSize` after a resize, the channel's error.
  public func saveIterate(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) -> IterationResult {
    try step(&writer) { (run, writer) throws(VMStateError) in
      try run.iterate(to: &writer, context)
    }
  }

  /// Fetches the dirty log for the last time and sends everything that is left.
  ///
  /// - Throws: `cancelled`, `ramBlockSize` after a resize, the channel's error.
  public func saveComplete(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) {
    try step(&writer) { (run, writer) throws(VMStateError) in
      try run.complete(to: &writer, context)
    }
  }

  /// Ends the tracking and forgets the bitmaps.
  public func saveCleanup() {
    saving?.end()
    saving = nil
    deferredError = nil
  }
}
