/// The pieces of a block whose marks its dirty tracking still has, after a look that only read
/// them.
///
/// QEMU: `clear_bmap` of `RAMBlock`, migration/ram.c.
struct ClearChunks {
  /// Bits of a page number below those of its piece.
  let shift: Int
  private let pageCount: Int
  private let left: PageBitmap

  /// - Parameter shift: 6 to 31, so that 64 pages that follow each other lie in one piece.
  init(_ bitmap: PageBitmap, shift: Int) {
    self.shift = shift
    pageCount = bitmap.pageCount
    left = PageBitmap(pageCount: (bitmap.pageCount + (1 << shift) - 1) >> shift)
  }

  /// All marks are still there.
  func setAll() { left.setAll() }

  /// Takes the piece of a page off.
  ///
  /// - Returns: Its pages, if it was not taken off before.
  @inline(__always)
  func take(pieceOf page: Int) -> Range<Int>? {
    let piece = page >> shift
    let bit: UInt64 = 1 &<< UInt64(piece & 63)
    guard left.words[piece >> 6] & bit != 0 else { return nil }
    left.words[piece >> 6] &= ~bit
    return piece << shift..<min((piece + 1) << shift, pageCount)
  }
}

extension RAMSaveRun {
  /// Lets the tracking forget its marks in the pieces that hold a range of pages, before their
  /// content is read. What was written since the last look is marked then.
  mutating func clearLog(_ index: Int, _ pages: Range<Int>) throws(VMStateError) {
    guard let chunks = items[index].chunks, !pages.isEmpty else { return }
    for piece in pages.lowerBound >> chunks.shift...(pages.upperBound - 1) >> chunks.shift {
      guard let range = chunks.take(pieceOf: piece << chunks.shift) else { continue }
      try tracking?.clear(items[index].block, range, into: items[index].bitmap)
      noteAdded(index)
    }
  }

  /// The same for the present page.
  @inline(never)
  mutating func clearLogAtSearch(_ writer: inout StreamWriter) {
    do throws(VMStateError) {
      try clearLog(search.index, search.page..<search.page + 1)
    } catch {
      writer.fail(error)
    }
  }

  /// Counts the pages of a block that were newly marked.
  mutating func noteAdded(_ index: Int) {
    let added = items[index].bitmap.takeAdded()
    dirtyPages += added
    sync.periodPages += added
  }
}
