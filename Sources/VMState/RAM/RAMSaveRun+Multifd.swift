extension RAMSaveRun {
  /// Hands pages that follow each other to the channels.
  mutating func queue(
    _ page: Int, count: Int, on multifd: MultifdSender, _ writer: inout StreamWriter
  ) {
    take(page, count: count, content: .max, on: multifd, &writer)
    search.move(to: page &+ count)
    dirtyPages &-= count
  }

  /// Hands the pages with content to the channels, and writes a record for each of the others.
  mutating func sendSorted(
    _ page: Int, count: Int, content: UInt64, on multifd: MultifdSender,
    _ writer: inout StreamWriter
  ) {
    // The channels count what they send.
    sent.normal &-= content.nonzeroBitCount
    take(page, count: count, content: content, on: multifd, &writer)
    if let places {
      // They have no records.
      sent.bytes &-= 9 &* (count &- content.nonzeroBitCount)
      noteMappedZeros(places, page, count: count, content: content)
    } else {
      putZeros(page, count: count, content: content, to: &writer)
    }
    search.move(to: page &+ count)
    dirtyPages &-= count
  }

  private mutating func putZeros(
    _ page: Int, count: Int, content: UInt64, to writer: inout StreamWriter
  ) {
    for index in 0..<count where content >> UInt64(index) & 1 == 0 {
      if search.index == lastSent {
        writer.put(word(page + index, [.zero, .continue]))
        writer.put(0 as UInt8)
      } else {
        putNamed(page + index, UnsafeRawPointer(search.current.base), isZero: true, to: &writer)
      }
    }
  }

  private func take(
    _ page: Int, count: Int, content: UInt64, on multifd: MultifdSender,
    _ writer: inout StreamWriter
  ) {
    let item = items[search.index].block
    let block = MultifdBlock(
      index: search.index, name: item.name, base: search.current.base, usedLength: item.usedLength)
    do throws(VMStateError) {
      var first = 0
      while first < count {
        let rest = content >> UInt64(first)
        let skipped = min(rest.trailingZeroBitCount, count - first)
        let run = min(
          (~(rest >> UInt64(min(skipped, 63)))).trailingZeroBitCount, count - first - skipped)
        if run > 0 { try multifd.queue(block, page: page + first + skipped, count: run) }
        first += skipped + run
      }
    } catch {
      writer.fail(error)
    }
  }

  /// Lets the channels meet before the pages of a new round, unless they do so at each
  /// section's end.
  mutating func beginRound(_ writer: inout StreamWriter) {
    if multifd?.synchronisation == .perRound { synchroniseRound(&writer) }
    metAtWrap = search.wraps
  }

  /// Lets the channels meet before a section's end, where the stream has no marks for it.
  mutating func meetAtEnd(_ context: SaveContext) throws(VMStateError) {
    guard let multifd, multifd.synchronisation == .perSection else { return }
    try multifd.synchronise()
    publish(context)
  }

  /// Lets the channels meet, and marks it on the main channel unless pages have fixed places.
  mutating func synchroniseRound(_ writer: inout StreamWriter) {
    metAtWrap = search.wraps
    do throws(VMStateError) {
      try multifd?.synchronise()
      guard places == nil else { return }
      writer.put(RAMRecordFlags.multifdFlush.rawValue)
      try writer.flush()
    } catch {
      writer.fail(error)
    }
  }
}
