extension StreamWriter {
  /// Puts pages that follow each other in memory, each behind a word of eight bytes; the pages
  /// are queued without copying, as by `putSpan`.
  ///
  /// - Parameters:
  ///   - word: Goes before the first page, big-endian; each further one is `size` larger.
  ///   - pages: The first page's first byte.
  ///   - size: Bytes of a page.
  ///   - count: Number of pages.
  mutating func putPages(_ word: UInt64, _ pages: UnsafeRawPointer, size: Int, count: Int) {
    var word = word
    var page = pages
    var left = count
    while left > 0 {
      if spanCount + 2 > Self.maximumSpans { drainSpans() }
      if limit - cursor < 8 { drain() }
      let room = min((Self.maximumSpans &- spanCount) &>> 1, (limit - cursor) &>> 3)
      let piece = min(left, room)
      list(word, page, size, piece)
      word &+= UInt64(piece &* size)
      page += piece &* size
      left &-= piece
    }
  }

  /// Lists pages for which there is room.
  private mutating func list(_ word: UInt64, _ page: UnsafeRawPointer, _ size: Int, _ count: Int) {
    var word = word
    var page = page
    // The first word's span begins with what was put before it.
    var unlisted = unlisted
    var span = spans + spanCount
    listedBytes &+= (cursor - unlisted) &+ count &* (8 &+ size)
    for _ in 0..<count {
      cursor.storeBytes(of: word.bigEndian, as: UInt64.self)
      cursor += 8
      span[0] = WriteSpan(base: unlisted, count: cursor - unlisted)
      span[1] = WriteSpan(base: page, count: size)
      unlisted = cursor
      span += 2
      word &+= UInt64(size)
      page += size
    }
    self.unlisted = unlisted
    spanCount &+= count &* 2
  }
}
