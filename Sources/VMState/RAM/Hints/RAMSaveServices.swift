/// What a save of RAM has besides its pages: who follows it, and who changes its course.
struct RAMSaveServices {
  var notifiers = PrecopyNotifiers()
  var hints = FreePageHints()
  var hooks: (any RAMControlHooks)?
  /// Slows the guest down; nil where nobody asked for it.
  var guest: GuestControl?
  /// A look at the dirty log every five seconds.
  var forcedSync: ForcedSync?
  /// The parameters as they are now.
  var parameters: () -> RAMParameters = { RAMParameters() }
  /// The time.
  var now: () -> ContinuousClock.Instant = { .now }
  /// Rates are measured over more than this.
  var period = Duration.seconds(1)
}

extension RAMHandlers {
  /// - Throws: `configurationMismatch`, `unsupported`.
  func services(_ context: SaveContext) throws(VMStateError) -> RAMSaveServices {
    guard controlHooks == nil || multifd == nil else {
      throw VMStateError(
        .configurationMismatch, "multifd channels and control hooks exclude each other")
    }
    var services = RAMSaveServices()
    services.notifiers = notifiers
    services.hints = freePageHints
    services.hooks = controlHooks
    services.guest = try GuestControl(context.capabilities, throttle)
    services.parameters = { [unowned self] in parameters }
    services.now = now
    services.period = ratePeriod
    if services.guest?.forcesSyncs ?? false, context.profile.forcesSyncs {
      services.forcedSync = ForcedSync(now: now())
    }
    return services
  }

  /// Tells those who follow the save.
  public func precopy(_ event: PrecopyEvent, _ context: SaveContext) {
    notifiers.notify(event)
  }
}

extension StreamProfile {
  /// Auto-converge looks at the dirty log every five seconds at least (9.2 and later).
  var forcesSyncs: Bool { describesConfiguration }
}

extension RAMSaveRun {
  /// What comes between two batches of pages: hints, and a look at the dirty log that is
  /// overdue.
  mutating func serve(_ context: SaveContext) throws(VMStateError) {
    try takeHints()
    guard services.forcedSync != nil else { return }
    let isDue = services.forcedSync?.isDue(now: services.now(), count: sync.count) ?? false
    if isDue { try fetchDirtyLog(context) }
  }

  /// Lets the guest run at its own speed; hints mean nothing any more.
  func endServices() {
    services.hints.close()
    _ = services.hints.take()
    guard let guest = services.guest else { return }
    guest.end()
    progress.update { guest.add(to: &$0) }
  }

  /// Takes the marks from pages that were hinted to be free.
  mutating func takeHints() throws(VMStateError) {
    for hint in services.hints.take() {
      guard let index = items.firstIndex(where: { ObjectIdentifier($0.block) == hint.block })
      else { continue }
      let pages = hint.pages.clamped(to: 0..<search.sources[index].pageCount)
      // What the log still has of them would be found as new.
      try clearLog(index, pages)
      dirtyPages -= items[index].bitmap.clear(pages)
    }
  }

  /// Lets a transport do its part of a section.
  func hook(
    _ phase: RAMControlPhase, isBegin: Bool, _ writer: inout StreamWriter
  ) throws(VMStateError) {
    guard let hooks = services.hooks else { return }
    do {
      try isBegin ? hooks.begin(phase, to: &writer) : hooks.end(phase, to: &writer)
    } catch {
      throw .fromHook(error, isBegin ? "begin" : "end")
    }
  }

  /// Offers pages to the transport.
  ///
  /// - Returns: True if it took them.
  mutating func offer(_ pages: Range<Int>, _ writer: inout StreamWriter) -> Bool {
    guard let hooks = services.hooks else { return false }
    do {
      guard try hooks.take(pages, of: items[search.index].block, writer.counters) else {
        return false
      }
      sent.normal += pages.count
      // There are no records.
      sent.bytes -= pages.count * (8 + list.targetPageSize.bytes)
      return true
    } catch {
      writer.fail(.fromHook(error, "take"))
      return true
    }
  }
}
