#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Tells which pages of memory were never touched, without touching them.
///
/// Such a page of private anonymous memory holds zeros and takes no physical memory; to read
/// it would cost a fault. The answer means this for no other memory: a page of a file that is
/// not present has content. Only Linux tells; whatever is not certain counts as touched.
///
/// `/proc/self/pagemap`: one native word for each page of the host. Bit 63: present (a huge
/// page counts for each of its parts). Bit 62: swapped out, or kept by another marker.
///
/// Where the kernel has `PAGEMAP_SCAN` (Linux 6.7), it is asked first: it passes over what has no
/// page tables in one step.
///
/// Answers are about windows of 512 pages, and kept until `forget()`: who writes meanwhile says
/// so by `noteWrite` beforehand. So a page that the system gave, filled with zeros, because a
/// neighbour of its huge page was written, still counts as untouched.
final class PageResidency {
  /// Pages of a window.
  private static let window: UInt = 512
  private static let touched: UInt64 = 3 << 62
  // What `PAGEMAP_SCAN` calls these: present, swapped.
  private static let touchedCategories: UInt64 = 0x18

  private let file: Int32
  private let pageBits = UInt(AnonymousMapping.hostPageSize.trailingZeroBitCount)
  private let entries = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: Int(window))
  private var canScan = true
  // The pages that `entries` is about; none, or a window.
  private var firstPage: UInt = 0
  private var pageCount: UInt = 0

  /// Opens the page map of this process; not to be kept across a fork, whose child has
  /// another.
  ///
  /// - Returns: nil if the system has none, or one that does not tell.
  init?() {
    entries.initialize(repeating: 0)
    #if os(Linux)
      let name: [CChar] = "/proc/self/pagemap".utf8CString.map { $0 }
      file = Int32(clamping: SystemCall.open(name, O_RDONLY))
      // These entries are surely touched: a map that denies it is none.
      guard file >= 0, ask(UInt(bitPattern: entries.baseAddress) >> pageBits, count: 1),
        entries[0] & Self.touched != 0
      else { return nil }
      forget()
    #else
      file = -1
      return nil
    #endif
  }

  deinit {
    if file >= 0 { SystemCall.close(file) }
    entries.deallocate()
  }

  /// Drops the answers: memory may have been written without a note.
  func forget() { pageCount = 0 }

  /// Notes that a range is about to be written.
  @inline(__always)
  func noteWrite(_ start: UnsafeRawPointer, count: Int) {
    guard count > 0 else { return }
    let range = pages(start, count)
    if !isKnown(range.lowerBound) { look(at: range.lowerBound) }
    noteTouched(range)
  }

  private func noteTouched(_ pages: ClosedRange<UInt>) {
    let begin = max(pages.lowerBound, firstPage)
    let end = min(pages.upperBound + 1, firstPage + pageCount)
    var page = begin
    while page < end {
      entries[Int(page - firstPage)] = Self.touched
      page += 1
    }
  }

  /// How many bytes from the start on lie in pages that were never touched.
  ///
  /// - Parameter count: Bytes asked about, at least 1.
  /// - Returns: `count` if none of them was touched; 0 if the first may have been.
  func untouchedBytes(from start: UnsafeRawPointer, count: Int) -> Int {
    let range = pages(start, count)
    var page = range.lowerBound
    if !isKnown(page), range.upperBound &- page >= Self.window { page = firstTouched(range) }
    while page <= range.upperBound, isUntouched(page) { page += 1 }
    let begin = UInt(bitPattern: start)
    let end = min(page << pageBits, begin + UInt(count))
    return end > begin ? Int(end - begin) : 0
  }

  /// The first page of a range that was touched, as far as one call to the system tells: the
  /// first page of all if it does not, the one behind the last if there is none.
  private func firstTouched(_ pages: ClosedRange<UInt>) -> UInt {
    #if os(Linux)
      guard canScan else { return pages.lowerBound }
      let end = UInt64(pages.upperBound + 1) << UInt64(pageBits)
      var region: (UInt64, UInt64, UInt64) = (0, 0, 0)
      let count = withUnsafeMutableBytes(of: &region) { room in
        // Size, flags, start, end, end of the walk, room for regions, most of them, most pages;
        // categories inverted, needed, any of, returned.
        var words: [12 of UInt64] = [
          96, 0, UInt64(pages.lowerBound) << UInt64(pageBits), end, 0,
          UInt64(UInt(bitPattern: room.baseAddress)), 1, 1, 0, 0, Self.touchedCategories,
          Self.touchedCategories,
        ]
        return SystemCall.repeated { Int(ioctl(file, WrittenPages.scan, &words)) }
      }
      canScan = count >= 0
      switch count {
      case 0: return pages.upperBound + 1
      case 1: return max(pages.lowerBound, UInt(region.0) >> pageBits)
      default: return pages.lowerBound
      }
    #else
      return pages.lowerBound
    #endif
  }

  private func pages(_ start: UnsafeRawPointer, _ count: Int) -> ClosedRange<UInt> {
    let begin = UInt(bitPattern: start)
    return begin >> pageBits...(begin + UInt(count) - 1) >> pageBits
  }

  @inline(__always)
  private func isKnown(_ page: UInt) -> Bool { page &- firstPage < pageCount }

  @inline(__always)
  private func isUntouched(_ page: UInt) -> Bool {
    if !isKnown(page) { look(at: page) }
    return isKnown(page) && entries[Int(page - firstPage)] & Self.touched == 0
  }

  /// Asks about the window of a page; nothing is known afterwards if the system does not tell.
  @inline(never)
  private func look(at page: UInt) {
    let first = page & ~(Self.window - 1)
    if firstTouched(first...first + Self.window - 1) == first + Self.window {
      entries.update(repeating: 0)
      (firstPage, pageCount) = (first, Self.window)
    } else {
      ask(first, count: Int(Self.window))
    }
  }

  /// Reads the entries of some pages; false if there is not even the first.
  @discardableResult
  private func ask(_ page: UInt, count: Int) -> Bool {
    let bytes = UnsafeMutableRawBufferPointer(entries)[..<(count * 8)]
    let got = SystemCall.read(
      file, UnsafeMutableRawBufferPointer(rebasing: bytes), at: UInt64(page) * 8)
    firstPage = page
    pageCount = got > 0 ? UInt(got / 8) : 0
    return pageCount > 0
  }
}
