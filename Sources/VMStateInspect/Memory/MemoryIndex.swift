import VMState

/// Where the last version of each guest page is: memory as it is after the last byte of a
/// stream, page by page, without holding it.
///
/// It takes 8 bytes for a page that was sent. Pages are read from the stream's file; those that
/// stand nowhere as they are (XBZRLE deltas applied, compressed multifd packets, everything of
/// a stream without positions) from a temporary file.
public final class MemoryIndex {
  /// The blocks in the order of the block list.
  public private(set) var blocks: [MemoryBlock] = []
  /// The machine type of the configuration section.
  public private(set) var machineType: String?
  let source: MemorySource
  let spool: PageSpool
  private let budget: PageTableBudget
  private(set) var tables: [PageTable] = []
  private var buffer: [UInt8] = []

  /// An index of nothing yet.
  init(_ source: MemorySource, _ options: MemoryOptions) {
    self.source = source
    spool = PageSpool(folder: options.temporaryFolder)
    budget = PageTableBudget(bytes: options.tableBytes)
  }

  /// Where a page's last version is; an absent one for a page that the block does not have.
  public func entry(block: Int, page: Int) -> PageEntry {
    guard tables.indices.contains(block) else { return PageEntry(.absent) }
    return PageEntry(rawValue: tables[block][page])
  }

  /// The block with a name; the first one if the stream has several.
  public func block(named name: String) -> Int? {
    blocks.firstIndex { $0.name.elementsEqual(name.utf8) }
  }
}

extension MemoryIndex: PageTarget {
  func setMachine(_ type: String) { machineType = type }

  func setBlocks(_ new: [MemoryBlock]) throws(VMStateError) {
    // The next block of a mapped-ram file, or the same list again, keeps what is known.
    let kept = zip(blocks, new).prefix { $0 == $1 }.count
    tables.removeLast(tables.count - kept)
    for block in new[kept...] {
      let directory = block.pages.multipliedReportingOverflow(by: 1).partialValue >> 9
      try budget.take(directory * 8)
      tables.append(PageTable(count: block.pages, budget: budget))
    }
    blocks = new
  }

  @inline(__always)
  private func set(_ block: Int, _ page: Int, _ entry: PageEntry) throws(VMStateError) {
    guard page < tables[block].count else { return }
    try tables[block].set(page, entry.rawValue)
  }

  @inline(__always)
  func setZero(_ block: Int, _ page: Int) throws(VMStateError) {
    try set(block, page, PageEntry(.zero))
  }

  @inline(__always)
  func setPages(_ block: Int, _ page: Int, _ content: PlacedBytes) throws(VMStateError) {
    let size = blocks[block].pageSize
    var done = 0
    var page = page
    while done < content.bytes.count {
      let end = min(done + size, content.bytes.count)
      if let position = try place(content) {
        let kind: PageEntry.Kind = content.isMapped ? .mapped : .page
        try set(
          block, page,
          PageEntry(kind, source: content.source, position: position + UInt64(done)))
      } else {
        try spool(
          block, page, UnsafeRawBufferPointer(rebasing: content.bytes[done..<end]), .spooled)
      }
      done = end
      page += 1
    }
  }

  /// The position, if the page can be read there again.
  @inline(__always)
  private func place(_ content: PlacedBytes) throws(VMStateError) -> UInt64? {
    guard let position = content.position else { return nil }
    let channel = content.source == 0 ? source.main : source.channels[content.source - 1]
    guard channel.capabilities.contains(.positioned) else { return nil }
    guard position < PageEntry.positionLimit - UInt64(content.bytes.count) else {
      throw VMStateError(.limitExceeded, "a page too far behind the start", offset: position)
    }
    return position
  }

  private func spool(
    _ block: Int, _ page: Int, _ bytes: UnsafeRawBufferPointer, _ kind: PageEntry.Kind
  ) throws(VMStateError) {
    let old = entry(block: block, page: page)
    if old.kind == .patched || old.kind == .spooled {
      try spool.put(bytes, at: old.position)
      try set(block, page, PageEntry(kind, position: old.position))
    } else {
      try set(block, page, PageEntry(kind, position: try spool.append(bytes)))
    }
  }

  func setCompressed(_ block: Int, _ page: Int, _ content: PlacedBytes) throws(VMStateError) {
    if let position = try place(content) {
      return try set(block, page, PageEntry(.compressed, position: position))
    }
    try withBuffer(blocks[block].size(ofPage: page)) { bytes throws(VMStateError) in
      try inflate(content.bytes, into: bytes)
      try spool(block, page, UnsafeRawBufferPointer(bytes), .spooled)
    }
  }

  func change(
    _ block: Int, _ page: Int,
    _ body: (UnsafeMutableRawBufferPointer) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    try withBuffer(blocks[block].size(ofPage: page)) { bytes throws(VMStateError) in
      try read(block: block, page: page, into: bytes)
      try body(bytes)
      try spool(block, page, UnsafeRawBufferPointer(bytes), .patched)
    }
  }

  func discard(_ block: Int, _ pages: Range<Int>) throws(VMStateError) {
    tables[block].clear(pages)
  }

  private func withBuffer(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    var bytes = buffer
    buffer = []
    if bytes.count != count { bytes = [UInt8](repeating: 0, count: count) }
    var failure: VMStateError?
    bytes.withUnsafeMutableBytes { raw in
      do throws(VMStateError) { try body(raw) } catch { failure = error }
    }
    buffer = bytes
    if let failure { throw failure }
  }
}
