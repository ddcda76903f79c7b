/// One save while it runs.
struct SaveRun: ~Copyable {
  let options: SaveOptions
  let machine: any MachineControl
  let clock: any TransferClock
  let entries: [SaveStateEntry]
  let context: SaveContext
  let startTime: Duration
  var writer: StreamWriter
  var json: DescriptionText?
  var meter: BandwidthMeter
  var descriptionBytes = 0
  /// The state to go back to, and when the machine was stopped.
  var stopped: (before: RunState, at: Duration)?
  /// How long the machine stood still for a background snapshot.
  var standstill: Duration?
  var hasSwitchedOver = false

  init(_ saver: StateSaver, _ channel: any ByteChannel, _ context: SaveContext) {
    options = saver.options
    machine = saver.machine
    clock = saver.clock
    entries = saver.registry.entries
    self.context = context
    startTime = clock.now
    writer = StreamWriter(channel, counters: context.counters)
    json = options.configuration.describesStream(options.profile) ? DescriptionText() : nil
    meter = BandwidthMeter(
      options, now: startTime, transferred: context.counters.transferred)
  }

  var hasFooters: Bool { options.configuration.sendsSectionFooters }

  /// Everything up to the last byte, in the format's order.
  mutating func perform() throws(VMStateError) {
    if isBackground { return try performInBackground() }
    try machine.locked { () throws(VMStateError) in try prepare() }
    putFileHeader()
    context.progress.dirtyDowntime = options.downtimeLimit
    context.isMachineRunning = machine.runState.isLive
    enter(.setup)
    try machine.locked { () throws(VMStateError) in try setUp() }
    context.progress.setupTime = clock.now - startTime
    try waitForUnplug()
    enter(.iterating)
    try iterate()
    try complete()
  }

  /// Looks at the cancel flag and the channel.
  func check() throws(VMStateError) {
    try context.cancellation.check()
    try writer.check()
  }

  mutating func enter(_ phase: SaveProgress.Phase) {
    context.progress.phase = phase
    report()
  }

  func report() {
    context.progress.elapsed = clock.now - startTime
    context.reportProgress()
  }

  /// Tells the observer that a callback of an entry is about to run.
  func announce(_ hook: String, _ entry: SaveStateEntry) {
    context.observer?.observe(
      .hook(name: hook, path: [entry.idstr], offset: writer.position))
  }

  /// Ends a good save.
  ///
  /// - Throws: `machineControl` when the machine was to run on and does not.
  mutating func finish() throws(VMStateError) -> SaveResult {
    let downtime = stopped.map { clock.now - $0.at } ?? standstill
    cleanUp()
    if options.resumesAfterSave, let stopped {
      if hasSwitchedOver { machine.withDeviceLock { machine.undoSwitchover() } }
      try machine.startIfStopped(stopped.before)
    }
    context.progress.downtime = downtime
    enter(.finished)
    return SaveResult(
      bytes: writer.position, descriptionBytes: descriptionBytes, progress: context.progress,
      downtime: downtime)
  }

  /// Ends a bad save: the machine runs again.
  ///
  /// - Returns: The error to report.
  mutating func finish(after failure: VMStateError) -> VMStateError {
    cleanUp()
    if hasSwitchedOver { machine.withDeviceLock { machine.undoSwitchover() } }
    enter(context.cancellation.isCancelled ? .cancelled : .failed)
    guard let stopped else { return failure }
    return machine.resume(stopped.before, after: failure)
  }

  private mutating func cleanUp() {
    endSnapshots()
    context.counters.limitPerWindow = 0
    machine.withDeviceLock {
      for entry in entries { entry.handlers?.saveCleanup() }
    }
  }
}
