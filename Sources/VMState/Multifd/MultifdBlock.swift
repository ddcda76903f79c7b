import Synchronization

/// A RAM block as the channels' threads see it: plain pointers. The owner keeps memory and
/// bitmaps alive until the threads have ended.
struct MultifdBlock: @unchecked Sendable {
  /// Its place among the blocks of the save.
  var index = 0
  /// Its name as on the wire.
  var name: [UInt8]
  /// The memory that is read, or where pages go.
  var base: UnsafeMutableRawPointer
  /// Bytes that have pages.
  var usedLength: UInt64
  /// Load: pages that have come, and those of them that are stored; bits are set by several
  /// threads at a time.
  var received: UnsafeMutablePointer<UInt64>?
  var stored: UnsafeMutablePointer<UInt64>?
  /// Load: the memory is a copy, of which zero pages are only noted.
  var isStaged = false
  /// Load: the memory is a mapping of the library's.
  var isMapped = false
  /// Load: pages may come for it.
  var isOpen = true

  /// Notes a page with content.
  func markStored(_ page: Int) {
    if let received, let stored { Self.markStored(page, received, stored) }
  }

  /// Notes a page of zeros, and answers whether something came for it before.
  func markZero(_ page: Int) -> Bool {
    guard let received, let stored else { return true }
    return Self.markZero(page, received, stored)
  }

  static func markStored(
    _ page: Int, _ received: UnsafeMutablePointer<UInt64>, _ stored: UnsafeMutablePointer<UInt64>
  ) {
    set(received, page)
    if stored != received { set(stored, page) }
  }

  static func markZero(
    _ page: Int, _ received: UnsafeMutablePointer<UInt64>, _ stored: UnsafeMutablePointer<UInt64>
  ) -> Bool {
    if stored != received {
      let bit: UInt64 = 1 << UInt64(page & 63)
      _ = atomic(stored, page).pointee.bitwiseAnd(~bit, ordering: .relaxed)
    }
    return set(received, page)
  }

  @discardableResult
  private static func set(_ words: UnsafeMutablePointer<UInt64>, _ page: Int) -> Bool {
    let bit: UInt64 = 1 << UInt64(page & 63)
    return atomic(words, page).pointee.bitwiseOr(bit, ordering: .relaxed).oldValue & bit != 0
  }

  /// The word of a bitmap that holds a page's bit.
  static func atomic(
    _ words: UnsafeMutablePointer<UInt64>, _ page: Int
  ) -> UnsafeMutablePointer<Atomic<UInt64>> {
    UnsafeMutableRawPointer(words + (page >> 6)).assumingMemoryBound(to: Atomic<UInt64>.self)
  }
}
