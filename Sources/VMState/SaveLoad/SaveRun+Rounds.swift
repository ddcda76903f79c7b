extension SaveRun {
  /// Rounds of PART sections while the machine runs, until it is time to stop it.
  ///
  /// QEMU: `migration_iteration_run`, migration/migration.c.
  mutating func iterate() throws(VMStateError) {
    context.counters.limitPerWindow = options.bytesPerSlice
    context.counters.restartWindow()
    while true {
      try check()
      if !writer.isRateExceeded {
        if isSwitchoverDue() { return }
        let isDone = try round()
        if isDone, options.switchover == .roundFinished { return }
      }
      measure()
      if context.counters.isRateExceeded { clock.sleep(meter.rest(at: clock.now)) }
    }
  }

  /// True when the rest fits into the downtime limit.
  private mutating func isSwitchoverDue() -> Bool {
    guard options.switchover == .downtimeLimit else { return false }
    let threshold = meter.threshold
    var pending = pending { $0.pendingEstimate($1) }
    if pending < threshold { pending = self.pending { $0.pendingExact($1) } }
    context.progress.remainingBytes = pending
    context.progress.expectedDowntime = meter.downtime(for: pending)
    return pending == 0 || pending < threshold
  }

  /// The sum over all active entries, saturating.
  private func pending(_ ask: (any SaveVMHandlers, SaveContext) -> PendingBytes) -> UInt64 {
    entries.reduce(0) { sum, entry in
      guard let handlers = entry.handlers, handlers.isActive else { return sum }
      let (total, overflow) = sum.addingReportingOverflow(ask(handlers, context).total)
      return overflow ? .max : total
    }
  }

  /// One PART section of every entry that takes part.
  ///
  /// - Returns: True when every entry visited has nothing left.
  /// QEMU: `qemu_savevm_state_iterate`, migration/savevm.c.
  mutating func round() throws(VMStateError) -> Bool {
    context.progress.iteration += 1
    context.isMachineRunning = machine.runState.isLive
    context.thresholdBytes = meter.threshold
    var isDone = true
    for entry in entries {
      guard let handlers = entry.handlers, handlers.phases.contains(.iterate),
        handlers.isActive, handlers.isIterationActive
      else { continue }
      try check()
      if writer.isRateExceeded { return false }
      let result = try frame(.part, entry).write(to: &writer, context) { [context] writer in
        try handlers.saveIterate(to: &writer, context)
      }
      try writer.flush()
      report()
      guard result == .more else { continue }
      isDone = false
      if options.profile.roundStopsAtUnfinished { return false }
    }
    return isDone
  }

  /// Takes the rate of a slice that is over, and begins the next one.
  mutating func measure() {
    let counters = context.counters
    let pages = context.progress.sentPages
    guard meter.update(now: clock.now, transferred: counters.transferred, pages: pages) else {
      return
    }
    context.progress.note(meter)
    context.progress.expectedDowntime = meter.downtime(for: context.progress.remainingBytes)
    counters.restartWindow()
    report()
  }
}
