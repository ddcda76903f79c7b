extension RAMSaveRun {
  /// Pages sent since the numbers were published.
  struct SentPages {
    var normal = 0
    var zero = 0
    /// As deltas, or compressed.
    var coded = 0
    /// Beyond eight and a page for each normal one and nine for each of zeros.
    var bytes = 0
    /// What was sent otherwise: ends of PART sections, bitmaps.
    var otherBytes = 0
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
      if snapshot != nil { followWriters() }
      let isClean = !search.findDirty()
      if multifd != nil, search.wraps != metAtWrap { beginRound(&writer) }
      if isClean { return true }
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
  /// Their bits are cleared first. Then all of them are looked at in one go, and the records of
  /// all are put.
  ///
  /// - Returns: How many.
  private mutating func sendRun(_ limit: Int, to writer: inout StreamWriter) -> Int {
    if clearsByChunks { clearLogAtSearch(&writer) }
    let first = search.page
    let count = search.current.takeRun(from: first, limit: isWatched ? 1 : limit)
    if isWatched { tell(.bitCleared) }
    let size = list.targetPageSize.bytes
    if services.hooks != nil, offer(first..<first &+ count, &writer) {
      search.move(to: first &+ count)
      dirtyPages &-= count
      return count
    }
    if let multifd, !multifd.findsZeroPages {
      queue(first, count: count, on: multifd, &writer)
      return count
    }
    var start = UnsafeRawPointer(search.current.base) + first &* size
    let content: UInt64
    if snapshot != nil, let kept = keptPages(first, count: count, &writer) {
      (start, content) = kept
    } else {
      content = ZeroPage.content(start, pageSize: size, count: count)
    }
    if isWatched { tell(.zeroTested) }
    if isSpecial, multifd == nil {
      putSpecial(first, count: count, content: content, to: &writer)
      search.move(to: first &+ count)
      dirtyPages &-= count
      return count
    }
    sent.normal &+= content.nonzeroBitCount
    sent.zero &+= count &- content.nonzeroBitCount
    if let multifd {
      sendSorted(first, count: count, content: content, on: multifd, &writer)
      return count
    }
    var named = 0
    if search.index != lastSent {
      putNamed(first, start, isZero: content & 1 == 0, to: &writer)
      named = 1
    }
    writer.putRecords(
      StreamWriter.PageRecords(
        word: word(first &+ named, .continue), pages: start + named &* size, size: size,
        count: count &- named, content: content &>> UInt64(named)))
    if isWatched { tell(.queued) }
    search.move(to: first &+ count)
    dirtyPages &-= count
    return count
  }

  /// Pages go another way than as plain records.
  @inline(__always)
  var isSpecial: Bool { coders != nil || options.mapped }

  @inline(never)
  private mutating func putSpecial(
    _ first: Int, count: Int, content: UInt64, to writer: inout StreamWriter
  ) {
    if let places {
      storeMapped(places, first, count: count, content: content, to: &writer)
    } else if let coders {
      putCoded(coders, first, count: count, content: content, to: &writer)
    }
    if isWatched { tell(.queued) }
  }

  @inline(__always)
  func word(_ page: Int, _ flags: RAMRecordFlags) -> UInt64 {
    UInt64(page) &<< UInt64(list.targetPageSize.bits) | flags.rawValue
  }

  /// Puts a record that names its block.
  @inline(never)
  mutating func putNamed(
    _ page: Int, _ bytes: UnsafeRawPointer, isZero: Bool, to writer: inout StreamWriter
  ) {
    let name = items[search.index].block.name
    writer.put(word(page, isZero ? .zero : .page))
    writer.put(UInt8(name.count))
    writer.put(bytes: name)
    if isZero {
      writer.put(0 as UInt8)
    } else {
      writer.putSpan(bytes, count: list.targetPageSize.bytes)
    }
    sent.bytes += name.count + 1
    lastSent = search.index
  }
}
