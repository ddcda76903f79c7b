extension RAMSaveRun {
  /// Pages sent since the numbers were published.
  struct SentPages {
    var normal = 0
    var zero = 0
    var bytes = 0
  }

  /// Pages sent between two looks at clock and cancellation.
  static let batch = 64

  /// Sends dirty pages.
  ///
  /// - Parameters:
  ///   - count: At most so many, and what is left of a host page.
  ///   - isPaced: Stop where the rate limit is exceeded.
  /// - Returns: True when a full round found nothing more.
  mutating func send(
    _ count: Int, isPaced: Bool, to writer: inout StreamWriter
  ) -> Bool {
    var left = count
    while left > 0 {
      if isPaced, writer.isRateExceeded { return false }
      guard search.findDirty() else { return true }
      left -= sendHostPages(left, to: &writer)
    }
    return false
  }

  /// Sends dirty pages from the present one to the end of its host page; where host pages are
  /// not larger, those that follow each other, up to a limit.
  ///
  /// - Returns: How many.
  private mutating func sendHostPages(_ limit: Int, to writer: inout StreamWriter) -> Int {
    guard search.current.hostPage > 1 else { return sendRun(limit, to: &writer) }
    let end = search.windowEnd
    var count = 0
    while search.page < end {
      count += sendRun(end - search.page, to: &writer)
      search.skipClean(to: end)
    }
    return count
  }

  /// Sends dirty pages that follow each other, from the present one.
  ///
  /// Their bits are cleared first. Then all of them are probed in one go, so that the memory
  /// works on many pages at a time, and then the records are put.
  ///
  /// - Returns: How many.
  private mutating func sendRun(_ limit: Int, to writer: inout StreamWriter) -> Int {
    let first = search.page
    let count = search.current.takeRun(from: first, limit: isWatched ? 1 : limit)
    if isWatched { tell(.bitCleared) }
    let size = list.targetPageSize.bytes
    let start = UnsafeRawPointer(search.current.base) + first &* size
    let content = ZeroPage.probe(start, pageSize: size, count: count)
    var done = 0
    while done < count {
      let run = min((~(content &>> UInt64(done))).trailingZeroBitCount, count &- done)
      if run > 0 {
        putPages(first &+ done, run, to: &writer)
        done &+= run
      } else {
        putCandidate(first &+ done, to: &writer)
        done &+= 1
      }
    }
    if isWatched { tell(.queued) }
    search.move(to: first &+ count)
    dirtyPages &-= count
    return count
  }

  /// Puts a page that may be zero.
  @inline(__always)
  private mutating func putCandidate(_ page: Int, to writer: inout StreamWriter) {
    let size = list.targetPageSize.bytes
    let start = UnsafeRawPointer(search.current.base) + page &* size
    guard ZeroPage.scan(start, start + size) else { return putPages(page, 1, to: &writer) }
    if isWatched { tell(.zeroTested) }
    putHeader(page, .zero, to: &writer)
    writer.put(0 as UInt8)
    sent.zero &+= 1
  }

  /// Puts pages with content that follow each other.
  private mutating func putPages(_ page: Int, _ count: Int, to writer: inout StreamWriter) {
    if isWatched { tell(.zeroTested) }
    let size = list.targetPageSize.bytes
    let start = UnsafeRawPointer(search.current.base) + page &* size
    let isNamed = search.index != lastSent
    if isNamed {
      putHeader(page, .page, to: &writer)
      writer.putSpan(start, count: size)
    }
    let skip = isNamed ? 1 : 0
    writer.putPages(
      word(page &+ skip, [.page, .continue]), start + skip &* size, size: size,
      count: count &- skip)
    sent.normal &+= count
  }

  @inline(__always)
  private func word(_ page: Int, _ flags: RAMRecordFlags) -> UInt64 {
    UInt64(page) &<< UInt64(list.targetPageSize.bits) | flags.rawValue
  }

  /// Puts a record's word, and the block's name where it changes.
  @inline(__always)
  private mutating func putHeader(
    _ page: Int, _ kind: RAMRecordFlags, to writer: inout StreamWriter
  ) {
    if search.index == lastSent {
      writer.put(word(page, kind.union(.continue)))
    } else {
      writer.put(word(page, kind))
      putName(to: &writer)
    }
  }

  @inline(never)
  private mutating func putName(to writer: inout StreamWriter) {
    let name = items[search.index].block.name
    writer.put(UInt8(name.count))
    writer.put(bytes: name)
    sent.bytes += name.count + 1
    lastSent = search.index
  }

  /// Adds what was sent to the numbers that others see.
  mutating func publish(_ context: SaveContext) {
    let pages = sent
    let dirty = UInt64(dirtyPages)
    let bytes = pages.bytes + pages.zero * 9 + pages.normal * (8 + list.targetPageSize.bytes)
    sent = SentPages()
    context.progress.normalPages += UInt64(pages.normal)
    context.progress.zeroPages += UInt64(pages.zero)
    context.progress.dirtyPagesLeft = dirty
    progress.update { values in
      values.normalPages += UInt64(pages.normal)
      values.zeroPages += UInt64(pages.zero)
      values.recordBytes += UInt64(bytes)
      values.dirtyPages = dirty
    }
  }
}
