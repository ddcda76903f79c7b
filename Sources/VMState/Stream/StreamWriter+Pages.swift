extension StreamWriter {
  /// Records of pages that follow each other in memory.
  struct PageRecords {
    /// The first record's word, but for what it is; each further one is `size` larger.
    var word: UInt64
    /// The first page's first byte.
    var pages: UnsafeRawPointer
    /// Bytes of a page.
    var size: Int
    /// Number of pages, at most 64.
    var count: Int
    /// A bit for each page with content, the first page's lowest; the others are zeros.
    var content: UInt64
  }

  /// Puts records, each a word of eight bytes: pages with content are queued behind theirs
  /// without copying, as by `putSpan`, and a zero byte stands behind the others'.
  mutating func putRecords(_ records: PageRecords) {
    guard records.count > 0 else { return }
    if digest != nil { return copy(records) }
    if spanCount &+ 2 &* records.count > Self.maximumSpans { drainSpans() }
    if limit - cursor < 9 &* records.count { drain() }
    list(records)
  }

  /// The same with the pages copied.
  private mutating func copy(_ records: PageRecords) {
    for index in 0..<records.count {
      let word = records.word &+ UInt64(index &* records.size)
      if records.content &>> UInt64(index) & 1 != 0 {
        put(word | RAMRecordBits.page)
        putSpan(records.pages + index &* records.size, count: records.size)
      } else {
        put(word | RAMRecordBits.zero)
        put(0 as UInt8)
      }
    }
  }

  /// Lists records for which there is room.
  private mutating func list(_ records: PageRecords) {
    var word = records.word
    var page = records.pages
    var content = records.content
    var cursor = cursor
    // The first span begins with what was put before it.
    var unlisted = unlisted
    var span = spans + spanCount
    for _ in 0..<records.count {
      let hasContent = content & 1 != 0
      let flag = hasContent ? RAMRecordBits.page : RAMRecordBits.zero
      cursor.storeBytes(of: (word | flag).bigEndian, as: UInt64.self)
      cursor.storeBytes(of: 0, toByteOffset: 8, as: UInt8.self)
      cursor += hasContent ? 8 : 9
      if hasContent {
        span[0] = WriteSpan(base: unlisted, count: cursor - unlisted)
        span[1] = WriteSpan(base: page, count: records.size)
        listedBytes &+= (cursor - unlisted) &+ records.size
        unlisted = cursor
        span += 2
      }
      word &+= UInt64(records.size)
      page += records.size
      content &>>= 1
    }
    spanCount = span - spans
    self.cursor = cursor
    self.unlisted = unlisted
  }

  /// `RAMRecordFlags` of the two kinds, as bits.
  private enum RAMRecordBits {
    static var zero: UInt64 { 0x02 }
    static var page: UInt64 { 0x08 }
  }
}
