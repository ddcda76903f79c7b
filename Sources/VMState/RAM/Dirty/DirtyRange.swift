/// The memory of a block as addresses, and runs of addresses as its pages.
struct DirtyRange {
  let addresses: Range<UInt64>
  let pageSize: TargetPageSize
  let pageCount: Int

  /// - Throws: `unsupported` for memory that is not made of whole host pages.
  init(_ block: RAMBlock) throws(VMStateError) {
    let base = UInt64(UInt(bitPattern: block.memory.base))
    let host = max(UInt64(AnonymousMapping.hostPageSize), block.pageSize)
    guard base % host == 0, block.maxLength % host == 0, block.maxLength > 0 else {
      throw VMStateError(
        .unsupported, "the kernel watches whole pages only", path: [block.idstr],
        expected: "memory aligned to \(host) bytes", found: "\(block.maxLength) bytes at \(base)")
    }
    addresses = base..<base + block.maxLength
    pageSize = block.targetPageSize
    pageCount = pageSize.pages(in: block.maxLength)
  }

  /// The target pages that a run of addresses touches.
  func pages(_ run: Range<UInt64>) -> Range<Int> {
    let start = max(run.lowerBound, addresses.lowerBound) - addresses.lowerBound
    let end = min(run.upperBound, addresses.upperBound) - addresses.lowerBound
    return pageSize.pages(in: start)..<min(pageSize.pages(in: end + pageSize.mask), pageCount)
  }

  /// The addresses of target pages, widened to whole host pages.
  func addresses(of pages: Range<Int>, hostPage: UInt64) -> Range<UInt64> {
    let start = UInt64(pages.lowerBound) << UInt64(pageSize.bits)
    let end = UInt64(pages.upperBound) << UInt64(pageSize.bits)
    let first = addresses.lowerBound
    return first + start / hostPage * hostPage..<first + (end + hostPage - 1) / hostPage * hostPage
  }
}
