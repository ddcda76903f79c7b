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
    return isZeroPage(start, count)
  }

  /// The fast way.
  ///
  /// - Parameter count: A multiple of 256, at least 256.
  @inline(__always)
  static func isZeroPage(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
    let first = start.loadUnaligned(as: UInt64.self)
    let middle = start.loadUnaligned(fromByteOffset: count >> 1, as: UInt64.self)
    let last = start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
    return first | middle | last == 0 && scan(start, start + count)
  }

  private static func scan(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) -> Bool {
    typealias Vector = SIMD8<UInt64>
    var cursor = start
    while cursor < end {
      let first =
        cursor.loadUnaligned(as: Vector.self)
        | cursor.loadUnaligned(fromByteOffset: 64, as: Vector.self)
      let second =
        cursor.loadUnaligned(fromByteOffset: 128, as: Vector.self)
        | cursor.loadUnaligned(fromByteOffset: 192, as: Vector.self)
      if (first | second) != .zero { return false }
      cursor += 256
    }
    return true
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
