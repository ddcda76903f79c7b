/// The search for pages that hold nothing but zeros.
///
/// The first word is looked at by itself, so that most pages with content are recognised by one
/// load; the rest goes by vectors of eight words, in the order of the memory: looking at other
/// places of a page first costs more than it saves. No alignment is asked for. The memory may
/// change meanwhile: the answer is about the bytes as they were loaded.
///
/// QEMU: `buffer_is_zero`, util/bufferiszero.c.
public enum ZeroPage {
  /// True if every byte is zero.
  ///
  /// - Parameter count: Bytes; a multiple of 256 takes the fast way.
  public static func isZero(_ start: UnsafeRawPointer, count: Int) -> Bool {
    guard count >= 256, count & 255 == 0 else { return isZeroSlowly(start, count) }
    return isFilledWithZeros(start, start + count)
  }

  /// Looks at pages that follow each other.
  ///
  /// - Parameters:
  ///   - pageSize: A multiple of 256.
  ///   - count: At most 64.
  /// - Returns: A bit for each page with content, the first page's lowest.
  static func content(_ start: UnsafeRawPointer, pageSize: Int, count: Int) -> UInt64 {
    var content: UInt64 = 0
    var bit: UInt64 = 1
    var page = start
    let end = start + count &* pageSize
    while page < end {
      let next = page + pageSize
      if !isFilledWithZeros(page, next) { content |= bit }
      bit &<<= 1
      page = next
    }
    return content
  }

  @inline(__always)
  private static func isFilledWithZeros(
    _ start: UnsafeRawPointer, _ end: UnsafeRawPointer
  ) -> Bool {
    start.loadUnaligned(as: UInt64.self) == 0 && scan(start, end)
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
