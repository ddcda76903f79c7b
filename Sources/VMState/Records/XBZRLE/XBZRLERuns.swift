internal import CVMState

/// The runs of bytes that agree and differ in two contents of a page, 64 bytes at a time as
/// bits of a word: where many runs are short, each takes a shift and a count of zeros.
struct XBZRLERuns {
  private static let blockBytes = 64

  private let old: UnsafeRawPointer
  private let new: UnsafeRawPointer
  private let size: Int
  // The present block, and which of its bytes agree; those past the end do.
  private var block = 0
  private var agreeing: UInt64 = 0

  init(_ old: UnsafeRawPointer, _ new: UnsafeRawPointer, size: Int) {
    (self.old, self.new, self.size) = (old, new, size)
    load(0)
  }

  /// Where the bytes begin to differ, from an index on; the size if they do not.
  @inline(__always)
  mutating func endOfEqual(_ index: Int) -> Int {
    enter(index)
    let differing = ~agreeing &>> UInt64(index & 63)
    if differing != 0 { return index &+ differing.trailingZeroBitCount }
    var next = block &+ Self.blockBytes
    while next &+ Self.blockBytes <= size, vms_agree(old + next, new + next) != 0 {
      next &+= Self.blockBytes
    }
    guard next < size else { return size }
    load(next)
    return agreeing == .max ? size : next &+ (~agreeing).trailingZeroBitCount
  }

  /// Where the bytes begin to agree, from an index on; the size if they do not.
  @inline(__always)
  mutating func endOfChanged(_ index: Int) -> Int {
    enter(index)
    let rest = agreeing &>> UInt64(index & 63)
    if rest != 0 { return min(size, index &+ rest.trailingZeroBitCount) }
    var next = block &+ Self.blockBytes
    while next < size {
      load(next)
      if agreeing != 0 { return min(size, next &+ agreeing.trailingZeroBitCount) }
      next &+= Self.blockBytes
    }
    return size
  }

  @inline(__always)
  private mutating func enter(_ index: Int) {
    if index &- block >= Self.blockBytes { load(index & ~63) }
  }

  @inline(__always)
  private mutating func load(_ start: Int) {
    block = start
    if start &+ Self.blockBytes <= size {
      agreeing = vms_agreeing_bytes(old + start, new + start)
    } else {
      agreeing = lastAgreeing(start)
    }
  }

  /// The bits of a block that the page ends in.
  @inline(never)
  private func lastAgreeing(_ start: Int) -> UInt64 {
    var bits = UInt64.max
    for index in start..<max(start, size)
    where old.load(fromByteOffset: index, as: UInt8.self)
      != new.load(fromByteOffset: index, as: UInt8.self)
    {
      bits &= ~(1 << UInt64(index &- start))
    }
    return bits
  }
}
