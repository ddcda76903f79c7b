/// The buffered writer of a stream: QEMU's `QEMUFile`, write side.
///
/// Values are put big-endian into one 32 KiB buffer; memory that stays as it is until the
/// next flush (guest pages) is queued as a span and never copied. A flush is one vectored
/// write. A writer is lent as `inout` for the time of a call and never kept.
///
/// The first error latches, with the offset at which the stream stopped; later puts do
/// nothing visible. Callers look with `check()` where it matters (after each section) rather
/// than after every put.
///
/// QEMU: migration/qemu-file.c.
public struct StreamWriter: ~Copyable {
  /// Bytes of the buffer; also the longest run that `reserve(_:)` grants.
  public static let bufferSize = 32768
  /// Most spans in one vectored write: four times QEMU's 64, which saves calls.
  public static let maximumSpans = 256

  @usableFromInline let start: UnsafeMutableRawPointer
  @usableFromInline let limit: UnsafeMutableRawPointer
  /// The next free byte of the buffer.
  @usableFromInline var cursor: UnsafeMutableRawPointer
  // First byte of the buffer that is in no span yet.
  @usableFromInline var unlisted: UnsafeMutableRawPointer
  let spans: UnsafeMutablePointer<WriteSpan>
  var spanCount = 0
  var listedBytes = 0
  // Bytes that left the queue, whether the channel took them or an error had latched.
  private var drainedBytes: UInt64
  // Bytes that the channel took.
  private var takenBytes: UInt64

  // Sums over everything put, up to `summed`; pages are copied then, since memory that changes
  // between the sum and the write would not be what the sum is of.
  private(set) var digest: StreamDigest?
  private var summed: UnsafeMutableRawPointer

  /// The channel underneath; nil for a writer that only measures.
  public let channel: (any ByteChannel)?
  /// The transferred-byte count and rate limit, possibly shared with other writers.
  public let counters: TransferCounters
  /// The first error, if any.
  public private(set) var error: VMStateError?

  /// Makes a writer over a channel.
  ///
  /// - Parameters:
  ///   - channel: Where the bytes go; nil counts them only.
  ///   - offset: The offset of the next byte in the stream. A writer that seeks takes the
  ///     channel's position for it.
  ///   - counters: Shared counters, when several channels carry one migration.
  public init(
    _ channel: (any ByteChannel)?, offset: UInt64 = 0,
    counters: TransferCounters = TransferCounters()
  ) {
    drainedBytes = offset
    takenBytes = offset
    start = .allocate(byteCount: Self.bufferSize, alignment: 64)
    limit = start + Self.bufferSize
    cursor = start
    unlisted = start
    summed = start
    spans = .allocate(capacity: Self.maximumSpans)
    self.channel = channel
    self.counters = counters
  }

  deinit {
    start.deallocate()
    spans.deallocate()
  }

  /// Bytes put so far, flushed or not: the offset of the next byte from the stream's start.
  /// It grows with every put, also after an error, so that differences are sizes.
  public var position: UInt64 {
    drainedBytes + UInt64(listedBytes) + UInt64(cursor - unlisted)
  }

  /// Latches an error, with the present position unless it has an offset; the first one stays.
  public mutating func fail(_ error: VMStateError) {
    if self.error == nil { self.error = error.at(position) }
  }

  /// Throws the latched error, if there is one.
  public func check() throws(VMStateError) {
    if let error { throw error }
  }

  /// Makes room for `count` contiguous bytes and returns where they go; `advance(to:)` ends
  /// the writing.
  ///
  /// - Parameter count: At most `bufferSize`.
  @inlinable @inline(__always)
  public mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer {
    precondition(count <= Self.bufferSize, "a reservation must fit the buffer")
    if limit - cursor < count { drain() }
    return cursor
  }

  /// Ends a writing begun with `reserve(_:)`.
  @inlinable @inline(__always)
  public mutating func advance(to end: UnsafeMutableRawPointer) {
    assert(end >= cursor && end <= limit)
    cursor = end
  }

  /// Lists what is in the buffer as one more span.
  private mutating func listBuffer() {
    let count = cursor - unlisted
    guard count > 0 else { return }
    spans[spanCount] = WriteSpan(base: unlisted, count: count)
    spanCount += 1
    listedBytes += count
    unlisted = cursor
  }

