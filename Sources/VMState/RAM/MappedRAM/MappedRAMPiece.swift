/// A stretch of a block, and which of its pages a file holds at fixed places.
struct MappedRAMPiece: @unchecked Sendable {
  let block: MappedRAMBlock
  let bitmap: MappedRAMBitmap
  let pages: Range<Int>
  /// Where the block's first page goes.
  let base: UnsafeMutableRawPointer

  /// The next pages that follow each other in memory and in the file.
  @inline(__always)
  func nextRun(from page: Int) -> Range<Int>? {
    guard let run = bitmap.nextRun(from: page, limit: pages.count),
      run.lowerBound < pages.upperBound
    else { return nil }
    return run.lowerBound..<min(run.upperBound, pages.upperBound)
  }

  /// Reads all of them to where they go.
  ///
  /// - Parameter bounce: For a channel with an alignment that the memory may not have.
  /// - Returns: How many they are.
  /// - Throws: `endOfStream`, the channel's error.
  func read(
    from channel: any ByteChannel, by bounce: AlignedBuffer? = nil
  ) throws(VMStateError) -> Int {
    let bits = block.header.pageSize.bits
    var (page, count) = (pages.lowerBound, 0)
    while let run = nextRun(from: page) {
      let target = UnsafeMutableRawBufferPointer(
        start: base + run.lowerBound << bits, count: run.count << bits)
      if let bounce, bounce.suits(target.baseAddress) == false {
        let room = bounce.room(target.count)
        try block.readPages(run, from: channel, into: room)
        target.copyMemory(from: UnsafeRawBufferPointer(room))
      } else {
        try block.readPages(run, from: channel, into: target)
      }
      page = run.upperBound
      count += run.count
    }
    return count
  }
}
