/// Makes deltas of pages that are sent again, against what the receiver has.
///
/// QEMU: `save_xbzrle_page`, `xbzrle_cache_zero_page`, migration/ram.c.
final class XBZRLESender {
  /// What is to be sent for a page.
  enum Form {
    /// Nothing: the receiver has it.
    case unchanged
    /// The delta, valid until the next page.
    case delta(UnsafeRawBufferPointer)
    /// The page as it is now, wherever it stands.
    case livePage
    /// This copy of the page, valid until the next page.
    case copiedPage(UnsafeRawPointer)
  }

  private(set) var statistics = XBZRLEStatistics()
  private let pageSize: TargetPageSize
  private var cache: XBZRLEPageCache
  // A page that the guest writes meanwhile is looked at once only: in this copy of it.
  private let present: UnsafeMutableRawBufferPointer
  private let delta: UnsafeMutableRawBufferPointer
  private let zeros: UnsafeMutableRawBufferPointer

  /// A sender with an empty cache.
  ///
  /// - Throws: `limitExceeded` when the system has no memory for the cache.
  init(cacheSize: UInt64, pageSize: TargetPageSize) throws(VMStateError) {
    self.pageSize = pageSize
    cache = try XBZRLEPageCache(size: cacheSize, pageSize: pageSize)
    statistics.cacheSize = cacheSize
    present = .allocate(byteCount: pageSize.bytes, alignment: 64)
    delta = .allocate(byteCount: pageSize.bytes, alignment: 64)
    zeros = .allocate(byteCount: pageSize.bytes, alignment: 64)
    zeros.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit {
    present.deallocate()
    delta.deallocate()
    zeros.deallocate()
  }

  /// Begins with an empty cache of another size; without memory for it the old one stays.
  func resize(to size: UInt64) {
    if size != cache.size { renew(size) }
  }

  /// Forgets everything: pages may be sent without a word to the cache.
  func forget() { renew(cache.size) }

  private func renew(_ size: UInt64) {
    guard let cache = try? XBZRLEPageCache(size: size, pageSize: pageSize) else { return }
    self.cache = cache
    statistics.cacheSize = size
  }

  /// Notes that a page was sent as zeros.
  func noteZero(_ address: UInt64, age: UInt64) {
    _ = cache.insert(address, UnsafeRawPointer(zeros.baseAddress!), age: age)
  }

  /// Decides what is sent for a page.
  ///
  /// - Parameters:
  ///   - page: The page in guest memory.
  ///   - address: What it is kept under.
  ///   - age: The number of looks at the dirty log.
  ///   - isLast: Nothing is sent after this pass, so nothing needs to be kept.
  func form(
    of page: UnsafeRawPointer, address: UInt64, age: UInt64, isLast: Bool
  ) -> Form {
    guard let kept = cache.lookup(address, age: age) else {
      return miss(page, address, age, isLast)
    }
    statistics.pages += 1
    present.baseAddress!.copyMemory(from: page, byteCount: pageSize.bytes)
    let old = UnsafeRawBufferPointer(start: kept, count: pageSize.bytes)
    let count = XBZRLE.encode(old: old, new: UnsafeRawBufferPointer(present), into: delta)
    if count == 0 { return .unchanged }
    if !isLast { kept.copyMemory(from: present.baseAddress!, byteCount: pageSize.bytes) }
    guard let count else {
      statistics.overflows += 1
      statistics.bytes += UInt64(pageSize.bytes)
      return .copiedPage(present.baseAddress!)
    }
    return .delta(UnsafeRawBufferPointer(rebasing: delta[..<count]))
  }

  private func miss(
    _ page: UnsafeRawPointer, _ address: UInt64, _ age: UInt64, _ isLast: Bool
  ) -> Form {
    statistics.cacheMisses += 1
    guard !isLast, let copy = cache.insert(address, page, age: age) else { return .livePage }
    return .copiedPage(UnsafeRawPointer(copy))
  }

  /// Counts a record that was sent for a delta.
  ///
  /// - Parameter bytes: Its length without the first word.
  func noteSent(_ bytes: Int) { statistics.bytes += UInt64(bytes) }

  /// Measures the rates over a period.
  func measure(since earlier: XBZRLEStatistics, pageCount: UInt64) {
    statistics.measure(since: earlier, pageCount: pageCount, pageSize: pageSize.bytes)
  }
}
