/// Compresses single pages, each to a zlib stream of its own.
///
/// QEMU (to 9.0): `do_compress_ram_page`, migration/ram-compress.c.
final class PageDeflater {
  private(set) var statistics = CompressionStatistics()
  private let deflater: ZlibDeflater
  // The page is copied first: the guest may write it, and zlib reads its input twice.
  private let page: UnsafeMutableRawBufferPointer
  private let output: UnsafeMutableRawBufferPointer

  /// - Throws: `unsupported` if zlib is not installed, `limitExceeded` without memory.
  init(level: Int, pageSize: TargetPageSize) throws(VMStateError) {
    deflater = try ZlibDeflater(.zlib, level: level)
    page = .allocate(byteCount: pageSize.bytes, alignment: 64)
    output = .allocate(
      byteCount: CompressedPageRecord.bound(for: pageSize), alignment: 64)
  }

  deinit {
    page.deallocate()
    output.deallocate()
  }

  /// The zlib stream of a page as it is now; valid until the next one.
  ///
  /// - Throws: `limitExceeded` if the library fails.
  func compress(_ source: UnsafeRawPointer) throws(VMStateError) -> UnsafeRawBufferPointer {
    page.baseAddress!.copyMemory(from: source, byteCount: page.count)
    try deflater.reset()
    let progress = try deflater.process(
      UnsafeRawBufferPointer(page), into: output, flush: .finish)
    guard progress.isFinished else {
      throw VMStateError(.limitExceeded, "zlib makes a page longer than its own bound")
    }
    statistics.pages += 1
    statistics.compressedBytes += UInt64(progress.produced)
    return UnsafeRawBufferPointer(rebasing: output[..<progress.produced])
  }

  /// Measures the rate over a period.
  func measure(since earlier: CompressionStatistics) {
    statistics.measure(since: earlier, pageSize: page.count)
  }
}
