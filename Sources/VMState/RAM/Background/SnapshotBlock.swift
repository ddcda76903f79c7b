import Synchronization

/// One writable block of a snapshot: which parts of it may be written again.
///
/// A part is as large as the protection can be lifted: a page of the host or of the backing
/// memory, or a target page where that is larger or nothing is protected.
final class SnapshotBlock: @unchecked Sendable {
  let block: RAMBlock
  /// The place among the blocks of the save, as the page search counts them.
  let index: Int
  let base: UnsafeMutableRawPointer
  let usedLength: Int
  /// The length of a part: 1 shifted by so much.
  let partBits: Int
  let partCount: Int
  /// Copies that are not sent yet, by part; guarded by the snapshot's lock.
  var copies: [Int: UnsafeMutableRawPointer] = [:]
  // Bits of parts that were copied or sent. Set with the lock held, after the last look at the
  // memory; seen set, a store may follow.
  private let settled: UnsafeMutablePointer<Atomic<UInt64>>
  private let wordCount: Int

  init(_ block: RAMBlock, index: Int, partBytes: UInt64) {
    self.block = block
    self.index = index
    base = block.memory.base
    usedLength = Int(block.usedLength)
    partBits = partBytes.trailingZeroBitCount
    partCount = (usedLength + Int(partBytes) - 1) >> partBits
    wordCount = (partCount + 63) >> 6
    settled = .allocate(capacity: max(wordCount, 1))
    for index in 0..<wordCount { (settled + index).initialize(to: Atomic(0)) }
  }

  deinit {
    settled.deinitialize(count: wordCount)
    settled.deallocate()
  }

  var partBytes: Int { 1 << partBits }

  /// True if a part was copied or sent.
  func isSettled(_ part: Int) -> Bool {
    settled[part >> 6].load(ordering: .acquiring) & (1 << UInt64(part & 63)) != 0
  }

  /// Notes that parts were copied or sent.
  func settle(_ parts: Range<Int>) {
    var part = parts.lowerBound
    while part < parts.upperBound {
      let count = min(64 - part & 63, parts.upperBound - part)
      let ones = count == 64 ? UInt64.max : (1 << UInt64(count)) - 1
      settled[part >> 6].bitwiseOr(ones << UInt64(part & 63), ordering: .acquiringAndReleasing)
      part += count
    }
  }

  /// Copies a part, but for what lies behind the block's end.
  func copy(_ part: Int, to place: UnsafeMutableRawPointer) {
    let start = part << partBits
    place.copyMemory(from: base + start, byteCount: min(partBytes, usedLength - start))
  }

  /// The parts that a range of bytes touches; none behind the used length.
  func parts(offset: UInt64, count: UInt64) -> Range<Int> {
    guard count > 0, offset < UInt64(usedLength) else { return 0..<0 }
    let end = min(UInt64(usedLength) - offset, count) + offset
    return Int(offset) >> partBits..<(Int(end) - 1) >> partBits + 1
  }
}
