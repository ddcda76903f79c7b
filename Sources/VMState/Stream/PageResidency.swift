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
/// Answers are kept until `forget()`: who writes meanwhile says so by `noteWrite`.
final class PageResidency {
  /// Entries that one call to the system asks for, at most and at least.
  private static let mostPages = 512
  private static let fewestPages = 64
  private static let touched: UInt64 = 3 << 62

  private let file: Int32
  private let pageBits = UInt(AnonymousMapping.hostPageSize.trailingZeroBitCount)
  private let entries = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: mostPages)
  // The pages that `entries` is about.
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

  /// Notes that a range has been written, or is about to be.
  @inline(__always)
  func noteWrite(_ start: UnsafeRawPointer, count: Int) {
    if pageCount != 0, count > 0 { noteTouched(pages(start, count)) }
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
    while page <= range.upperBound, isUntouched(page, upTo: range.upperBound) { page += 1 }
    let begin = UInt(bitPattern: start)
    let end = min(page << pageBits, begin + UInt(count))
    return end > begin ? Int(end - begin) : 0
  }

  private func pages(_ start: UnsafeRawPointer, _ count: Int) -> ClosedRange<UInt> {
    let begin = UInt(bitPattern: start)
    return begin >> pageBits...(begin + UInt(count) - 1) >> pageBits
  }

  @inline(__always)
  private func isUntouched(_ page: UInt, upTo last: UInt) -> Bool {
    if page &- firstPage >= pageCount {
      let count = min(max(Int(last - page) + 1, Self.fewestPages), Self.mostPages)
      guard ask(page, count: count) else { return false }
    }
    return entries[Int(page - firstPage)] & Self.touched == 0
  }

  /// Reads the entries of some pages; false if there is not even the first.
  private func ask(_ page: UInt, count: Int) -> Bool {
    let bytes = UnsafeMutableRawBufferPointer(entries)[..<(count * 8)]
    let got = SystemCall.read(
      file, UnsafeMutableRawBufferPointer(rebasing: bytes), at: UInt64(page) * 8)
    firstPage = page
    pageCount = got > 0 ? UInt(got / 8) : 0
    return pageCount > 0
  }
}
