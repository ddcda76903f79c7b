extension SaveRun {
  /// The capability that asks for a snapshot of the instant while the machine runs on.
  static let backgroundSnapshot = "background-snapshot"

  var isBackground: Bool {
    options.configuration.capabilities.contains(Self.backgroundSnapshot)
  }

  /// The device state of the instant, until memory is written.
  struct KeptState {
    let channel = MemoryChannel()
    var sums: [SectionSum]?
  }

  /// Everything in the order of a background snapshot: START sections; the instant, of which
  /// devices go to a buffer; PART sections while the machine runs; the buffer; the end. No END
  /// section, and nothing of a switchover: the machine goes on here.
  ///
  /// QEMU: `bg_migration_thread`, migration/migration.c.
  mutating func performInBackground() throws(VMStateError) {
    try machine.locked { () throws(VMStateError) in
      try refuseOthers()
      try prepare()
    }
    putFileHeader()
    enter(.setup)
    try machine.locked { () throws(VMStateError) in try setUp() }
    try waitForUnplug()
    try writer.flush()
    let kept = try takeInstant()
    enter(.iterating)
    context.counters.limitPerWindow = 0
    repeat {
      try check()
      measure()
    } while try !round()
    endSnapshots()
    enter(.completing)
    try putKept(kept)
    try putEnd()
    try check()
  }

  /// - Throws: `unmigratable` for a live section that cannot keep an instant.
  private func refuseOthers() throws(VMStateError) {
    for entry in entries {
      guard let handlers = entry.handlers, handlers.isActive,
        !handlers.phases.isDisjoint(with: .live), !handlers.supportsBackgroundSnapshot
      else { continue }
      throw VMStateError(
        .unmigratable, "this section cannot keep the state of an instant: no background snapshot",
        path: [entry.idstr])
    }
  }

  /// Stops the machine for as long as it takes to save its devices and to protect its memory.
  private mutating func takeInstant() throws(VMStateError) -> KeptState {
    try stopMachine(.saveVM)
    let kept = try machine.locked { () throws(VMStateError) in
      let kept = try keepDeviceState()
      for entry in entries {
        guard let handlers = entry.handlers, handlers.isActive,
          handlers.supportsBackgroundSnapshot
        else { continue }
        announce("begin-snapshot", entry)
        do {
          try handlers.beginSnapshot(context)
        } catch {
          throw .fromHook(error, "begin-snapshot").within(entry.idstr)
        }
      }
      return kept
    }
    if let stopped {
      try machine.startIfStopped(stopped.before)
      standstill = clock.now - stopped.at
      // From here on it is the owner who stops and starts it.
      self.stopped = nil
    }
    return kept
  }

  /// Saves the devices to a buffer; offsets that are reported count from its begin.
  private mutating func keepDeviceState() throws(VMStateError) -> KeptState {
    var kept = KeptState()
    let earlier = context.sectionSums
    var buffer = StreamWriter(kept.channel)
    if let digest = writer.digest {
      buffer.startDigest(isStrong: digest.sha != nil)
      context.sectionSums = []
    }
    swap(&writer, &buffer)
    let result = Result { () throws(VMStateError) in
      try putDeviceState()
      try writer.flush()
    }
    swap(&writer, &buffer)
    kept.sums = context.sectionSums
    context.sectionSums = earlier
    try result.get()
    return kept
  }

  private mutating func putKept(_ kept: KeptState) throws(VMStateError) {
    let first = writer.position
    writer.put(bytes: kept.channel.bytes)
    for var sum in kept.sums ?? [] {
      sum.offset += first
      context.sectionSums?.append(sum)
    }
    try writer.flush()
  }

  /// Lets everybody write everywhere, without the device lock: who holds it may be waiting for
  /// just that.
  func endSnapshots() {
    guard isBackground else { return }
    for entry in entries { entry.handlers?.endSnapshot() }
  }
}
