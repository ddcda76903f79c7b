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
      run.coders?.xbzrle?.resize(to: parameters.xbzrleCacheSize)
      let result = try body(&run, &writer)
      try run.finish(&writer)
      return result
    } catch {
      writer.fail(error)
      throw error
    }
  }

  /// Looks whether the capabilities fit each other, and whether what they need is there.
  ///
  /// - Throws: `configurationMismatch`; `unsupported` for one that the generation does not
  ///   have, without zlib for compressed pages, or where the system keeps no pages for a
  ///   background snapshot.
  public func savePrepare(_ context: SaveContext) throws(VMStateError) {
    try RAMOptions.check(context.capabilities, context.profile)
    let options = options(context.capabilities, context.profile)
    if options.compress { _ = try ZlibLibrary.shared() }
    _ = try GuestControl(context.capabilities, throttle)
    try prepareSnapshot(options)
  }

  /// Writes the block list, with every page dirty from here on.
  ///
  /// - Throws: `busy`, what `savePrepare` throws, what the tracking throws, the channel's error;
  ///   `limitExceeded` without memory for a cache.
  public func saveSetup(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) {
    guard saving == nil else {
      throw VMStateError(.busy, "another save of RAM is under way")
    }
    try savePrepare(context)
    progress.restart(StatisticsSource(context))
    deferredError = nil
    let options = options(context.capabilities, context.profile)
    let coders = try RAMPageCoders(options, parameters, blocks.targetPageSize)
    let services = try services(context)
    let places = options.mapped ? MappedRAMPlaces() : nil
    let channels = try openMultifd(options, places, context)
    if let channels, places == nil, context.profile.deviceStateChannels,
      multifd?.options.compression == MultifdCompression.none
    {
      context.stateBuffers = channels
    }
    saving = RAMSaveRun(
      blocks, options: options, coders: coders, tracking: options.background ? nil : tracking,
      progress: progress, roundTime: roundTime, services: services, seam: seam)
    try step(&writer) { (run, writer) throws(VMStateError) in
      (run.multifd, run.places) = (channels, places)
      let blocks = try run.begin()
      if let snapshot {
        run.snapshot = snapshot.memory
        snapshot.memory.populate()
      } else {
        try run.fetchDirtyLog(context)
      }
      try run.putSetup(blocks, to: &writer)
      if channels?.synchronisation == .perRound { run.synchroniseRound(&writer) }
      try run.meetAtEnd(context)
      try run.hook(.setup, isBegin: true, &writer)
      try run.hook(.setup, isBegin: false, &writer)
    }
  }

  private func openMultifd(
    _ options: RAMOptions, _ places: MappedRAMPlaces?, _ context: SaveContext
  ) throws(VMStateError) -> MultifdSender? {
    guard let multifd else { return nil }
    guard !options.xbzrle, !options.compress else {
      throw VMStateError(
        .configurationMismatch, "multifd channels and coded pages exclude each other")
    }
    if let places {
      return try MultifdSender(multifd, places: places, pageSize: blocks.targetPageSize, context)
    }
    return try MultifdSender(
      multifd, pageSize: blocks.targetPageSize, counters: context.counters,
      cancellation: context.cancellation)
  }

  /// Dirty pages as known from the last look at the dirty log.
  public func pendingEstimate(_ context: SaveContext) -> PendingBytes {
    let pages = UInt64(saving?.dirtyPages ?? 0)
    let bytes = pages << UInt64(blocks.targetPageSize.bits)
    return options(context.capabilities, context.profile).postcopy
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

  /// Ends the tracking and forgets the bitmaps and channels.
  public func saveCleanup() {
    notifiers.notify(.cleanup)
    endSnapshot()
    snapshot = nil
    saving?.end()
    saving = nil
    multifd = nil
    deferredError = nil
  }
}
