/// Elements in a row that grows at its end and is cut at both ends, by indexes that never
/// change: the memory goes round, and is asked for only when more elements are held than ever.
struct RewindRing<Element: BitwiseCopyable>: ~Copyable {
  private var storage: UnsafeMutablePointer<Element>
  // Capacity - 1; the capacity is a power of two.
  private var mask: Int
  /// The first index held.
  private(set) var start = 0
  /// Behind the last index held.
  private(set) var end = 0

  init() {
    mask = 63
    storage = .allocate(capacity: mask + 1)
  }

  deinit { storage.deallocate() }

  var count: Int { end - start }

  @inline(__always)
  subscript(index: Int) -> Element {
    assert(index >= start && index < end)
    return storage[index & mask]
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if end &- start > mask { grow() }
    storage[end & mask] = element
    end &+= 1
  }

  private mutating func grow() {
    let wider = mask * 2 + 1
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: wider + 1)
    for index in start..<end { larger[index & wider] = storage[index & mask] }
    storage.deallocate()
    storage = larger
    mask = wider
  }

  /// Forgets what lies before an index.
  mutating func removeFirst(to index: Int) {
    assert(index >= start && index <= end)
    start = index
  }

  /// Forgets an index and what follows.
  mutating func removeLast(from index: Int) {
    assert(index >= start && index <= end)
    end = index
  }

  /// Forgets everything; the next element has this index.
  mutating func removeAll(next index: Int) {
    start = index
    end = index
  }
}
