/// Pages of one block that travel in one packet.
struct MultifdBatch: @unchecked Sendable {
  private(set) var name: [UInt8] = []
  /// The block's place among the blocks of the save.
  private(set) var block = 0
  /// The block's memory.
  private(set) var base: UnsafeRawPointer?
  /// Where the pages begin in the block.
  var offsets: [UInt64] = []

  var count: Int { offsets.count }

  init(capacity: Int) { offsets.reserveCapacity(capacity) }

  mutating func begin(_ block: MultifdBlock) {
    name = block.name
    self.block = block.index
    base = UnsafeRawPointer(block.base)
  }

  mutating func append(_ offset: UInt64) { offsets.append(offset) }

  mutating func removeAll() { offsets.removeAll(keepingCapacity: true) }

  /// How many pages follow each other from one of the batch on: they share a word of a bitmap.
  func run(from index: Int, pageBits: UInt64) -> Int {
    let first = offsets[index]
    let most = min(offsets.count - index, 64 - Int(first >> pageBits & 63))
    var count = 1
    while count < most, offsets[index + count] == first + UInt64(count) << pageBits { count += 1 }
    return count
  }

  /// Puts the pages with content first and those of zeros behind them, as QEMU does: a zero
  /// page changes places with the last one that was not looked at.
  ///
  /// - Returns: How many have content.
  mutating func sortZeroPages(pageSize: Int) -> Int {
    guard let base else { return 0 }
    var (first, last) = (0, offsets.count - 1)
    while first <= last {
      if ZeroPage.isZero(base + Int(offsets[first]), count: pageSize) {
        offsets.swapAt(first, last)
        last -= 1
      } else {
        first += 1
      }
    }
    return first
  }
}
