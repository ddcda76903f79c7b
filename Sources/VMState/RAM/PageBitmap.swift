/// One bit for each target page of a block: dirty, received, stored.
///
/// Belongs to one thread at a time.
public final class PageBitmap {
  /// Pages covered.
  public let pageCount: Int
  let words: UnsafeMutablePointer<UInt64>
  let wordCount: Int
  // Bits that `mark` turned on since `takeAdded`, counted below `countedPages`.
  private var added = 0
  // Pages past this one are never counted: the part of a block beyond its used length.
  private let countedPages: Int

  /// A bitmap with no bit set.
  ///
  /// - Parameter countedPages: Only the first so many count as newly marked.
  public init(pageCount: Int, countedPages: Int? = nil) {
    self.pageCount = pageCount
    self.countedPages = min(countedPages ?? pageCount, pageCount)
    wordCount = (pageCount + 63) >> 6
    words = .allocate(capacity: max(wordCount, 1))
    words.initialize(repeating: 0, count: wordCount)
  }

  deinit { words.deallocate() }

  /// Sets every bit.
  func setAll() {
    words.update(repeating: .max, count: wordCount)
    trimLastWord()
  }

  private func trimLastWord() {
    let rest = pageCount & 63
    if rest != 0 { words[wordCount - 1] &= (1 << UInt64(rest)) - 1 }
  }

  /// True if a page's bit is set.
  public func contains(_ page: Int) -> Bool {
    precondition(page >= 0 && page < pageCount)
    return words[page >> 6] & (1 << UInt64(page & 63)) != 0
  }

  /// Sets the bits of one word that are set in `bits`.
  ///
  /// - Parameters:
  ///   - index: The word: pages `64 * index` up to `64 * index + 63`, the lowest bit first.
  ///   - bits: What to add; bits past the last page are dropped.
  public func mark(word index: Int, bits: UInt64) {
    precondition(index >= 0 && index < wordCount)
    let old = words[index]
    words[index] = old | bits
    if index == wordCount - 1 { trimLastWord() }
    added += (words[index] & ~old & countedMask(index)).nonzeroBitCount
  }

  private func countedMask(_ index: Int) -> UInt64 {
    let left = countedPages - index << 6
    return left >= 64 ? .max : left <= 0 ? 0 : (1 << UInt64(left)) - 1
  }

  /// Sets the bits of a range of pages.
  public func mark(_ pages: Range<Int>) {
    precondition(pages.lowerBound >= 0 && pages.upperBound <= pageCount)
    var page = pages.lowerBound
    while page < pages.upperBound {
      let count = min(64 - page & 63, pages.upperBound - page)
      let ones = count == 64 ? UInt64.max : (1 << UInt64(count)) - 1
      mark(word: page >> 6, bits: ones << UInt64(page & 63))
      page += count
    }
  }

  /// Clears the bits of a range of pages.
  ///
  /// - Returns: How many were set.
  func clear(_ pages: Range<Int>) -> Int {
    precondition(pages.lowerBound >= 0 && pages.upperBound <= pageCount)
    var (page, count) = (pages.lowerBound, 0)
    while page < pages.upperBound {
      let here = min(64 - page & 63, pages.upperBound - page)
      let ones = (UInt64.max >> UInt64(64 - here)) << UInt64(page & 63)
      count += (words[page >> 6] & ones).nonzeroBitCount
      words[page >> 6] &= ~ones
      page += here
    }
    return count
  }

  /// How many bits were newly marked since this was last asked.
  func takeAdded() -> Int {
    defer { added = 0 }
    return added
  }

  /// How many of the first `limit` pages are set.
  func count(below limit: Int) -> Int {
    let limit = min(limit, pageCount)
    var sum = 0
    for index in 0..<(limit >> 6) { sum += words[index].nonzeroBitCount }
    if limit & 63 != 0 {
      sum += (words[limit >> 6] & ((1 << UInt64(limit & 63)) - 1)).nonzeroBitCount
    }
    return sum
  }

  /// The first set page at or after a page, or the limit.
  ///
  /// - Parameter limit: At most `pageCount`.
  func nextSet(from page: Int, limit: Int) -> Int {
    Self.nextSet(words, from: page, limit: limit)
  }

  @inline(__always)
  static func nextSet(
    _ words: UnsafeMutablePointer<UInt64>, from page: Int, limit: Int
  ) -> Int {
    guard page < limit else { return limit }
    var index = page >> 6
    var word = words[index] & (.max &<< UInt64(page & 63))
    let last = (limit &- 1) >> 6
    while word == 0 {
      guard index < last else { return limit }
      index &+= 1
      word = words[index]
    }
    return min(index &<< 6 | word.trailingZeroBitCount, limit)
  }

  /// The first clear page at or after a page, or the limit.
  func nextClear(from page: Int, limit: Int) -> Int {
    var page = page
    while page < limit {
      let word = ~words[page >> 6] & (.max << UInt64(page & 63))
      if word != 0 { return min(page & ~63 | word.trailingZeroBitCount, limit) }
      page = page & ~63 + 64
    }
    return limit
  }
}
