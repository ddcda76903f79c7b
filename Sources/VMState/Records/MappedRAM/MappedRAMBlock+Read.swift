extension MappedRAMBlock {
  /// Checks that the bitmap stands between the header and the pages, as it must where the
  /// stream goes on behind the pages, and that all of it is inside the file.
  ///
  /// Blocks that pass, read one after the other, cannot overlap each other or the stream.
  ///
  /// - Parameter end: The file's size; nil if nobody knows.
  /// - Throws: `badRAMRecord`; `endOfStream` beyond the end of the file.
  func check(end: UInt64?) throws(VMStateError) {
    guard bitmapRange.upperBound <= pagesRange.lowerBound else {
      throw VMStateError(
        .badRAMRecord, "the mapped-ram header names a bitmap that is not before its pages",
        path: path, offset: header.bitmapOffset,
        expected: "an end at \(pagesRange.lowerBound) at most",
        found: "\(bitmapRange.upperBound)")
    }
    if let end, pagesRange.upperBound > end {
      throw VMStateError(
        .endOfStream, "the pages of a block lie beyond the end of the file", path: path,
        offset: end, expected: "\(pagesRange.upperBound) bytes", found: "\(end)")
    }
  }

  private var path: [String] { [String(decoding: name, as: UTF8.self)] }

  /// Reads which pages the file holds, without moving the channel's position.
  ///
  /// - Throws: `badRAMRecord` for bits beyond the block, `endOfStream`, the channel's error.
  public func readBitmap(
    from channel: any ByteChannel, byteOrder: MappedRAMBitmap.ByteOrder = .little
  ) throws(VMStateError) -> MappedRAMBitmap {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: bitmapRange.count, alignment: 8)
    defer { buffer.deallocate() }
    try read(into: buffer, at: header.bitmapOffset, from: channel)
    return try MappedRAMBitmap(
      UnsafeRawBufferPointer(buffer), pages: pages, byteOrder: byteOrder,
      at: header.bitmapOffset)
  }

  /// Reads pages that the file holds, without moving the channel's position.
  ///
  /// - Parameters:
  ///   - run: Pages of the block, all of them set in its bitmap.
  ///   - target: As many bytes as the pages have.
  /// - Throws: `ramOffset` for pages that are not in the block, `endOfStream`, the channel's
  ///   error.
  public func readPages(
    _ run: Range<Int>, from channel: any ByteChannel,
    into target: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    guard run.lowerBound >= 0, run.upperBound <= pages,
      target.count == run.count << header.pageSize.bits
    else {
      throw VMStateError(
        .ramOffset, "the pages lie outside the block", path: path,
        expected: "0 to \(pages)", found: "\(run)")
    }
    try read(into: target, at: position(ofPage: run.lowerBound), from: channel)
  }

  /// Reads one page, whether the file holds it or not.
  ///
  /// - Parameters:
  ///   - bitmap: The block's, from `readBitmap`.
  ///   - target: As many bytes as a page has.
  /// - Throws: As `readPages`.
  public func readPage(
    _ page: Int, _ bitmap: MappedRAMBitmap, from channel: any ByteChannel,
    into target: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    if page >= 0, page < min(pages, bitmap.pages), !bitmap[page] {
      target.initializeMemory(as: UInt8.self, repeating: 0)
    } else {
      try readPages(page..<page + 1, from: channel, into: target)
    }
  }

  /// Reads bytes of the bitmap or of pages.
  ///
  /// - Throws: `endOfStream`, the channel's error.
  func read(
    into target: UnsafeMutableRawBufferPointer, at position: UInt64,
    from channel: any ByteChannel
  ) throws(VMStateError) {
    var done = 0
    while done < target.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
      let count = try channel.read(into: rest, at: position + UInt64(done))
      guard count > 0 else {
        throw VMStateError(
          .endOfStream, "the file ends too early", path: path,
          offset: position + UInt64(done), expected: "\(target.count - done) more bytes",
          found: "end of data")
      }
      done += count
    }
  }
}
