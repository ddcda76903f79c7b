/// The search for pages that hold nothing but zeros.
///
/// Three words are probed first, so that a page with content is mostly recognised by a few
/// loads; the rest goes by vectors of eight words. No alignment is asked for. The memory may
/// change meanwhile: the answer is about the bytes as they were loaded, each once.
///
/// QEMU: `buffer_is_zero`, util/bufferiszero.c.
public enum ZeroPage {
  /// True if every byte is zero.
  ///
  /// - Parameter count: Bytes; a multiple of 256 takes the fast way.
  public static func isZero(_ start: UnsafeRawPointer, count: Int) -> Bool {
    guard count >= 256, count & 255 == 0 else { return isZeroSlowly(start, count) }
    return probe(start, count) == 0 && scan(start, start + count)
  }

  /// The three words that show most pages with content.
  @inline(__always)
  private static func probe(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
    let first = start.loadUnaligned(as: UInt64.self)
    let middle = start.loadUnaligned(fromByteOffset: count >> 1, as: UInt64.self)
    let last = start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
    return first | middle | last
  }

  /// Probes pages that follow each other. Nothing in the loop waits for a load, so the
  /// misses of many pages overlap.
  ///
  /// - Parameter count: At most 64.
  /// - Returns: A bit for each page that surely has content, the first page's lowest.
  static func probe(_ start: UnsafeRawPointer, pageSize: Int, count: Int) -> UInt64 {
    var content: UInt64 = 0
    var bit: UInt64 = 1
    var cursor = start
    let end = start + count &* pageSize
    while cursor < end {
      content |= probe(cursor, pageSize) == 0 ? 0 : bit
      bit &<<= 1
      cursor += pageSize
    }
    return content
  }

  /// Looks at pages that follow each other: probes all, then reads those whole that may be
  /// zero.
  ///
  /// - Parameter count: At most 64.
  /// - Returns: A bit for each page with content, the first page's lowest.
  static func content(_ start: UnsafeRawPointer, pageSize: Int, count: Int) -> UInt64 {
    var content = probe(start, pageSize: pageSize, count: count)
    var maybe = ~content & (UInt64.max &>> UInt64(64 &- count))
    while maybe != 0 {
      let page = start + maybe.trailingZeroBitCount &* pageSize
      if !scan(page, page + pageSize) { content |= maybe & (0 &- maybe) }
      maybe &= maybe &- 1
    }
    return content
  }

  /// True if every byte of a range, a multiple of 256, is zero.
  static func scan(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) -> Bool {
    typealias Vector = SIMD8<UInt64>
    var cursor = start
    while cursor < end {
      let first =
        cursor.loadUnaligned(as: Vector.self)
        | cursor.loadUnaligned(fromByteOffset: 64, as: Vector.self)
      let second =
        cursor.loadUnaligned(fromByteOffset: 128, as: Vector.self)
        | cursor.loadUnaligned(fromByteOffset: 192, as: Vector.self)
      if !isZero(first | second) { return false }
      cursor += 256
    }
    return true
  }

  /// By halves down to one word: fewer steps than a comparison of all lanes.
  @inline(__always)
  private static func isZero(_ vector: SIMD8<UInt64>) -> Bool {
    let half = vector.lowHalf | vector.highHalf
    let quarter = half.lowHalf | half.highHalf
    return quarter[0] | quarter[1] == 0
  }

  private static func isZeroSlowly(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
    UnsafeRawBufferPointer(start: start, count: count).allSatisfy { $0 == 0 }
  }

  /// Writes zeros, unless they are there already (which would take memory for nothing).
  static func clear(_ start: UnsafeMutableRawPointer, count: Int) {
    if !isZero(start, count: count) {
      start.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    }
  }
}
