import VMState

extension PieceWalker {
  /// Walks the block list of a mapped-ram file: each entry with its header, its bitmap and
  /// its pages at their places in the file, behind which the stream goes on.
  mutating func walkMappedSetup(
    _ word: RAMRecordWord, _ offset: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    guard isPositioned else {
      throw VMStateError(
        .unsupported, "a mapped-ram file can only be read where positions are to be had",
        offset: offset)
    }
    try emit(.ram(.mappedSetup(word)), offset, reader.position)
    var entries: [RAMSetupRecord.Entry] = []
    var remaining = word.offset
    while remaining > 0 {
      guard entries.count < options.limits.elements else {
        throw VMStateError(.limitExceeded, "more RAM blocks than the limit", offset: offset)
      }
      let block = try mappedBlock(entries.count, remaining, &reader)
      remaining -= block.entry.length
      entries.append(block.entry)
    }
    ram.setBlocks(entries)
  }

  private mutating func mappedBlock(
    _ index: Int, _ remaining: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) -> MappedBlock {
    let first = reader.position
    var entry = RAMSetupRecord.Entry(
      name: try reader.getCountedBytes(), length: try reader.get(UInt64.self))
    entry.position = first
    if optionalMembers.contains(.regionOffset) { entry.regionOffset = try reader.get() }
    guard entry.length > 0, entry.length <= remaining else {
      throw VMStateError(
        .badRAMRecord, "the lengths of the RAM blocks do not add up to the total",
        offset: first, expected: "1 to \(remaining) bytes", found: "\(entry.length)"
      ).within(entry.idstr)
    }
    var block = MappedBlock(
      index: index, entry: entry, version: try reader.get(), pageSize: try reader.get(),
      bitmapOffset: try reader.get(), pagesOffset: try reader.get(), bitmap: [])
    let header = reader.position
    do throws(VMStateError) {
      try check(block, at: header)
      block.bitmap = try readBitmap(block, at: header)
    } catch {
      throw error.within(entry.idstr)
    }
    try emit(.ram(.mappedBlock(block)), first, header)
    ram.good = header
    try walkMappedPages(block)
    try reader.seek(to: block.pagesOffset + entry.length)
    ram.good = reader.position
    return block
  }

  private func check(_ block: MappedBlock, at offset: UInt64) throws(VMStateError) {
    guard block.version == 1 else {
      throw VMStateError(
        .unsupported, "a mapped-ram header of an unknown version", offset: offset - 28,
        expected: "1", found: "\(block.version)")
    }
    guard block.pageSize >= 512, block.pageSize <= 1 << 31,
      block.pageSize & (block.pageSize - 1) == 0
    else {
      throw VMStateError(
        .badRAMRecord, "a page size that cannot be", offset: offset - 24,
        expected: "a power of two", found: "\(block.pageSize)")
    }
    let size = channel.size ?? .max
    let (end, overflow) = block.pagesOffset.addingReportingOverflow(block.entry.length)
    guard !overflow, block.bitmapOffset >= offset, block.bitmapOffset <= size,
      block.pagesOffset >= block.bitmapOffset, end < size || channel.size == nil
    else {
      throw VMStateError(
        .badRAMRecord, "pages that do not lie in the file", offset: offset - 8,
        expected: "between \(block.bitmapOffset) and \(size)", found: "\(block.pagesOffset)")
    }
  }

  private func readBitmap(_ block: MappedBlock, at offset: UInt64) throws(VMStateError) -> [UInt8] {
    let pages = (block.entry.length + block.pageSize - 1) / block.pageSize
    let count = (pages + 63) / 64 * 8
    guard count <= UInt64(options.limits.fieldBytes),
      block.bitmapOffset + count <= block.pagesOffset
    else {
      throw VMStateError(
        .badRAMRecord, "a bitmap that does not fit before the pages", offset: offset - 16,
        expected: "\(count) bytes before \(block.pagesOffset)", found: "\(block.bitmapOffset)")
    }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    guard try channel.readFully(into: &bytes, at: block.bitmapOffset) == bytes.count else {
      throw VMStateError(
        .endOfStream, "the file ends inside a bitmap", offset: block.bitmapOffset,
        expected: "\(count) bytes", found: "end of data")
    }
    return bytes
  }

  /// Pages whose bits are set, in runs of at most 1 MiB; other content as unclaimed bytes.
  private mutating func walkMappedPages(_ block: MappedBlock) throws(VMStateError) {
    let bitmapEnd = block.bitmapOffset + UInt64(block.bitmap.count)
    try walkGap(from: bitmapEnd, to: block.pagesOffset)
    let size = block.pageSize
    let pages = (block.entry.length + size - 1) / size
    var page: UInt64 = 0
    while page < pages {
      let isPresent = block.contains(page)
      var end = page + 1
      while end < pages, block.contains(end) == isPresent,
        !isPresent || (end - page) * size < 1 << 20
      { end += 1 }
      let range = page * size..<min(end * size, block.entry.length)
      if isPresent {
        try walkPages(block, range)
      } else {
        try walkGap(
          from: block.pagesOffset + range.lowerBound, to: block.pagesOffset + range.upperBound)
      }
      page = end
    }
  }

  private mutating func walkPages(
    _ block: MappedBlock, _ range: Range<UInt64>
  ) throws(VMStateError) {
    let position = block.pagesOffset + range.lowerBound
    var bytes = [UInt8](repeating: 0, count: range.count)
    guard try channel.readFully(into: &bytes, at: position) == bytes.count else {
      throw VMStateError(
        .endOfStream, "the file ends inside a page", offset: position,
        expected: "\(bytes.count) bytes", found: "end of data"
      ).within(block.entry.idstr)
    }
    try bytes.visit { raw throws(VMStateError) in
      try emit(
        .ram(
          .mappedPages(
            MappedPages(
              block: block.index, offset: range.lowerBound, position: position, bytes: raw))),
        position, position + UInt64(raw.count))
    }
  }

  /// What no page and no bitmap claims: nothing if it is zeros. Holes are passed over.
  private mutating func walkGap(
    from first: UInt64, to end: UInt64
  ) throws(VMStateError) {
    var position = first
    while position < end {
      position = min(end, try channel.dataPosition(from: position) ?? end)
      guard position < end else { return }
      var bytes = [UInt8](repeating: 0, count: Int(min(end - position, 1 << 16)))
      let count = try channel.readFully(into: &bytes, at: position)
      guard count > 0 else { return }
      bytes.removeLast(bytes.count - count)
      if bytes.contains(where: { $0 != 0 }) {
        try bytes.visit { raw throws(VMStateError) in
          try emit(.bytes(raw, .unclaimed), position, position + UInt64(raw.count))
        }
      }
      position += UInt64(count)
    }
  }
}

extension MappedBlock {
  /// True if a page's bit is set.
  func contains(_ page: UInt64) -> Bool {
    bitmap[Int(page >> 3)] >> (page & 7) & 1 != 0
  }
}
