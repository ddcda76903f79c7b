/// Copies pages that follow each other as they were at the instant: from memory where nobody
/// has written there since, else from the copy that was made for the writer.
///
/// The snapshot's lock is held.
struct SnapshotCopier {
  let block: SnapshotBlock
  let pages: Range<Int>
  let pageSize: TargetPageSize

  private var partShift: Int { block.partBits - pageSize.bits }

  /// Copies the pages that are not zero, each to its own place.
  ///
  /// - Returns: A bit for each of them.
  func copy(to target: UnsafeMutableRawPointer) -> UInt64 {
    var content: UInt64 = 0
    var page = pages.lowerBound
    while page < pages.upperBound {
      let end = runEnd(page)
      let place = page - pages.lowerBound
      let bits = copy(
        from: source(page), count: end - page, to: target + place << pageSize.bits)
      content |= bits << UInt64(place)
      page = end
    }
    return content
  }

  /// The end of the pages that stand in memory one behind the other.
  private func runEnd(_ page: Int) -> Int {
    let part = page >> partShift
    var end = min((part + 1) << partShift, pages.upperBound)
    guard block.copies[part] == nil, !block.copies.isEmpty else {
      return block.copies.isEmpty ? pages.upperBound : end
    }
    while end < pages.upperBound, block.copies[end >> partShift] == nil {
      end = min((end >> partShift + 1) << partShift, pages.upperBound)
    }
    return end
  }

  private func source(_ page: Int) -> UnsafeRawPointer {
    guard let copy = block.copies[page >> partShift] else {
      return UnsafeRawPointer(block.base) + page << pageSize.bits
    }
    return UnsafeRawPointer(copy) + (page & ((1 << partShift) - 1)) << pageSize.bits
  }

  private func copy(
    from source: UnsafeRawPointer, count: Int, to target: UnsafeMutableRawPointer
  ) -> UInt64 {
    let content = ZeroPage.content(source, pageSize: pageSize.bytes, count: count)
    var first = 0
    while first < count {
      let rest = content >> UInt64(first)
      first += min(rest.trailingZeroBitCount, count - first)
      guard first < count else { break }
      let run = min((~(content >> UInt64(first))).trailingZeroBitCount, count - first)
      (target + first << pageSize.bits).copyMemory(
        from: source + first << pageSize.bits, byteCount: run << pageSize.bits)
      first += run
    }
    return content
  }

  /// The parts of these pages of which nothing is left to send.
  func sentParts(_ dirty: PageBitmap) -> Range<Int> {
    let first = pages.lowerBound >> partShift
    let end = (pages.upperBound - 1) >> partShift + 1
    if partShift == 0 { return first..<end }
    return sentStart(first, end, dirty)..<sentEnd(first, end, dirty)
  }

  // Only the first and the last part can be incomplete.

  private func sentStart(_ first: Int, _ end: Int, _ dirty: PageBitmap) -> Int {
    isSent(first, dirty) ? first : min(first + 1, end)
  }

  private func sentEnd(_ first: Int, _ end: Int, _ dirty: PageBitmap) -> Int {
    let start = sentStart(first, end, dirty)
    return end > start && !isSent(end - 1, dirty) ? end - 1 : end
  }

  private func isSent(_ part: Int, _ dirty: PageBitmap) -> Bool {
    let limit = min((part + 1) << partShift, pageSize.pages(in: UInt64(block.usedLength)))
    return dirty.nextSet(from: part << partShift, limit: limit) == limit
  }
}
