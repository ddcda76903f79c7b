extension SaveRun {
  /// Stops the machine and writes the rest: switchover command, END sections, FULL sections,
  /// EOF, JSON description.
  ///
  /// QEMU: `migration_completion_precopy`, migration/migration.c.
  mutating func complete() throws(VMStateError) {
    try stopMachine(.finishMigrate)
    enter(.completing)
    context.counters.limitPerWindow = 0
    try machine.locked { () throws(VMStateError) in
      try switchOver()
      try putEndSections()
      try putDeviceState()
      try putEnd()
    }
    try check()
  }

  mutating func stopMachine(_ state: RunState) throws(VMStateError) {
    let before = machine.runState
    context.runStateBeforeStop = before
    // Noted first: a stop that fails half-way is undone too.
    if before.isLive { stopped = (before, clock.now) }
    try machine.stopIfLive(state)
    context.isMachineRunning = false
  }

  private mutating func switchOver() throws(VMStateError) {
    hasSwitchedOver = true
    try machine.call("prepareSwitchover") { try machine.prepareSwitchover() }
    tell(.complete)
    guard options.profile.switchoverStart else { return }
    writer.put(SectionKind.command.rawValue)
    writer.put(MigrationCommand.switchoverStart.rawValue)
    writer.put(UInt16(0))
    try writer.flush()
  }

  private mutating func putEndSections() throws(VMStateError) {
    guard let sink = context.stateBuffers else { return try putEndBodies() }
    let threads = StateBufferThreads(sink)
    do throws(VMStateError) {
      for entry in entries {
        guard let handlers = entry.handlers, handlers.isActive,
          let body = handlers.stateBufferWriter(context)
        else { continue }
        try threads.start(entry, body)
      }
      try putEndBodies()
    } catch {
      threads.stop(error)
      throw error
    }
    try threads.finish()
  }

  private mutating func putEndBodies() throws(VMStateError) {
    for entry in entries {
      guard let handlers = entry.handlers, handlers.phases.contains(.complete),
        handlers.isActive
      else { continue }
      try check()
      try frame(.end, entry).write(to: &writer, context) { [context] writer in
        try handlers.saveComplete(to: &writer, context)
      }
      report()
    }
  }

  mutating func putDeviceState() throws(VMStateError) {
    try machine.call("synchronizeForSave") { try machine.synchronizeForSave() }
    for entry in entries where !entry.isEarly(options.profile) {
      try check()
      try entry.saveFull(to: &writer, json: &json, footer: hasFooters, context)
    }
  }

  /// Puts the EOF byte and the JSON description.
  mutating func putEnd() throws(VMStateError) {
    writer.put(SectionKind.endOfFile.rawValue)
    if var text = json.take() {
      text.endArray()
      integrity()?.describe(to: &text)
      text.endObject()
      try putDescription(
        options.profile.spacedDescription ? JSONText.spaced(text.bytes) : text.bytes)
    }
    try writer.flush()
  }

  private mutating func putDescription(_ text: [UInt8]) throws(VMStateError) {
    guard let length = UInt32(exactly: text.count) else {
      throw VMStateError(
        .limitExceeded, "the JSON description is too long", offset: writer.position,
        expected: "below 4 GiB", found: "\(text.count) bytes")
    }
    descriptionBytes = text.count
    writer.put(SectionKind.description.rawValue)
    writer.put(length)
    writer.put(bytes: text)
  }

  /// The sums of everything up to the EOF byte, if they were asked for.
  private mutating func integrity() -> StreamIntegrity? {
    guard let wanted = options.integrity, let crc = writer.currentSum() else { return nil }
    var sums = StreamIntegrity()
    sums.length = writer.position
    sums.crc = crc.value
    sums.sha256 = writer.digest?.sha?.text
    sums.sections = context.sectionSums ?? []
    sums.files = wanted.files
    return sums
  }
}
