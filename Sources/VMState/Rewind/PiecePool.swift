/// Places for pieces of memory of one size, handed out and taken back in any order.
///
/// One mapping reaches as far as the byte limit; the system gives memory where it is written.
/// A place given back is the next one handed out.
struct PiecePool: ~Copyable {
  /// The place that always holds zeros and is never handed out.
  static let zeros: UInt32 = 0

  /// Contents that together are larger than caches: they are written past them, and lie in
  /// large pages, since with small ones most copies would wait for the page table.
  let isLarge: Bool
  let pieceSize: Int
  let base: UnsafeMutableRawPointer
  /// Places that can be handed out.
  let capacity: Int
  private let mapping: AnonymousMapping
  // The first place that was never handed out.
  private var fresh = 1
  private var returned: UnsafeMutablePointer<UInt32>
  private var returnedCount = 0
  // At least `fresh`: all places may come back at once.
  private var returnedCapacity = 64

  /// - Parameter bytes: What the places together may take.
  /// - Throws: `limitExceeded` when the system has no such address space.
  init(pieceSize: Int, bytes: UInt64) throws(VMStateError) {
    self.pieceSize = pieceSize
    capacity = Int(min(bytes / UInt64(pieceSize), UInt64(UInt32.max) - 2))
    let length = (capacity + 2) * pieceSize
    isLarge = pieceSize >= 1024 && length >= 16 << 20
    mapping = try AnonymousMapping(length: UInt64(length), hugePages: isLarge)
    base = mapping.base
    returned = .allocate(capacity: returnedCapacity)
  }

  deinit { returned.deallocate() }

  /// Places handed out.
  var used: Int { fresh - 1 - returnedCount }

  /// The memory of a place.
  @inline(__always)
  func memory(_ place: UInt32) -> UnsafeMutableRawPointer {
    base + Int(place) &* pieceSize
  }

  /// Hands out a place; the owner stays below the capacity, or above it by one.
  @inline(__always)
  mutating func take() -> UInt32 {
    if returnedCount > 0 {
      returnedCount &-= 1
      return returned[returnedCount]
    }
    return takeFresh()
  }

  /// The place that is handed out next, if it was given back before.
  var next: UInt32? { returnedCount > 0 ? returned[returnedCount - 1] : nil }

  private mutating func takeFresh() -> UInt32 {
    precondition(fresh <= capacity + 1, "the pool is empty")
    let place = UInt32(fresh)
    fresh += 1
    if fresh > returnedCapacity { growReturned() }
    return place
  }

  private mutating func growReturned() {
    let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: returnedCapacity * 2)
    larger.update(from: returned, count: returnedCount)
    returned.deallocate()
    returned = larger
    returnedCapacity *= 2
  }

  /// Takes a place back.
  @inline(__always)
  mutating func put(_ place: UInt32) {
    guard place != Self.zeros else { return }
    returned[returnedCount] = place
    returnedCount &+= 1
  }

  /// Takes all places back.
  mutating func putAll() {
    fresh = 1
    returnedCount = 0
  }
}
