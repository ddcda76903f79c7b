/// A block while a load runs: where its pages go, and which have come.
final class RAMLoadBlock {
  let block: RAMBlock
  let isIgnored: Bool
  /// The load may not touch the live content before the commit.
  let isProtected: Bool
  /// Pages that have come.
  let received: PageBitmap
  /// The length as it will be after the commit.
  private(set) var usedLength: UInt64
  private(set) var exactLength: UInt64

  /// Second copy of a protected block, and its pages that hold content; a page received and
  /// not stored is zero.
  private(set) var stage: AnonymousMapping?
  private(set) var stored: PageBitmap?
  /// The block list of the stream names it.
  var isListed = false
  /// Something may have been written in place.
  var isTouched = false

  init(_ block: RAMBlock, isIgnored: Bool) {
    self.block = block
    self.isIgnored = isIgnored
    isProtected = block.protection == .protected
    usedLength = block.usedLength
    exactLength = block.exactLength
    received = PageBitmap(
      pageCount: isIgnored ? 0 : block.targetPageSize.pages(in: block.maxLength))
  }

  /// Takes up the stream's length for the commit.
  ///
  /// - Throws: `ramBlockSize`.
  func setLength(_ length: UInt64) throws(VMStateError) {
    usedLength = try block.resizedLength(length, from: usedLength)
    exactLength = length
  }

  /// Bytes that the second copy may need; 0 when none is made.
  var stagedBytes: UInt64 { isProtected && !isIgnored ? usedLength : 0 }

  /// Maps the second copy, if the block needs one.
  ///
  /// - Throws: `limitExceeded` when the system has no memory.
  func makeStage() throws(VMStateError) {
    guard isProtected, !isIgnored, stage == nil else { return }
    do throws(VMStateError) {
      stage = try AnonymousMapping(length: block.maxLength)
    } catch {
      throw error.within(block.idstr)
    }
    stored = PageBitmap(pageCount: received.pageCount)
  }

  /// Where pages go, as the page loop sees it; valid as long as this object.
  var target: RAMLoadTarget {
    RAMLoadTarget(
      base: stage?.base ?? block.memory.base, live: block.memory.base, received: received.words,
      stored: stored?.words ?? received.words, usedLength: usedLength, isStaged: stage != nil,
      isMapped: block.memory.isMapped)
  }

  /// Puts the staged pages and length into place. Cannot fail.
  func commit(_ list: RAMBlockList) {
    copyStage()
    dropStage()
    if usedLength != block.usedLength || exactLength != block.exactLength {
      list.apply(block, used: usedLength, exact: exactLength)
    }
    if block.protection == .disposable { block.protection = .protected }
  }

  private func copyStage() {
    guard let stage, let stored else { return }
    let bits = block.targetPageSize.bits
    let limit = block.targetPageSize.pages(in: usedLength)
    var page = received.nextSet(from: 0, limit: limit)
    while page < limit {
      let isStored = stored.contains(page)
      let end = min(
        received.nextClear(from: page, limit: limit),
        isStored ? stored.nextClear(from: page, limit: limit) : page + 1)
      let (offset, count) = (page << bits, (end - page) << bits)
      if isStored {
        (block.memory.base + offset).copyMemory(from: stage.base + offset, byteCount: count)
      } else {
        ZeroPage.clear(block.memory.base + offset, count: count)
      }
      page = received.nextSet(from: end, limit: limit)
    }
  }

  private func dropStage() {
    stage = nil
    stored = nil
  }

  /// Gives the earlier state back: nothing to do for a block that was not written.
  func abort() {
    dropStage()
    if isTouched { block.memory.clear(block.maxLength) }
    isTouched = false
  }
}

/// Where the pages of the present block go; plain pointers for the page loop.
struct RAMLoadTarget {
  var base: UnsafeMutableRawPointer
  /// The memory that the machine uses, the same as `base` for a block loaded in place.
  var live: UnsafeMutableRawPointer
  var received: UnsafeMutablePointer<UInt64>
  /// The same as `received` for a block that is loaded in place.
  var stored: UnsafeMutablePointer<UInt64>
  var usedLength: UInt64
  var isStaged: Bool
  /// The live memory is a mapping of the library's.
  var isMapped: Bool

  /// Other threads set bits as well.
  var isShared = false

  /// Notes a page with content.
  @inline(__always)
  func markStored(_ page: Int) {
    if isShared { return MultifdBlock.markStored(page, received, stored) }
    let bit: UInt64 = 1 << UInt64(page & 63)
    received[page >> 6] |= bit
    stored[page >> 6] |= bit
  }

  /// Notes pages with content, of a block whose pages no other thread notes.
  func markStored(_ first: Int, count: Int) {
    var page = first
    let end = first &+ count
    while page < end {
      let here = min(64 &- page & 63, end &- page)
      let bits = (UInt64.max &>> UInt64(64 &- here)) &<< UInt64(page & 63)
      received[page >> 6] |= bits
      stored[page >> 6] |= bits
      page &+= here
    }
  }

  /// Notes pages of zeros.
  @inline(__always)
  func markZero(_ first: Int, count: Int) {
    if isShared {
      for page in first..<first + count { _ = MultifdBlock.markZero(page, received, stored) }
      return
    }
    var page = first
    let end = first &+ count
    while page < end {
      let here = min(64 &- page & 63, end &- page)
      let bits = (UInt64.max &>> UInt64(64 &- here)) &<< UInt64(page & 63)
      stored[page >> 6] &= ~bits
      received[page >> 6] |= bits
      page &+= here
    }
  }
}
