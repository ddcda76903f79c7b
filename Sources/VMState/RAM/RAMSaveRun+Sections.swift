extension RAMSaveRun {
  /// Writes the block list.
  mutating func putSetup(
    _ blocks: [RAMBlock], to writer: inout StreamWriter
  ) throws(VMStateError) {
    let migratable = blocks.filter { $0.attributes.contains(.migratable) }
    let record = RAMSetupRecord(migratable.map { entry($0) })
    if options.mapped { return try putMappedSetup(record.entries, to: &writer) }
    record.encode(to: &writer, pageSize: list.targetPageSize)
  }

  private func entry(_ block: RAMBlock) -> RAMSetupRecord.Entry {
    let members = options.members(of: block)
    return RAMSetupRecord.Entry(
      name: block.name, length: block.usedLength,
      pageSize: members.contains(.pageSize) ? block.pageSize : nil,
      regionOffset: members.contains(.regionOffset) ? block.regionOffset : nil)
  }

  /// Writes the pages of one PART section, for a bounded time.
  mutating func iterate(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) -> IterationResult {
    try refresh()
    progress.update { $0.rounds += 1 }
    defer { endIteration(context) }
    try hook(.round, isBegin: true, &writer)
    let result = try sendRound(to: &writer, context)
    try meetAtEnd(context)
    try hook(.round, isBegin: false, &writer)
    return result
  }

  private mutating func sendRound(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) -> IterationResult {
    let start = ContinuousClock.now
    // The first look at the clock comes after one page: a slow fetch of the dirty log may
    // have used the time up.
    var count = 1
    while !writer.isRateExceeded {
      let isClean = send(count, isPaced: true, to: &writer)
      try endBatch(context)
      if isClean { return .done }
      if ContinuousClock.now - start > roundTime { break }
      count = Self.batch
    }
    return .more
  }

  /// Writes everything that is left; the machine stands still.
  mutating func complete(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) {
    try refresh()
    isLastStage = true
    try fetchDirtyLog(context)
    try hook(.finish, isBegin: true, &writer)
    while !send(Self.batch, isPaced: false, to: &writer) {
      try endBatch(context)
      try writer.check()
    }
    try endBatch(context)
    try meetAtEnd(context)
    try hook(.finish, isBegin: false, &writer)
    try writer.check()
    try finishMapped(&writer)
    publish(context)
  }

  /// Counts the end record of a PART section, as QEMU counts it of no other one.
  private mutating func endIteration(_ context: SaveContext) {
    sent.otherBytes += 8
    publish(context)
  }

  private mutating func endBatch(_ context: SaveContext) throws(VMStateError) {
    publish(context)
    try context.batchDone()
    try snapshot?.check()
    try checkResizes()
    try serve(context)
  }

  /// Ends a section's payload and hands everything to the channel: no span outlives the
  /// section, so a block may be removed between two of them.
  func finish(_ writer: inout StreamWriter) throws(VMStateError) {
    writer.put(RAMRecordWord.endOfSection.rawValue)
    progress.update { $0.recordBytes += 8 }
    try writer.flush()
  }
}
