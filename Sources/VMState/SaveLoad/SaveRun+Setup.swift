extension SaveRun {
  /// Lets the active handlers prepare; nothing is written before all of them agreed.
  mutating func prepare() throws(VMStateError) {
    try check()
    for entry in entries {
      guard let handlers = entry.handlers, handlers.isActive else { continue }
      announce("save-prepare", entry)
      do {
        try handlers.savePrepare(context)
      } catch {
        throw .fromHook(error, "save-prepare").within(entry.idstr)
      }
    }
  }

  /// Puts magic, version and the configuration section, and opens the JSON description.
  mutating func putFileHeader() {
    if let integrity = options.integrity, json != nil {
      writer.startDigest(isStrong: integrity.isStrong)
      context.sectionSums = []
    }
    writer.put(WireFormat.magic)
    writer.put(WireFormat.version)
    if options.configuration.sendsConfiguration {
      options.configuration.save(to: &writer, options.profile)
    }
    json?.beginObject()
    if options.profile.describesConfiguration {
      options.configuration.describe(to: &json, options.profile)
    }
    json?.put("page_size", Int64(clamping: options.configuration.pageSize))
    json?.beginArray("devices")
  }

  /// START sections, and the FULL sections of early entries, in list order.
  mutating func setUp() throws(VMStateError) {
    for entry in entries {
      try check()
      if entry.isEarly(options.profile) {
        try entry.saveFull(to: &writer, json: &json, footer: hasFooters, context)
      } else if let handlers = entry.handlers, handlers.phases.contains(.setup),
        handlers.isActive
      {
        try frame(.start, entry).write(to: &writer, context) { [context] writer in
          try handlers.saveSetup(to: &writer, context)
        }
      } else {
        continue
      }
      report()
    }
    tell(.setup)
  }

  /// Tells every entry of a step.
  func tell(_ event: PrecopyEvent) {
    for entry in entries { entry.handlers?.precopy(event, context) }
  }

  func frame(_ kind: SectionKind, _ entry: SaveStateEntry) -> SectionFrame {
    SectionFrame(entry: entry, kind: kind, hasFooter: hasFooters)
  }

  /// Waits, looking four times a second, until the guest has released what it is to release.
  mutating func waitForUnplug() throws(VMStateError) {
    while isUnplugPending {
      if context.progress.phase != .waitingForUnplug { enter(.waitingForUnplug) }
      try check()
      clock.sleep(.milliseconds(250))
    }
  }

  private var isUnplugPending: Bool {
    var isPending = false
    machine.withDeviceLock {
      isPending = entries.contains { $0.described?.isUnplugPending ?? false }
    }
    return isPending
  }
}

extension MachineConfiguration {
  fileprivate func describe(to json: inout DescriptionText?, _ profile: StreamProfile) {
    guard var text = json.take() else { return }
    describe(to: &text, profile)
    json = text
  }
}
