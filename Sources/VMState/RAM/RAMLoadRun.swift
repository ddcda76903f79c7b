/// The state of one load of RAM from the first section to commit or abort.
struct RAMLoadRun {
  let list: RAMBlockList
  let options: RAMOptions
  let limits: Limits
  let progress: RAMProgress
  let blocks: [RAMLoadBlock]
  let pageSize: TargetPageSize
  /// What was never touched of the blocks that are loaded in place; nil if nobody knows.
  let residency: PageResidency?

  /// Block of the last page record: what `CONTINUE` means. Lives across sections; -1 at the
  /// beginning.
  var current = -1
  /// The same, for the page loop.
  var target: RAMLoadTarget?
  /// The channels that pages come on, if there are any.
  var multifd: MultifdReceiver?
  /// The stream has marks where the channels meet; known after the first section.
  var meetsAtMarks = false
  /// Not yet published.
  var taken = TakenPages()

  /// Pages taken since the numbers were published.
  struct TakenPages {
    var normal = 0
    var zero = 0
  }

  init(_ list: RAMBlockList, options: RAMOptions, limits: Limits, progress: RAMProgress) {
    self.list = list
    self.options = options
    self.limits = limits
    self.progress = progress
    pageSize = list.targetPageSize
    blocks = list.blocks.map { RAMLoadBlock($0, isIgnored: options.ignores($0)) }
    let asks = blocks.contains { $0.block.memory.isMapped && !$0.isProtected && !$0.isIgnored }
    residency = asks ? PageResidency() : nil
  }

  /// The block of a name.
  func index(of name: some Collection<UInt8>) -> Int? {
    blocks.firstIndex { $0.block.name.elementsEqual(name) }
  }

  /// Reads one section's payload.
  ///
  /// - Throws: `badRAMRecord`, `unknownRAMBlock`, `ramOffset`, `ramBlockSize`,
  ///   `configurationMismatch`, `limitExceeded`, `cancelled`, or the channel's error.
  mutating func loadSection(
    from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    defer { publish(context) }
    multifd?.note(main: reader.channel)
    do throws(VMStateError) {
      try loadRecords(from: &reader, context)
    } catch {
      // The main channel is shut down when another one fails: that one knows why.
      throw multifd?.error ?? error
    }
    multifd?.note(main: nil)
  }

  private mutating func loadRecords(
    from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    while true {
      try loadPages(from: &reader, context)
      let position = reader.position
      let word = RAMRecordWord(rawValue: try reader.get(), pageSize: pageSize)
      if try loadRecord(word, position, from: &reader) { return }
    }
  }

  /// Reads one record of any kind; true when it was the section's end.
  private mutating func loadRecord(
    _ word: RAMRecordWord, _ position: UInt64, from reader: inout StreamReader
  ) throws(VMStateError) -> Bool {
    switch word.kind {
    case .endOfSection:
      try endSection()
      return true
    case .multifdFlush: try meet(position)
    case .memSize: try loadSetup(word, from: &reader)
    case .page, .zero: try loadNamedPage(word, position, from: &reader)
    default: throw badFlags(word.flags, position)
    }
    return false
  }

  private func badFlags(_ flags: RAMRecordFlags, _ position: UInt64) -> VMStateError {
    let known: [RAMRecordFlags] = [.xbzrle, .hook, .compressPage]
    let isKnown = known.contains(flags.subtracting(.continue))
    return VMStateError(
      .badRAMRecord,
      isKnown
        ? "RAM records of the kind \(flags.subtracting(.continue)) are not supported yet"
        : "a RAM record has flags that cannot stand together",
      offset: position, expected: "one of ZERO, MEM_SIZE, PAGE, EOS", found: "\(flags)")
  }

  mutating func publish(_ context: LoadContext) {
    var pages = taken
    if let counts = multifd?.takeCounts() {
      pages.normal += counts.normal
      pages.zero += counts.zero
    }
    guard pages.normal | pages.zero != 0 else { return }
    context.progress.pages += UInt64(pages.normal + pages.zero)
    taken = TakenPages()
    let bytes = pages.zero * 9 + pages.normal * (8 + pageSize.bytes)
    progress.update { values in
      values.normalPages += UInt64(pages.normal)
      values.zeroPages += UInt64(pages.zero)
      values.recordBytes += UInt64(bytes)
    }
  }

  /// Puts everything into place. Cannot fail.
  func commit() {
    multifd?.end()
    for block in blocks { block.commit(list) }
  }

  /// Gives every block its earlier state back.
  func abort() {
    multifd?.end()
    for block in blocks { block.abort() }
  }
}
