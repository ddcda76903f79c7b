/// The contents of pages as the receiver has them, kept by page address.
///
/// Direct-mapped: an address has one slot, given by its page number modulo the capacity. The
/// memory is taken from the system as it is first written. Belongs to one thread.
///
/// QEMU: `PageCache`, migration/page_cache.c.
final class XBZRLEPageCache {
  /// Bytes, a power of two, at least a page.
  let size: UInt64
  private let pageSize: TargetPageSize
  private let mask: UInt64
  private let contents: AnonymousMapping
  private let table: AnonymousMapping
  private let slots: UnsafeMutablePointer<Slot>

  /// What a slot holds. New memory is zero: no page.
  private struct Slot {
    // The address with all bits inverted, so that 0 stands for no page.
    var key: UInt64
    // The look at the dirty log at which the slot was last used.
    var age: UInt64
  }

  /// An empty cache.
  ///
  /// - Throws: `limitExceeded` when the system has no such memory.
  init(size: UInt64, pageSize: TargetPageSize) throws(VMStateError) {
    self.size = size
    self.pageSize = pageSize
    let count = size >> UInt64(pageSize.bits)
    mask = count - 1
    contents = try AnonymousMapping(length: size)
    table = try AnonymousMapping(length: count * UInt64(MemoryLayout<Slot>.stride))
    slots = table.base.bindMemory(to: Slot.self, capacity: Int(count))
  }

  @inline(__always)
  private func index(of address: UInt64) -> Int {
    Int(address &>> UInt64(pageSize.bits) & mask)
  }

  @inline(__always)
  private func content(_ index: Int) -> UnsafeMutableRawPointer {
    contents.base + index &<< pageSize.bits
  }

  /// The kept content of a page, whose slot is then of the age given; nil on a miss.
  func lookup(_ address: UInt64, age: UInt64) -> UnsafeMutableRawPointer? {
    let index = index(of: address)
    guard slots[index].key == ~address else { return nil }
    slots[index].age = age
    return content(index)
  }

  /// Keeps a page's content. A slot that another page used in this round or the last one is
  /// not given up.
  ///
  /// - Returns: The kept copy, or nil if there was no place.
  func insert(
    _ address: UInt64, _ page: UnsafeRawPointer, age: UInt64
  ) -> UnsafeMutableRawPointer? {
    let index = index(of: address)
    let slot = slots[index]
    if slot.key != 0, slot.key != ~address, slot.age &+ 2 > age { return nil }
    let copy = content(index)
    copy.copyMemory(from: page, byteCount: pageSize.bytes)
    slots[index] = Slot(key: ~address, age: age)
    return copy
  }
}
