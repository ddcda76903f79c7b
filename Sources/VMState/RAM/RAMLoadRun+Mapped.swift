extension RAMLoadRun {
  /// The most bytes that are read between two looks at the cancellation, and by a channel in one
  /// go: a huge page of most hosts, from its begin on.
  private static var pieceBytes: Int { 2 << 20 }

  /// Loads the pages of all blocks from their places in the file, over the channels if there are
  /// any. The reader stands behind them and stays there.
  ///
  /// - Throws: `unsupported` for a channel without positions, `badRAMRecord` for places that
  ///   do not fit, `endOfStream` beyond the end, the channel's error, `cancelled`.
  mutating func loadMapped(
    _ entries: [RAMSetupRecord.Entry], from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    guard let channel = reader.channel, channel.capabilities.contains(.positioned) else {
      throw VMStateError(
        .unsupported, "pages with fixed places need a channel with positions, such as a file",
        offset: reader.position)
    }
    for entry in entries {
      let item = blocks[try find(entry.name, entry.position)]
      do throws(VMStateError) {
        try loadMapped(entry, item, channel, context)
        // A list may name a block twice: the later pages count.
        try readers?.synchronise()
      } catch {
        throw error.path.isEmpty ? error.within(entry.idstr) : error
      }
    }
    residency?.forget()
    publish(context)
  }

  private mutating func loadMapped(
    _ entry: RAMSetupRecord.Entry, _ item: RAMLoadBlock, _ channel: any ByteChannel,
    _ context: LoadContext
  ) throws(VMStateError) {
    guard let block = try entry.place(pageSize) else { return }
    try block.check(end: channel.size)
    item.isTouched = item.isTouched || !item.isProtected
    let target = item.target
    let bitmap = try block.readBitmap(from: channel)
    let most = max(1, Self.pieceBytes >> pageSize.bits)
    var page = 0
    while let run = bitmap.nextRun(from: page, limit: 1) {
      clearMapped(target, page..<run.lowerBound)
      page = min((run.lowerBound / most + 1) * most, bitmap.pages)
      let piece = MappedRAMPiece(
        block: block, bitmap: bitmap, pages: run.lowerBound..<page, base: target.base)
      try loadPiece(piece, target, channel)
      publish(context)
      try context.batchDone(at: block.position(ofPage: page))
      // Who hears of the progress may have written.
      residency?.forget()
    }
    clearMapped(target, page..<bitmap.pages)
  }

  private mutating func loadPiece(
    _ piece: MappedRAMPiece, _ target: RAMLoadTarget, _ channel: any ByteChannel
  ) throws(VMStateError) {
    var page = piece.pages.lowerBound
    while let run = piece.nextRun(from: page) {
      clearMapped(target, page..<run.lowerBound)
      target.markStored(run.lowerBound, count: run.count)
      page = run.upperBound
    }
    clearMapped(target, page..<piece.pages.upperBound)
    if !target.isStaged {
      residency?.noteWrite(
        piece.base + piece.pages.lowerBound << pageSize.bits,
        count: piece.pages.count << pageSize.bits)
    }
    if let readers { return try readers.read(piece) }
    taken.mapped &+= try piece.read(from: channel)
  }

  /// Pages that the file does not hold are zero.
  private mutating func clearMapped(_ target: RAMLoadTarget, _ pages: Range<Int>) {
    guard !pages.isEmpty else { return }
    target.markZero(pages.lowerBound, count: pages.count)
    clear(
      target, UInt64(pages.lowerBound) << UInt64(pageSize.bits),
      count: pages.count << pageSize.bits)
  }
}

extension RAMSetupRecord.Entry {
  /// The places in the file, if the entry has them.
  ///
  /// - Throws: `badRAMRecord` for another page size than the machine's.
  fileprivate func place(_ pageSize: TargetPageSize) throws(VMStateError) -> MappedRAMBlock? {
    guard let block = try mappedBlock else { return nil }
    guard block.header.pageSize == pageSize else {
      throw VMStateError(
        .badRAMRecord, "the pages in the file have another size than the machine's",
        path: [idstr], offset: block.headerEnd - UInt64(MappedRAMHeader.length) + 4,
        expected: "\(pageSize.bytes) bytes", found: "\(block.header.pageSize.bytes)")
    }
    return block
  }
}
