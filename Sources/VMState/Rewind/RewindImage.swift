/// The device sections of one frame as bytes, written through a stream writer.
///
/// Used by one thread, the one that owns the rewind buffer; a channel only so that the
/// ordinary writer can fill it.
final class RewindImage: ByteChannel, @unchecked Sendable {
  // Not shared between threads, see above.
  private(set) var base: UnsafeMutableRawPointer
  private(set) var capacity = 1024
  private(set) var count = 0
  private let limit: Int

  /// - Parameter limit: Bytes that the image may have.
  init(limit: Int) {
    self.limit = limit
    base = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { base.deallocate() }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    var written = 0
    for span in spans {
      try reserve(count + span.count)
      (base + count).copyMemory(from: span.base, byteCount: span.count)
      count += span.count
      written += span.count
    }
    return written
  }

  /// Makes the image hold so many bytes at least.
  ///
  /// - Throws: `limitExceeded`.
  func reserve(_ needed: Int) throws(VMStateError) {
    guard needed > capacity else { return }
    guard needed <= limit else {
      throw VMStateError(
        .limitExceeded, "the devices' state does not fit the rewind buffer",
        expected: "at most \(limit) bytes", found: "more than \(capacity)")
    }
    let wider = max(needed, capacity * 2)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: wider, alignment: 64)
    larger.copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = larger
    capacity = wider
  }

  /// Only back to the start: everything is written anew.
  func seek(to position: UInt64) throws(VMStateError) {
    guard position == 0 else {
      throw VMStateError(.unsupported, "a device section cannot move the position of a frame")
    }
    count = 0
  }

  /// Changes the length, as another frame has it; what lies behind the old one was put there
  /// by the caller.
  func setCount(_ count: Int) { self.count = count }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }
}

extension RewindImage {
  /// Changes bytes and length with another image.
  func exchange(with other: RewindImage) {
    swap(&base, &other.base)
    swap(&capacity, &other.capacity)
    swap(&count, &other.count)
  }
}
