extension XBZRLE {
  /// Applies a delta to a page, in place.
  ///
  /// An empty delta changes nothing. A delta that turns out bad leaves what it has done so
  /// far. QEMU: `xbzrle_decode_buffer`, migration/xbzrle.c.
  ///
  /// - Parameters:
  ///   - delta: The encoded bytes.
  ///   - page: The page with the content that the sender knew.
  ///   - offset: Where the delta begins in the stream, for messages.
  /// - Returns: Bytes of the page up to the last one that the delta gives.
  /// - Throws: `badRAMRecord` if the delta ends inside a run, a length is malformed or zero
  ///   where it must not be, or a run leaves the page.
  @discardableResult
  public static func decode(
    _ delta: UnsafeRawBufferPointer, into page: UnsafeMutableRawBufferPointer,
    at offset: UInt64 = 0
  ) throws(VMStateError) -> Int {
    guard let source = delta.baseAddress, let target = page.baseAddress else {
      guard delta.isEmpty else { throw Fault.outside.error(0, offset) }
      return 0
    }
    var index = 0
    var done = 0
    while index < delta.count {
      let start = index
      let kept = try length(source, &index, delta.count, offset)
      guard kept > 0 || start == 0 else { throw Fault.empty.error(start, offset) }
      guard kept <= page.count &- done else { throw Fault.outside.error(start, offset) }
      done &+= kept

      let second = index
      let count = try length(source, &index, delta.count, offset)
      guard count > 0 else { throw Fault.empty.error(second, offset) }
      guard count <= page.count &- done else { throw Fault.outside.error(second, offset) }
      guard count <= delta.count &- index else { throw Fault.cut.error(second, offset) }
      copy(source + index, count, to: target + done)
      index &+= count
      done &+= count
    }
    return done
  }

  /// Takes a run's length; a form of two bytes may hold a small number.
  @inline(__always)
  private static func length(
    _ source: UnsafeRawPointer, _ index: inout Int, _ count: Int, _ offset: UInt64
  ) throws(VMStateError) -> Int {
    // A length is never the last byte, so two can be had even if it is one byte long.
    guard count &- index >= 2 else { throw Fault.cut.error(index, offset) }
    let first = Int(source.load(fromByteOffset: index, as: UInt8.self))
    if first < 0x80 {
      index &+= 1
      return first
    }
    let second = Int(source.load(fromByteOffset: index &+ 1, as: UInt8.self))
    guard second < 0x80 else { throw Fault.tooLong.error(index, offset) }
    index &+= 2
    return first & 0x7F | second &<< 7
  }

  /// Copies a run without touching a byte beside it.
  @inline(__always)
  private static func copy(
    _ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer
  ) {
    switch count {
    case 1: target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
    case 2...3: copyEnds(UInt16.self, source, count, target)
    case 4...7: copyEnds(UInt32.self, source, count, target)
    case 8...16: copyEnds(UInt64.self, source, count, target)
    default: target.copyMemory(from: source, byteCount: count)
    }
  }

  /// Copies one to two integers' worth of bytes by its first and its last integer.
  @inline(__always)
  private static func copyEnds<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ source: UnsafeRawPointer, _ count: Int, _ target: UnsafeMutableRawPointer
  ) {
    let last = count &- MemoryLayout<T>.size
    let tail = source.loadUnaligned(fromByteOffset: last, as: T.self)
    target.storeBytes(of: source.loadUnaligned(as: T.self), as: T.self)
    target.storeBytes(of: tail, toByteOffset: last, as: T.self)
  }

  private enum Fault: String {
    case cut = "ends inside a run"
    case empty = "has an empty run"
    case tooLong = "has a length of more than two bytes"
    case outside = "has a run that leaves the page"

    @inline(never)
    func error(_ index: Int, _ offset: UInt64) -> VMStateError {
      VMStateError(
        .badRAMRecord, "the XBZRLE delta \(rawValue)", offset: offset &+ UInt64(index))
    }
  }
}
