extension RAMSaveRun {
  /// Pages sent since the numbers were published.
  struct SentPages {
    var normal = 0
    var zero = 0
    var bytes = 0
  }

  /// Host pages sent between two looks at clock and cancellation.
  static let batch = 64

  /// Sends dirty host pages.
  ///
  /// - Parameters:
  ///   - count: At most so many.
  ///   - isPaced: Stop where the rate limit is exceeded.
  /// - Returns: True when a full round found nothing more.
  mutating func send(
    _ count: Int, isPaced: Bool, to writer: inout StreamWriter
  ) -> Bool {
    for _ in 0..<count {
      if isPaced, writer.isRateExceeded { return false }
      guard search.findDirty() else { return true }
      sendHostPage(to: &writer)
    }
    return false
  }

  /// Sends the dirty target pages from the present position to the end of its host page.
  @inline(__always)
  private mutating func sendHostPage(to writer: inout StreamWriter) {
    let end = search.windowEnd
    repeat {
      if search.takeBit() {
        dirtyPages &-= 1
        sendPage(to: &writer)
      }
      search.advance(in: end)
    } while search.page < end
  }

  /// Sends the present page: its bit is clear already.
  @inline(__always)
  private mutating func sendPage(to writer: inout StreamWriter) {
    let pageSize = list.targetPageSize
    let page = search.page
    let start = UnsafeRawPointer(search.current.base + page << pageSize.bits)
    if isWatched { tell(.bitCleared, search.index, page) }
    let isZero = ZeroPage.isZeroPage(start, pageSize.bytes)
    if isWatched { tell(.zeroTested, search.index, page) }
    let offset = UInt64(page) << UInt64(pageSize.bits)
    if isZero {
      putHeader(offset | RAMRecordFlags.zero.rawValue, to: &writer)
      writer.put(0 as UInt8)
      sent.zero &+= 1
    } else {
      putHeader(offset | RAMRecordFlags.page.rawValue, to: &writer)
      writer.putSpan(start, count: pageSize.bytes)
      sent.normal &+= 1
    }
    if isWatched { tell(.queued, search.index, page) }
  }

  @inline(__always)
  private mutating func putHeader(_ word: UInt64, to writer: inout StreamWriter) {
    if search.index == lastSent {
      writer.put(word | RAMRecordFlags.continue.rawValue)
    } else {
      putName(word, to: &writer)
    }
  }

  @inline(never)
  private mutating func putName(_ word: UInt64, to writer: inout StreamWriter) {
    let name = items[search.index].block.name
    writer.put(word)
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
