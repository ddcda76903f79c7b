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
      let page = first &+ done
      // Alternately pages with content, and pages that may be zero.
      let left = count &- done
      let filled = min((~(content &>> UInt64(done))).trailingZeroBitCount, left)
      if filled > 0 { putPages(page, filled, to: &writer) }
      let maybe = min((content &>> UInt64(done &+ filled)).trailingZeroBitCount, left &- filled)
      if maybe > 0 { putMaybeZero(page &+ filled, maybe, to: &writer) }
      done &+= filled &+ maybe
    }
    if isWatched { tell(.queued) }
    search.move(to: first &+ count)
    dirtyPages &-= count
    return count
  }

  /// Puts pages that follow each other and may be zero.
  private mutating func putMaybeZero(_ page: Int, _ count: Int, to writer: inout StreamWriter) {
    var page = page
    let end = page &+ count
    while page < end {
      page &+= putZeros(page, end &- page, to: &writer)
      guard page < end else { return }
      putPages(page, 1, to: &writer)
      page &+= 1
    }
  }

  /// Puts records of zero pages up to the first page that is not zero.
  ///
  /// - Parameter count: At most 64.
  /// - Returns: How many.
  private mutating func putZeros(_ page: Int, _ count: Int, to writer: inout StreamWriter) -> Int {
    let size = list.targetPageSize.bytes
    let start = UnsafeRawPointer(search.current.base) + page &* size
    let word = word(page, [.zero, .continue])
    var zeros = 0
    if search.index != lastSent {
      guard ZeroPage.scan(start, start + size) else { return 0 }
      if isWatched { tell(.zeroTested) }
      putNamed(page, .zero, to: &writer)
      writer.put(0 as UInt8)
      zeros = 1
    }
    var cursor = writer.reserve(9 &* count)
    while zeros < count {
      let bytes = start + zeros &* size
      guard ZeroPage.scan(bytes, bytes + size) else { break }
      if isWatched { tell(.zeroTested) }
      cursor.storeBytes(of: (word &+ UInt64(zeros &* size)).bigEndian, as: UInt64.self)
      cursor.storeBytes(of: 0, toByteOffset: 8, as: UInt8.self)
      cursor += 9
      zeros &+= 1
    }
    writer.advance(to: cursor)
    sent.zero &+= zeros
    return zeros
  }

  /// Puts pages with content that follow each other.
  private mutating func putPages(_ page: Int, _ count: Int, to writer: inout StreamWriter) {
    if isWatched { tell(.zeroTested) }
    let size = list.targetPageSize.bytes
    let start = UnsafeRawPointer(search.current.base) + page &* size
    var skip = 0
    if search.index != lastSent {
      putNamed(page, .page, to: &writer)
      writer.putSpan(start, count: size)
      skip = 1
    }
    writer.putPages(
      word(page &+ skip, [.page, .continue]), start + skip &* size, size: size,
      count: count &- skip)
    sent.normal &+= count
  }

  @inline(__always)
  private func word(_ page: Int, _ flags: RAMRecordFlags) -> UInt64 {
    UInt64(page) &<< UInt64(list.targetPageSize.bits) | flags.rawValue
  }

  /// Puts a record's word and the block's name.
  @inline(never)
  private mutating func putNamed(
    _ page: Int, _ kind: RAMRecordFlags, to writer: inout StreamWriter
  ) {
    let name = items[search.index].block.name
    writer.put(word(page, kind))
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
