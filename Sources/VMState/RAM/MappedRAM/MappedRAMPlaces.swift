/// Where the pages of a save stand in its file, and which of them are there.
///
/// Made before the threads of the channels, which wait until the blocks are laid out.
final class MappedRAMPlaces: @unchecked Sendable {
  /// One block.
  struct Place {
    let block: MappedRAMBlock
    /// Pages that the file holds; with channels, bits are changed by several threads at a time.
    let bitmap: PageBitmap
  }

  private(set) var places: [Place] = []
  private var channel: (any ByteChannel)?

  init() {}

  /// Lays blocks out one after the other.
  ///
  /// - Parameters:
  ///   - channel: The file; what stands behind the last block goes on there.
  ///   - start: Position of the first block's entry, behind the word of the list.
  ///   - entries: Gets the headers.
  /// - Throws: `unsupported` if the channel has no positions, `valueOutOfRange` if the file
  ///   would be too long.
  func layOut(
    _ channel: (any ByteChannel)?, start: UInt64, _ entries: inout [RAMSetupRecord.Entry],
    _ pageSize: TargetPageSize
  ) throws(VMStateError) {
    guard let channel, channel.capabilities.contains(.positioned) else {
      throw VMStateError(
        .unsupported, "pages with fixed places need a channel with positions, such as a file")
    }
    self.channel = channel
    var position = start
    for index in entries.indices {
      let entry = entries[index]
      let header = try MappedRAMHeader(
        placedAt: position + 1 + UInt64(entry.name.count) + 8, blockLength: entry.length,
        pageSize: pageSize)
      entries[index].mapped = header
      let block = try MappedRAMBlock(
        name: entry.name, length: entry.length, header: header, headerEnd: header.bitmapOffset)
      places.append(Place(block: block, bitmap: PageBitmap(pageCount: block.pages)))
      position = block.pagesRange.upperBound
    }
  }

  /// Writes pages that follow each other to their places, and notes those of zeros.
  ///
  /// - Parameters:
  ///   - index: The block.
  ///   - first: The first page; it and the others are of one word of 64.
  ///   - content: A bit for each page that is not zero.
  func store(
    _ index: Int, _ first: Int, count: Int, content: UInt64, from memory: UnsafeRawPointer
  ) throws(VMStateError) {
    guard let channel else { return }
    let place = places[index]
    let ones = UInt64.max &>> UInt64(64 &- count)
    let shift = UInt64(first & 63)
    let word = place.bitmap.words[first >> 6] & ~(ones &<< shift)
    place.bitmap.words[first >> 6] = word | content &<< shift
    let bits = place.block.header.pageSize.bits
    var (page, left) = (0, content)
    while left != 0 {
      let gap = left.trailingZeroBitCount
      page += gap
      left &>>= UInt64(gap)
      let run = (~left).trailingZeroBitCount
      let bytes = UnsafeRawBufferPointer(start: memory + page << bits, count: run << bits)
      try channel.writeFully(bytes, at: place.block.position(ofPage: first + page))
      page += run
      left = run == 64 ? 0 : left &>> UInt64(run)
    }
  }

  /// Notes which pages of one word the file holds, while other threads note others.
  ///
  /// - Parameter content: A bit for each page that it holds.
  func note(_ index: Int, _ first: Int, count: Int, content: UInt64) {
    let word = MultifdBlock.atomic(places[index].bitmap.words, first)
    let ones = UInt64.max &>> UInt64(64 &- count)
    let shift = UInt64(first & 63)
    if content != ones {
      _ = word.pointee.bitwiseAnd(~((ones & ~content) &<< shift), ordering: .relaxed)
    }
    if content != 0 { _ = word.pointee.bitwiseOr(content &<< shift, ordering: .relaxed) }
  }

  /// Writes the bitmaps, in this host's byte order as QEMU does. No thread changes them any
  /// more.
  ///
  /// - Returns: Their bytes.
  func finish() throws(VMStateError) -> Int {
    var count = 0
    for place in places {
      let bytes = UnsafeRawBufferPointer(
        start: place.bitmap.words, count: place.bitmap.wordCount * 8)
      try channel?.writeFully(bytes, at: place.block.header.bitmapOffset)
      count += bytes.count
    }
    return count
  }
}

extension ByteChannel {
  /// Writes all bytes at a position.
  func writeFully(_ bytes: UnsafeRawBufferPointer, at position: UInt64) throws(VMStateError) {
    var done = 0
    while done < bytes.count {
      let count = try write(
        UnsafeRawBufferPointer(rebasing: bytes[done...]), at: position + UInt64(done))
      guard count > 0 else {
        throw VMStateError(
          .channelFailed, "the channel took no bytes", offset: position + UInt64(done))
      }
      done += count
    }
  }
}
