extension RAMLoadRun {
  /// Records between two reports of progress and looks at the cancellation.
  private static let batch = 1024
  /// Pages between two turns of others.
  private static let pause = 32768

  /// Reads page records that continue the present block, as many as come; stops before
  /// anything else.
  mutating func loadPages(
    from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    repeat {
      publish(context)
      try context.batchDone(at: reader.position)
      giveWay(context)
      // Others may have written: hooks between the sections, and who hears of the progress.
      residency?.forget()
      guard let target else { return }
      do throws(VMStateError) {
        guard try loadBatch(target, from: &reader) else { return }
      } catch {
        throw error.within(blocks[current].block.idstr)
      }
    } while true
  }

  /// Gives others their turn at a section's begin and after so many pages.
  ///
  /// QEMU: `ram_load_precopy`, migration/ram.c.
  private mutating func giveWay(_ context: LoadContext) {
    guard records >= nextPause else { return }
    nextPause = records + Self.pause
    context.giveWay?()
  }

  /// Reads up to a batch of records; false when the next one is of another kind.
  private mutating func loadBatch(
    _ target: RAMLoadTarget, from reader: inout StreamReader
  ) throws(VMStateError) -> Bool {
    let mask = pageSize.mask
    var left = Self.batch
    while left > 0 {
      let word = UInt64(bigEndian: try reader.need(8).loadUnaligned(as: UInt64.self))
      let offset = word & ~mask
      guard offset < target.usedLength else { return false }
      switch word & mask {
      case Self.nextPage:
        reader.advance(8)
        try loadPage(target, offset, from: &reader)
        left &-= 1
      case Self.nextZero:
        let count = try loadZeroRun(target, word, limit: left, from: &reader)
        left &-= count
        if count > 0 { continue }
        reader.advance(8)
        try loadZero(target, offset, from: &reader)
        left &-= 1
      case Self.nextDelta:
        reader.advance(8)
        try loadDelta(target, offset, from: &reader)
        left &-= 1
      case Self.nextCompressed where options.compress:
        reader.advance(8)
        try loadCompressed(target, offset, from: &reader)
        left &-= 1
      default: return false
      }
    }
    return true
  }

  private static var nextPage: UInt64 {
    RAMRecordFlags.page.rawValue | RAMRecordFlags.continue.rawValue
  }
  private static var nextZero: UInt64 {
    RAMRecordFlags.zero.rawValue | RAMRecordFlags.continue.rawValue
  }

  /// Reads a page's bytes into place.
  @inline(__always)
  private mutating func loadPage(
    _ target: RAMLoadTarget, _ offset: UInt64, from reader: inout StreamReader
  ) throws(VMStateError) {
    // Noted first: a page that is cut short has been written to as well.
    target.markStored(pageSize.pages(in: offset))
    taken.normal &+= 1
    let place = target.base + Int(offset)
    try inflation?.settle(place, count: pageSize.bytes)
    if !target.isStaged { residency?.noteWrite(place, count: pageSize.bytes) }
    try reader.read(into: place, count: pageSize.bytes)
  }

  /// Reads what follows a zero record's header.
  private mutating func loadZero(
    _ target: RAMLoadTarget, _ offset: UInt64, from reader: inout StreamReader
  ) throws(VMStateError) {
    let byte = try reader.need(1).load(as: UInt8.self)
    guard byte == 0 || profile.zeroRecordsFill else { throw badZero(byte, reader.position) }
    reader.advance(1)
    guard byte == 0 else { return try fill(target, offset, with: byte) }
    try inflation?.settle(target.base + Int(offset), count: pageSize.bytes)
    target.markZero(pageSize.pages(in: offset), count: 1)
    taken.zero &+= 1
    clear(target, offset, count: pageSize.bytes)
  }

  /// Fills a page with one byte, as 4.x does for a zero record that has another one.
  private mutating func fill(
    _ target: RAMLoadTarget, _ offset: UInt64, with byte: UInt8
  ) throws(VMStateError) {
    let place = target.base + Int(offset)
    try inflation?.settle(place, count: pageSize.bytes)
    target.markStored(pageSize.pages(in: offset))
    taken.zero &+= 1
    if !target.isStaged { residency?.noteWrite(place, count: pageSize.bytes) }
    place.initializeMemory(as: UInt8.self, repeating: byte, count: pageSize.bytes)
  }

  private func badZero(_ byte: UInt8, _ position: UInt64) -> VMStateError {
    VMStateError(
      .badRAMRecord, "the byte after a ZERO record is not 0", offset: position, expected: "0",
      found: "\(byte)")
  }

  /// Reads a page record of any block, with all checks.
  mutating func loadNamedPage(
    _ word: RAMRecordWord, _ position: UInt64, from reader: inout StreamReader
  ) throws(VMStateError) {
    let header = try RAMPageHeader(after: word, from: &reader)
    if let name = header.name { try select(name, position + 8) }
    guard let target else {
      throw VMStateError(
        .badRAMRecord, "a RAM record continues a block, but there is none before it",
        offset: position, expected: "a block's name", found: "CONTINUE")
    }
    do throws(VMStateError) {
      try checkOffset(word.offset, position)
      switch word.kind {
      case .page: try loadPage(target, word.offset, from: &reader)
      case .xbzrle: try loadDelta(target, word.offset, from: &reader)
      case .compressPage: try loadCompressed(target, word.offset, from: &reader)
      default: try loadZero(target, word.offset, from: &reader)
      }
    } catch {
      throw error.within(blocks[current].block.idstr)
    }
  }

  private func checkOffset(_ offset: UInt64, _ position: UInt64) throws(VMStateError) {
    let length = blocks[current].usedLength
    guard offset < length else {
      throw VMStateError(
        .ramOffset, "the offset of a page lies outside its RAM block", offset: position,
        expected: "less than \(length)", found: "\(offset)")
    }
  }

  /// Makes the block of a name the present one.
  private mutating func select(_ name: [UInt8], _ position: UInt64) throws(VMStateError) {
    let found = try find(name, position)
    let block = blocks[found]
    guard !block.isIgnored else {
      throw VMStateError(
        .unknownRAMBlock, "a page belongs to a RAM block that takes no part in the load",
        path: [block.block.idstr], offset: position)
    }
    // A block that the list did not name (added at the source meanwhile) counts as well.
    if block.isProtected, block.stage == nil {
      block.isListed = true
      try reserveStages(position)
    }
    block.isTouched = block.isTouched || !block.isProtected
    current = found
    target = sharedTarget(of: block)
  }

  /// The index of a named block.
  func find(_ name: [UInt8], _ position: UInt64) throws(VMStateError) -> Int {
    guard let index = index(of: name) else {
      let idstr = String(decoding: name, as: UTF8.self)
      throw VMStateError(
        .unknownRAMBlock, "the machine has no RAM block of this name", path: [idstr],
        offset: position)
    }
    return index
  }
}
