/// What a dry run knows of the source's memory.
struct DryMemory {
  /// One block of the stream's list.
  struct Block {
    var name: String
    var length: UInt64
    /// One bit for each page that came.
    var pages: [UInt64] = []
    var received: UInt64 = 0
    /// Its content is not in the stream: shared memory.
    var isElsewhere = false

    /// Notes a page; false for one beyond the block.
    mutating func receive(_ page: UInt64) {
      let word = Int(page / 64)
      guard word < 1 << 24 else { return }
      if word >= pages.count {
        pages.append(contentsOf: repeatElement(0, count: word + 1 - pages.count))
      }
      let bit: UInt64 = 1 << (page % 64)
      if pages[word] & bit == 0 { received += 1 }
      pages[word] |= bit
    }
  }

  var blocks: [Block] = []
  /// Places of the blocks by name.
  var places: [String: Int] = [:]
  /// The block of the last page record.
  var last: Int?
  /// A block list came.
  var wasListed = false
  /// With x-ignore-shared each block of the list has an offset.
  var hasRegionOffsets = false
  /// With mapped-ram the pages stand at fixed places.
  var isMapped = false
  /// A postcopy was announced: large pages have their size in the list.
  var wasAdvised = false
  /// Channels of their own carry the pages.
  var usesChannels = false
}