  /// Queues memory without copying it.
  ///
  /// The memory must stay valid until the next flush. Its content may change meanwhile (a
  /// running guest); whatever is there at the time of the system call is written. Memory that
  /// follows on the last span in memory makes that one longer.
  public mutating func putSpan(_ base: UnsafeRawPointer, count: Int) {
    guard count > 0 else { return }
    if digest != nil {
      return put(bytes: UnsafeRawBufferPointer(start: base, count: count))
    }
    if unlisted == cursor, spanCount > 0, spans[spanCount - 1].end == base {
      spans[spanCount - 1].count += count
      listedBytes += count
      return
    }
    if spanCount + 2 > Self.maximumSpans { makeRoom(cursor > unlisted ? 2 : 1) }
    listBuffer()
    spans[spanCount] = WriteSpan(base: base, count: count)
    spanCount += 1
    listedBytes += count
  }

  /// Hands on what is listed if fewer spans are free than needed. What is not listed yet
  /// moves to the start of the buffer.
  private mutating func makeRoom(_ needed: Int) {
    guard spanCount + needed > Self.maximumSpans else { return }
    writeSpans()
    let count = cursor - unlisted
    start.copyMemory(from: unlisted, byteCount: count)
    unlisted = start
    cursor = start + count
  }

  /// Hands what is listed to the channel, and keeps the rest of the buffer: a header put last
  /// goes along with the memory that follows it, not in a write of its own.
  mutating func drainSpans() {
    writeSpans()
    let kept = cursor - unlisted
    start.copyMemory(from: unlisted, byteCount: kept)
    unlisted = start
    cursor = start + kept
  }

  /// Hands everything to the channel; an error is latched, not thrown.
  @usableFromInline
  mutating func drain() {
    if digest != nil { sum() }
    if spanCount == Self.maximumSpans { writeSpans() }
    listBuffer()
    writeSpans()
    cursor = start
    unlisted = start
    summed = start
  }

  /// Begins to sum what is put from here on.
  mutating func startDigest(isStrong: Bool) {
    digest = StreamDigest(isStrong: isStrong)
    summed = cursor
  }

  /// The sum of everything put since `startDigest`, or nil.
  mutating func currentSum() -> CRC32C? {
    sum()
    return digest?.crc
  }

  private mutating func sum() {
    digest?.update(UnsafeRawBufferPointer(start: summed, count: cursor - summed))
    summed = cursor
  }

  private mutating func writeSpans() {
    drainedBytes += UInt64(listedBytes)
    if error == nil { sendSpans() }
    spanCount = 0
    listedBytes = 0
  }

  private mutating func sendSpans() {
    guard let channel else { return }
    var first = 0
    while first < spanCount {
      do throws(VMStateError) {
        let left = UnsafeBufferPointer(start: spans + first, count: spanCount - first)
        let written = try channel.write(left)
        guard written > 0 else {
          throw VMStateError(.channelFailed, "the channel took no bytes")
        }
        takenBytes += UInt64(written)
        counters.add(written)
        consume(written, from: &first)
      } catch {
        fail(error.at(takenBytes))
        return
      }
    }
  }

  /// Flushes, then goes on at another position of the channel, which is then the stream's
  /// position too. QEMU: `qemu_set_offset`, migration/qemu-file.c.
  ///
  /// - Throws: The latched error; `unsupported` if the channel has no positions.
  public mutating func seek(to position: UInt64) throws(VMStateError) {
    try flush()
    do throws(VMStateError) {
      try channel?.seek(to: position)
    } catch {
      fail(error)
      throw self.error ?? error
    }
    drainedBytes = position
    takenBytes = position
  }

  /// Counts the byte that went along with a descriptor, past the buffer.
  mutating func count(oneByteSentBy channel: (any ByteChannel)?) {
    drainedBytes += 1
    guard channel != nil else { return }
    takenBytes += 1
    counters.add(1)
  }

  /// Drops what a short write has taken from the span list.
  private mutating func consume(_ written: Int, from first: inout Int) {
    var left = written
    while left > 0, first < spanCount {
      if left >= spans[first].count {
        left -= spans[first].count
        first += 1
      } else {
        spans[first].base += left
        spans[first].count -= left
        left = 0
      }
    }
  }

  /// Hands everything to the channel.
  ///
  /// - Throws: The latched error.
  public mutating func flush() throws(VMStateError) {
    drain()
    try check()
  }

  /// True when the rate limit is exceeded, or an error is latched (nothing more is to be
  /// sent in this round).
  public var isRateExceeded: Bool { error != nil || counters.isRateExceeded }
}
