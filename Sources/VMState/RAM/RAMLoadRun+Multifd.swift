extension RAMLoadRun {
  /// Shows the channels where pages go.
  func openMultifd() {
    multifd?.open(
      blocks.map { item in
        let target = item.target
        let isOpen = item.isListed && !item.isIgnored
        if isOpen, !item.isProtected { item.isTouched = true }
        return MultifdBlock(
          name: item.block.name, base: target.base, usedLength: target.usedLength,
          received: target.received, stored: target.stored, isStaged: target.isStaged,
          isMapped: target.isMapped, isOpen: isOpen)
      })
  }

  /// Where the main channel's pages of a block go; with channels, their threads note pages too.
  func sharedTarget(of block: RAMLoadBlock) -> RAMLoadTarget {
    var target = block.target
    target.isShared = multifd != nil
    return target
  }

  /// At a mark: waits until all channels have come to the same point.
  mutating func meet(_ position: UInt64) throws(VMStateError) {
    guard let multifd else {
      throw VMStateError(
        .badRAMRecord, "the pages of this stream travel over multifd channels, and none is open",
        offset: position, expected: "a stream without MULTIFD_FLUSH", found: "MULTIFD_FLUSH")
    }
    meetsAtMarks = true
    try multifd.synchronise()
  }

  /// At a section's end: streams without marks have the channels meet here.
  mutating func endSection() throws(VMStateError) {
    guard let multifd else { return }
    if !meetsAtMarks { try multifd.synchronise() }
    if let error = multifd.error { throw error }
  }
}
