/// Compresses single pages, each to a zlib stream of its own. One thread uses it at a time.
///
/// QEMU (to 9.0): `do_compress_ram_page`, migration/ram-compress.c.
final class PageDeflater: @unchecked Sendable {
  private let deflater: ZlibDeflater
  // The page is copied first: the guest may write it, and zlib reads its input twice.
  private let page: UnsafeMutableRawBufferPointer

  /// - Throws: `unsupported` if zlib is not installed, `limitExceeded` without memory.
  init(level: Int, pageSize: TargetPageSize) throws(VMStateError) {
    deflater = try ZlibDeflater(.zlib, level: level)
    page = .allocate(byteCount: pageSize.bytes, alignment: 64)
  }

  deinit { page.deallocate() }

  /// Compresses a page as it is now.
  ///
  /// - Parameter output: As long as `CompressedPageRecord.bound`.
  /// - Returns: The length of the zlib stream.
  /// - Throws: `limitExceeded` if the library fails.
  func compress(
    _ source: UnsafeRawPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) -> Int {
    page.copyMemory(from: UnsafeRawBufferPointer(start: source, count: page.count))
    try deflater.reset()
    let progress = try deflater.process(
      UnsafeRawBufferPointer(page), into: output, flush: .finish)
    guard progress.isFinished else {
      throw VMStateError(.limitExceeded, "zlib makes a page longer than its own bound")
    }
    return progress.produced
  }
}
