/// The states that a stream has brought, kept apart until the stream proved good.
///
/// Sections are staged one after the other; then either `commit` puts all of them in place,
/// which cannot fail, or `abort` forgets them. After either the transaction is empty and can
/// stage again (a checkpoint protocol commits many times). The registry's load marks are
/// written at commit, so a load that fails leaves them as they were.
final class LoadTransaction {
  /// What the stream has brought for one entry.
  struct Staged {
    let sectionID: UInt32
    let version: Int
    /// At least one section was good to its footer.
    var isUsable: Bool
  }

  let entries: [SaveStateEntry]
  let context: LoadContext
  /// By the entry's place in the list.
  private(set) var staged: [Staged?]
  /// Places in the order of the stream.
  private(set) var order: [Int] = []
  /// Entries that were called and have to hear of an abort.
  private var touched: [Bool]

  init(_ entries: [SaveStateEntry], _ context: LoadContext) {
    self.entries = entries
    self.context = context
    staged = Array(repeating: nil, count: entries.count)
    touched = Array(repeating: false, count: entries.count)
    context.stagedState = { [unowned self] in stagedState($0, $1) }
  }

  /// Ends the use: the context is cut loose.
  func close() { context.stagedState = nil }

  /// The place of the entry that a name and instance of the stream mean.
  func find(_ name: [UInt8], instance: UInt32) -> (index: Int, match: SaveStateEntry.Match)? {
    for (index, entry) in entries.enumerated() {
      if let match = entry.match(name, instance: instance) { return (index, match) }
    }
    return nil
  }

  /// The place of the first entry in the list that this stream gave a section id.
  func find(sectionID: UInt32) -> Int? {
    staged.firstIndex { $0?.sectionID == sectionID }
  }

  private func stagedState(_ idstr: String, _ instance: UInt32?) -> Any? {
    for (entry, staged) in zip(entries, staged)
    where staged?.isUsable == true && entry.idstr == idstr {
      if instance == nil || instance == entry.instanceID { return entry.described?.stagedState }
    }
    return nil
  }
}

extension LoadTransaction {
  /// Lets the handlers of an entry get ready; under the device lock.
  func setUp(_ index: Int) throws(VMStateError) {
    guard let handlers = entries[index].handlers, handlers.isActive else { return }
    touched[index] = true
    announce("load-setup", entries[index])
    do {
      try handlers.loadSetup(context)
    } catch {
      throw .fromHook(error, "load-setup").within(entries[index].idstr)
    }
  }

  /// Makes the staged state of an entry, if there is none yet; under the device lock, since it
  /// copies the live one.
  func begin(_ index: Int) throws(VMStateError) {
    touched[index] = true
    try entries[index].described?.beginLoad()
  }

  /// Notes the header of a START or FULL section.
  ///
  /// - Returns: True when the entry had one before.
  func note(_ index: Int, sectionID: UInt32, version: Int) -> Bool {
    let before = staged[index]
    if before != nil { order.removeAll { $0 == index } }
    order.append(index)
    staged[index] = Staged(
      sectionID: sectionID, version: version, isUsable: before?.isUsable ?? false)
    return before != nil
  }

  /// Decodes a section's body into the staged state.
  func load(
    _ index: Int, _ kind: SectionKind, from reader: inout StreamReader
  ) throws(VMStateError) {
    let version = staged[index]?.version ?? 0
    switch entries[index].body {
    case .description(let described):
      context.version = version
      try described.load(from: &reader, version: version, context)
    case .handlers(let handlers):
      do {
        try handlers.loadState(from: &reader, version: version, kind: kind, context)
      } catch {
        throw .fromHook(error, "load-state")
      }
    }
    try reader.check()
  }

  /// The section was good to its footer: later hooks may see its state.
  func accept(_ index: Int) { staged[index]?.isUsable = true }

  private func announce(_ hook: String, _ entry: SaveStateEntry) {
    context.observer?.observe(
      .hook(name: hook, path: [entry.idstr], offset: context.progress.loadedBytes))
  }
}

extension LoadTransaction {
  /// Puts everything in place, then tells every device, both in stream order; under the device
  /// lock. Cannot fail.
  func commit() {
    for index in order { commit(entries[index]) }
    for (entry, staged) in zip(entries, staged) {
      entry.mark(sectionID: staged?.sectionID, version: staged?.version)
    }
    for index in order { finish(entries[index]) }
    clear()
  }

  private func commit(_ entry: SaveStateEntry) {
    switch entry.body {
    case .description(let described): described.commitLoad()
    case .handlers(let handlers): handlers.commitLoad()
    }
  }

  private func finish(_ entry: SaveStateEntry) {
    announce("after-load", entry)
    switch entry.body {
    case .description(let described): described.finishLoad()
    case .handlers(let handlers): handlers.finishLoad()
    }
  }

  /// Forgets everything; under the device lock.
  func abort() {
    for (entry, isTouched) in zip(entries, touched) where isTouched {
      switch entry.body {
      case .description(let described): described.abortLoad()
      case .handlers(let handlers): handlers.abortLoad()
      }
    }
    clear()
  }

  /// Tells all handlers that the attempt is over; under the device lock.
  func cleanUp() {
    for entry in entries { entry.handlers?.loadCleanup() }
  }

  private func clear() {
    // In place: who commits many times does not allocate each time.
    order.removeAll(keepingCapacity: true)
    for index in entries.indices {
      staged[index] = nil
      touched[index] = false
    }
  }
}
