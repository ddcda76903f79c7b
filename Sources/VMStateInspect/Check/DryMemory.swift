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
    /// It is too large to say which pages came.
    var isUncounted = false
  }

  /// Bits for a guest of 1 TiB: 32 MiB.
  private static let mostWords = 1 << 22

  var blocks: [Block] = []
  /// Places of the blocks by name.
  var places: [String: Int] = [:]
  private var words = 0
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

  /// Notes a page of a block.
  mutating func receive(_ page: UInt64, in place: Int) {
    let word = Int(page / 64)
    let missing = word - blocks[place].pages.count + 1
    if missing > 0 {
      guard missing <= Self.mostWords - words else { return blocks[place].isUncounted = true }
      blocks[place].pages.append(contentsOf: repeatElement(0, count: missing))
      words += missing
    }
    let bit: UInt64 = 1 << (page % 64)
    if blocks[place].pages[word] & bit == 0 { blocks[place].received += 1 }
    blocks[place].pages[word] |= bit
  }
}
