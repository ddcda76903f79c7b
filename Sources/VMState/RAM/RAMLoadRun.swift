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
  /// The descriptors that pages with fixed places are read over, if there are more than one.
  var readers: MappedRAMReaders?
  /// The stream has marks where the channels meet; known after the first section.
  var meetsAtMarks = false
  /// Not yet published.
  var taken = TakenPages()
  /// A transport that moves pages by itself.
  var hooks: (any RAMControlHooks)?
  /// Page records of the present section.
  var records = 0
  /// When others get their turn.
  var nextPause = 0
  /// Made when the first compressed page comes: one of the two.
  var inflater: PageInflater?
  var inflation: PageInflation?
  /// What zero records and hooks look like.
  var profile = StreamProfile.qemu10_0
  /// Threads that decode compressed pages.
  var decompressThreads = 1

  /// Pages taken since the numbers were published.
  struct TakenPages {
    var normal = 0
    var zero = 0
    var deltas = 0
    var deltaBytes = 0
    var compressed = 0
    var compressedBytes = 0
    /// From their places in a file.
    var mapped = 0

    var sum: Int { normal + zero + deltas + compressed + mapped }
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
    (records, nextPause) = (0, 0)
    multifd?.note(main: reader.channel)
    do throws(VMStateError) {
      try loadRecords(from: &reader, context)
      try inflation?.finish()
    } catch {
      // What threads found stands before this error.
      try inflation?.finish()
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
      if try loadRecord(word, position, from: &reader, context) { return }
    }
  }

  /// Reads one record of any kind; true when it was the section's end.
  private mutating func loadRecord(
    _ word: RAMRecordWord, _ position: UInt64, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) -> Bool {
    switch word.kind {
    case .endOfSection:
      try endSection()
      return true
    case .multifdFlush where !options.mapped: try meet(position)
    case .memSize: try loadSetup(word, from: &reader, context)
    case .page, .zero, .xbzrle, .compressPage:
      guard accepts(word.kind) else { throw badFlags(word.flags, position) }
      try loadNamedPage(word, position, from: &reader)
    case .hook where takesHooks: try loadHook(word, from: &reader)
    case let flags where takesHooks && context.profile.acceptsAnyHook && flags.contains(.hook):
      try loadHook(word, from: &reader)
    default: throw badFlags(word.flags, position)
    }
    return false
  }

  private var takesHooks: Bool { hooks != nil && !options.mapped }

  /// Hands a record to the transport.
  private func loadHook(
    _ word: RAMRecordWord, from reader: inout StreamReader
  ) throws(VMStateError) {
    do {
      try hooks?.load(word.offset, from: &reader)
    } catch {
      throw .fromHook(error, "load")
    }
  }

  /// What the capabilities leave of the page records.
  private func accepts(_ kind: RAMRecordFlags) -> Bool {
    !options.mapped && (kind != .compressPage || options.compress)
  }

  private func badFlags(_ flags: RAMRecordFlags, _ position: UInt64) -> VMStateError {
    let known: [RAMRecordFlags] = [
      .page, .zero, .xbzrle, .hook, .compressPage, .multifdFlush,
    ]
    let isHook = profile.hooksMatchLoosely && flags.contains(.hook)
    let isKnown = isHook || known.contains(flags.subtracting(.continue))
    return VMStateError(
      .badRAMRecord,
      isKnown
        ? "RAM records of this kind cannot stand in a stream with these capabilities"
        : "a RAM record has flags that cannot stand together",
      offset: position,
      expected: options.mapped
        ? "one of MEM_SIZE, EOS"
        : "one of ZERO, MEM_SIZE, PAGE, EOS, XBZRLE" + (options.compress ? ", COMPRESS_PAGE" : ""),
      found: "\(flags)")
  }

  mutating func publish(_ context: LoadContext) {
    var pages = taken
    records &+= taken.sum
    if let counts = multifd?.takeCounts() {
      pages.normal += counts.normal
      pages.zero += counts.zero
    }
    pages.mapped += readers?.takeCount() ?? 0
    guard pages.sum != 0 else { return }
    context.progress.pages += UInt64(pages.sum)
    taken = TakenPages()
    let bytes =
      pages.zero * 9 + pages.normal * (8 + pageSize.bytes) + pages.deltas * 11
      + pages.deltaBytes + pages.compressed * 12 + pages.compressedBytes
    progress.update { values in
      values.xbzrle.pages += UInt64(pages.deltas)
      values.xbzrle.bytes += UInt64(pages.deltaBytes)
      values.compression.pages += UInt64(pages.compressed)
      values.compression.compressedBytes += UInt64(pages.compressedBytes)
      values.normalPages += UInt64(pages.normal + pages.mapped)
      values.zeroPages += UInt64(pages.zero)
      values.recordBytes += UInt64(bytes)
    }
  }

  /// Puts everything into place. Cannot fail.
  ///
  /// - Returns: What the system said against writing non-volatile blocks back.
  func commit() -> [VMStateError] {
    multifd?.end()
    readers?.end()
    inflation?.end()
    for block in blocks { block.commit(list) }
    list.noteLoad()
    return blocks.compactMap { $0.isIgnored ? nil : $0.block.writeBack() }
  }

  /// Gives every block its earlier state back.
  func abort() {
    multifd?.end()
    readers?.end()
    inflation?.end()
    for block in blocks { block.abort() }
    list.noteLoad()
  }
}
