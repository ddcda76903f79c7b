extension RAMHandlers {
  /// Begins a load of the blocks as they are now. Hooks see the staged memory through the
  /// context, unless the owner gave another view.
  ///
  /// - Throws: `busy`, `configurationMismatch`, `unsupported`.
  public func loadSetup(_ context: LoadContext) throws(VMStateError) {
    guard loading == nil else {
      throw VMStateError(.busy, "another load of RAM is under way")
    }
    try RAMOptions.check(context.capabilities, context.profile)
    loadProgress.restart()
    var run = RAMLoadRun(
      blocks, options: options(context.capabilities, context.profile), limits: context.limits,
      progress: loadProgress
    )
    run.decompressThreads = parameters.decompressThreads
    run.profile = context.profile
    if let multifd, run.options.mapped {
      run.readers = try MappedRAMReaders(
        multifd, pageSize: blocks.targetPageSize, cancellation: context.cancellation)
    } else if let multifd {
      run.multifd = try MultifdReceiver(
        multifd, pageSize: blocks.targetPageSize, cancellation: context.cancellation,
        states: context.stateBuffers)
      context.stateBufferWait = { [receiver = run.multifd] () throws(VMStateError) in
        try receiver?.waitForStates()
      }
      context.stateBufferFailure = { [receiver = run.multifd] in receiver?.stateError }
    }
    run.hooks = controlHooks
    loading = run
    if context.memory == nil { context.memory = self }
  }

  /// Reads a section's payload up to its end record.
  ///
  /// - Throws: `versionTooNew`, `versionTooOld`, and all errors of the records.
  public func loadState(
    from reader: inout StreamReader, version: Int, kind: SectionKind, _ context: LoadContext
  ) throws(VMStateError) {
    guard version == Self.version else {
      throw VMStateError(
        version > Self.version ? .versionTooNew : .versionTooOld,
        "version \(version) is not supported", offset: reader.position,
        expected: "\(Self.version)", found: "\(version)")
    }
    guard var run = loading else {
      throw VMStateError(.sectionSequence, "the load of RAM has not begun")
    }
    loading = nil
    defer { loading = run }
    try run.loadSection(from: &reader, context)
  }

  /// Puts staged pages and lengths into place. Cannot fail.
  public func commitLoad() {
    writeBackFailures = loading?.commit() ?? []
    loading = nil
  }

  /// Gives every block its earlier state back; disposable ones that were written are zero.
  public func abortLoad() {
    loading?.abort()
    loading = nil
  }

  /// Ends the load; one that was not committed is undone.
  public func loadCleanup() {
    abortLoad()
    multifd = nil
  }
}

extension RAMHandlers: StagedMemory {
  /// Copies memory out as loaded so far: staged pages where they have come, the live ones
  /// otherwise. Outside of a load it reads the live memory.
  ///
  /// - Throws: `unknownRAMBlock`, `ramOffset`.
  public func read(
    block: String, offset: UInt64, into target: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    if let item = loading?.blocks.first(where: { $0.block.idstr == block }) {
      return try item.read(at: offset, into: target)
    }
    guard let live = blocks[block] else {
      throw VMStateError(
        .unknownRAMBlock, "the machine has no RAM block of this name", path: [block])
    }
    try live.check(offset, target.count, in: live.usedLength)
    try live.memory.read(at: offset, into: target)
  }
}

extension RAMBlock {
  /// - Throws: `ramOffset` for a range that is not inside a length.
  func check(_ offset: UInt64, _ count: Int, in length: UInt64) throws(VMStateError) {
    guard offset <= length, UInt64(count) <= length - offset else {
      throw VMStateError(
        .ramOffset, "the range lies outside the RAM block", path: [idstr],
        expected: "at most \(length) bytes", found: "\(count) bytes at \(offset)")
    }
  }
}

extension RAMLoadBlock {
  /// Copies bytes out as they will be after the commit.
  func read(
    at offset: UInt64, into target: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    try block.check(offset, target.count, in: usedLength)
    let size = UInt64(block.targetPageSize.bytes)
    var done = 0
    while done < target.count {
      let place = offset + UInt64(done)
      let count = min(target.count - done, Int(size - place % size))
      let piece = UnsafeMutableRawBufferPointer(rebasing: target[done..<done + count])
      copy(Int(place), into: piece)
      done += count
    }
  }

  /// Copies a range that lies in one page.
  private func copy(_ offset: Int, into target: UnsafeMutableRawBufferPointer) {
    guard let start = target.baseAddress else { return }
    let page = offset >> block.targetPageSize.bits
    guard let stage, let stored, received.contains(page) else {
      start.copyMemory(from: block.memory.base + offset, byteCount: target.count)
      return
    }
    if stored.contains(page) {
      start.copyMemory(from: stage.base + offset, byteCount: target.count)
    } else {
      start.initializeMemory(as: UInt8.self, repeating: 0, count: target.count)
    }
  }
}
