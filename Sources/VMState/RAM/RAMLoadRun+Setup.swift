extension RAMLoadRun {
  /// Reads the block list: every block must be known and take the stream's length. Then the
  /// second copies are made, so that nothing of it can fail later.
  mutating func loadSetup(
    _ word: RAMRecordWord, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    let position = reader.position
    let record = try RAMSetupRecord(
      after: word, from: &reader, maximumEntries: limits.elements,
      members: { (entry) throws(VMStateError) in try members(of: entry) },
      accept: { (entry) throws(VMStateError) in try accept(entry) })
    try reserveStages(position)
    do {
      try hooks?.loadBlocks(blocks.filter { $0.isListed && !$0.isIgnored }.map(\.block))
    } catch {
      throw .fromHook(error, "loadBlocks")
    }
    let total = blocks.reduce(0) { $0 + ($1.isListed && !$1.isIgnored ? $1.usedLength : 0) }
    progress.update { $0.totalBytes = total }
    openMultifd()
    if options.mapped { try loadMapped(record.entries, from: &reader, context) }
    if current >= 0 { target = sharedTarget(of: blocks[current]) }
  }

  private func members(
    of entry: RAMSetupRecord.Entry
  ) throws(VMStateError) -> RAMSetupRecord.OptionalMembers {
    let block = blocks[try find(entry.name, entry.position)].block
    guard block.attributes.contains(.migratable) else {
      throw VMStateError(
        .unknownRAMBlock, "the RAM block is not migratable", path: [block.idstr],
        offset: entry.position)
    }
    return options.members(of: block)
  }

  private func accept(_ entry: RAMSetupRecord.Entry) throws(VMStateError) {
    let item = blocks[try find(entry.name, entry.position)]
    do throws(VMStateError) {
      try item.setLength(entry.length)
    } catch {
      throw error.at(entry.position)
    }
    try checkEqual("page size", entry.pageSize, item.block.pageSize, entry)
    if item.isIgnored {
      try checkEqual("region offset", entry.regionOffset, item.block.regionOffset, entry)
    }
    item.isListed = true
  }

  private func checkEqual(
    _ what: String, _ found: UInt64?, _ expected: UInt64, _ entry: RAMSetupRecord.Entry
  ) throws(VMStateError) {
    guard let found, found != expected else { return }
    throw VMStateError(
      .configurationMismatch, "the \(what) of the RAM block differs", path: [entry.idstr],
      offset: entry.position, expected: "\(expected)", found: "\(found)")
  }

  /// Checks the worst need of all second copies against the limit, then maps them.
  ///
  /// - Throws: `limitExceeded`.
  func reserveStages(_ position: UInt64) throws(VMStateError) {
    var need: UInt64 = 0
    for block in blocks where block.isListed {
      let (sum, overflow) = need.addingReportingOverflow(block.stagedBytes)
      need = overflow ? .max : sum
    }
    guard need <= limits.stagedMemoryBytes else {
      throw VMStateError(
        .limitExceeded, "the second copies of protected RAM blocks would exceed the limit",
        offset: position, expected: "at most \(limits.stagedMemoryBytes) bytes",
        found: "\(need) bytes")
    }
    for block in blocks where block.isListed { try block.makeStage() }
  }
}
