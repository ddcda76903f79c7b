/// The places of one RAM block in a mapped-ram file, checked.
public struct MappedRAMBlock: Sendable, Hashable {
  /// The block's name.
  public var name: [UInt8]
  /// The block's length in bytes.
  public var length: UInt64
  /// The header as it stands in the file.
  public var header: MappedRAMHeader
  /// Where the header ends.
  public var headerEnd: UInt64

  /// Checks that a block's bitmap and pages lie behind its header and apart.
  ///
  /// - Parameter headerEnd: Position of the first byte after the header.
  /// - Throws: `badRAMRecord`, with the position of the header as the offset.
  public init(
    name: [UInt8], length: UInt64, header: MappedRAMHeader, headerEnd: UInt64
  ) throws(VMStateError) {
    self.name = name
    self.length = length
    self.header = header
    self.headerEnd = headerEnd
    try check()
  }

  /// Number of guest pages.
  public var pages: Int { header.pageSize.pages(in: length) }

  /// The bitmap's place in the file.
  public var bitmapRange: Range<UInt64> {
    header.bitmapOffset..<header.bitmapOffset
      + MappedRAMHeader.bitmapLength(blockLength: length, pageSize: header.pageSize)
  }

  /// The pages' place in the file. The next block's entry begins where it ends.
  public var pagesRange: Range<UInt64> { header.pagesOffset..<header.pagesOffset + length }

  /// Position of a page.
  ///
  /// - Parameter page: Its number in the block, below `pages`.
  public func position(ofPage page: Int) -> UInt64 {
    header.pagesOffset + UInt64(page) << UInt64(header.pageSize.bits)
  }

  private func check() throws(VMStateError) {
    let bitmap = MappedRAMHeader.bitmapLength(blockLength: length, pageSize: header.pageSize)
    guard length & header.pageSize.mask == 0 else {
      throw bad("a block that is no whole number of pages", "\(length) bytes")
    }
    guard header.bitmapOffset >= headerEnd, header.pagesOffset >= headerEnd,
      MappedRAMHeader.sum(header.bitmapOffset, bitmap) != nil,
      MappedRAMHeader.sum(header.pagesOffset, length) != nil
    else {
      throw bad(
        "a bitmap or pages outside the file behind the header",
        "bitmap at \(header.bitmapOffset), pages at \(header.pagesOffset)")
    }
    guard !bitmapRange.overlaps(pagesRange) else {
      throw bad(
        "a bitmap that overlaps its pages", "bitmap at \(bitmapRange), pages at \(pagesRange)")
    }
  }

  private func bad(_ what: String, _ found: String) -> VMStateError {
    VMStateError(
      .badRAMRecord, "the mapped-ram header names \(what)",
      path: [String(decoding: name, as: UTF8.self)],
      offset: headerEnd - min(headerEnd, UInt64(MappedRAMHeader.length)), found: found)
  }

  /// Checks that no two blocks of a file share a byte, their headers included.
  ///
  /// - Throws: `badRAMRecord`, naming the second of two blocks that overlap.
  public static func checkDisjoint(_ blocks: [MappedRAMBlock]) throws(VMStateError) {
    var places: [(range: Range<UInt64>, block: Int)] = []
    for (index, block) in blocks.enumerated() {
      let start = block.headerEnd - min(block.headerEnd, UInt64(MappedRAMHeader.length))
      for range in [start..<block.headerEnd, block.bitmapRange, block.pagesRange]
      where !range.isEmpty {
        places.append((range, index))
      }
    }
    places.sort { $0.range.lowerBound < $1.range.lowerBound }
    for (first, second) in zip(places, places.dropFirst())
    where first.range.upperBound > second.range.lowerBound {
      throw blocks[second.block].bad(
        "a place that block \(String(decoding: blocks[first.block].name, as: UTF8.self)) has",
        "\(second.range) and \(first.range)")
    }
  }
}
