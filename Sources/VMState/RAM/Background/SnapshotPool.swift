/// Memory for the copies of pages, of a fixed size: the places of one size are used again and
/// again, the one freed last first.
///
/// Belongs to who holds the snapshot's lock.
struct SnapshotPool {
  private let mapping: AnonymousMapping?
  private let limit: Int
  // Bytes that belong to a size.
  private var carved = 0
  // Free places by size.
  private var free: [Int: [UnsafeMutableRawPointer]] = [:]
  private(set) var used = 0
  private(set) var mostUsed = 0

  /// - Parameter limit: Bytes; 0 gives no place ever.
  /// - Throws: `limitExceeded` when the system has no such amount.
  init(limit: UInt64) throws(VMStateError) {
    mapping = limit > 0 ? try AnonymousMapping(length: limit) : nil
    self.limit = mapping?.length ?? 0
  }

  /// A place of some bytes, or nil when all are in use.
  mutating func take(_ size: Int) -> UnsafeMutableRawPointer? {
    guard let place = free[size]?.popLast() ?? carve(size) else { return nil }
    used += size
    mostUsed = max(mostUsed, used)
    return place
  }

  private mutating func carve(_ size: Int) -> UnsafeMutableRawPointer? {
    guard let mapping, limit - carved >= size else { return nil }
    defer { carved += size }
    return mapping.base + carved
  }

  /// Gives a place back.
  mutating func put(_ place: UnsafeMutableRawPointer, _ size: Int) {
    used -= size
    free[size, default: []].append(place)
  }
}
