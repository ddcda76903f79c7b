import Synchronization

/// The software dirty log of one block: one bit for each target page, set by any thread of
/// the machine that wrote there.
///
/// The order is everything. A writer *stores first and marks after*; the saver *clears the
/// bit first and reads the page after*. So a store that the saver did not see has its mark
/// still to come, and the page is sent again. Marks are taken at all times, also while
/// nothing is saved: there is no moment at which a save that just begins could miss one.
public final class DirtyLog: @unchecked Sendable {
  /// Pages covered.
  public let pageCount: Int
  /// The unit of the log.
  public let pageSize: TargetPageSize
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  private let wordCount: Int
  private let takeCount = Atomic<UInt64>(0)

  /// A log with no mark.
  public init(pageCount: Int, pageSize: TargetPageSize = .standard) {
    self.pageCount = pageCount
    self.pageSize = pageSize
    wordCount = (pageCount + 63) >> 6
    words = .allocate(capacity: max(wordCount, 1))
    for index in 0..<wordCount { (words + index).initialize(to: Atomic(0)) }
  }

  deinit {
    words.deinitialize(count: wordCount)
    words.deallocate()
  }

  /// Marks the pages that a range of bytes touches, after the bytes were stored.
  ///
  /// Safe from any thread. An atomic read-modify-write for each 64 pages, also when the bit
  /// is set already: looking first would let the store pass behind the look.
  ///
  /// - Parameters:
  ///   - offset: Byte offset in the block.
  ///   - count: Bytes; the range must lie inside the block.
  public func mark(offset: UInt64, count: UInt64) {
    guard count > 0 else { return }
    let end = offset + (count - 1)
    mark(pageSize.pages(in: offset)...pageSize.pages(in: end))
  }

  /// Marks pages, after their bytes were stored.
  public func mark(_ pages: ClosedRange<Int>) {
    precondition(pages.lowerBound >= 0 && pages.upperBound < pageCount, "outside the block")
    var page = pages.lowerBound
    while page <= pages.upperBound {
      let count = min(64 - page & 63, pages.upperBound - page + 1)
      let ones = count == 64 ? UInt64.max : (1 << UInt64(count)) - 1
      words[page >> 6].bitwiseOr(ones << UInt64(page & 63), ordering: .acquiringAndReleasing)
      page += count
    }
  }

  /// Marks every page.
  public func markAll() {
    if pageCount > 0 { mark(0...pageCount - 1) }
  }

  /// How often marks were taken out, by whomever: a user of the log that finds another number
  /// than its own has lost some.
  var takes: UInt64 { takeCount.load(ordering: .relaxed) }

  // Whoever takes marks does so alone: no addition in one step is needed.
  private func noteTake() { takeCount.store(takes &+ 1, ordering: .relaxed) }

  /// Forgets every mark. Pages marked before are visible to reads after this call.
  public func reset() {
    noteTake()
    for index in 0..<wordCount { _ = words[index].exchange(0, ordering: .acquiringAndReleasing) }
  }

  /// Fetches and clears the marks, adding them to a bitmap. What was stored before a fetched
  /// mark is visible to reads after this call.
  public func drain(into bitmap: PageBitmap) {
    noteTake()
    for index in 0..<min(wordCount, bitmap.wordCount) {
      guard words[index].load(ordering: .relaxed) != 0 else { continue }
      let bits = words[index].exchange(0, ordering: .acquiringAndReleasing)
      bitmap.mark(word: index, bits: bits)
    }
  }
}
