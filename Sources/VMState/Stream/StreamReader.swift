/// The buffered reader of a stream: QEMU's `QEMUFile`, read side.
///
/// Every read throws at the end of the data: a missing byte never passes for a zero. Peeking
/// and reading in place do not consume. The first error latches with its offset, and every
/// later read throws it again. A reader is lent as `inout` for the time of a call.
///
/// QEMU: migration/qemu-file.c.
public struct StreamReader: ~Copyable {
  /// The longest run that `need(_:)` and `peek` grant, in bytes; the buffer holds at least as many.
  public static let bufferSize = 32768
  /// Runs of at least this many bytes are read straight into place.
  public static let directSize = 65536

  private let storage: UnsafeMutableRawPointer?
  private let capacity: Int
  @usableFromInline var cursor: UnsafeRawPointer
  @usableFromInline var end: UnsafeRawPointer
  // Stream offset of the first byte of the buffer's present content.
  private var base: UInt64
  private var contentStart: UnsafeRawPointer

  // Sums over everything consumed, up to `summed`.
  private(set) var digest: StreamDigest?
  private var summed: UnsafeRawPointer

  /// The channel underneath; nil for a reader over memory.
  public let channel: (any ByteChannel)?
  /// The first error, if any.
  public private(set) var error: VMStateError?

  /// Makes a reader over a channel.
  ///
  /// - Parameters:
  ///   - channel: Where the bytes come from.
  ///   - offset: The offset of the channel's first byte in the stream, for messages.
  ///   - capacity: Bytes of the buffer, at least `bufferSize`: more for a long stream, where each
  ///     read of the channel counts; fewer for one that is read here and there.
  public init(_ channel: any ByteChannel, offset: UInt64 = 0, capacity: Int = bufferSize) {
    self.capacity = max(capacity, Self.bufferSize)
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: self.capacity, alignment: 64)
    storage = buffer
    cursor = UnsafeRawPointer(buffer)
    end = cursor
    contentStart = cursor
    summed = cursor
    base = offset
    self.channel = channel
  }

  /// Makes a reader over memory that outlives it; nothing is copied.
  public init(over bytes: UnsafeRawBufferPointer, offset: UInt64 = 0) {
    storage = nil
    capacity = 0
    cursor = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
    end = cursor + bytes.count
    contentStart = cursor
    summed = cursor
    base = offset
    channel = nil
  }

  deinit { storage?.deallocate() }

  /// Offset of the next byte from the start of the stream.
  public var position: UInt64 { base + UInt64(cursor - contentStart) }

  /// Bytes that can be had without reading from the channel.
  public var available: Int { end - cursor }

  /// Latches an error, with the present position unless it has an offset; the first one stays.
  public mutating func fail(_ error: VMStateError) {
    if self.error == nil { self.error = error.at(position) }
    // With nothing left in the buffer every later read comes to the check.
    end = cursor
  }

  /// Throws the latched error, if there is one.
  public func check() throws(VMStateError) {
    if let error { throw error }
  }

  /// Reads once more from the channel; false at the end of the data.
  ///
  /// - Throws: The latched error, or the channel's (then latched).
  private mutating func fill() throws(VMStateError) -> Bool {
    try check()
    guard let storage, let channel else { return false }
    if digest != nil { sum() }
    let kept = end - cursor
    if cursor != UnsafeRawPointer(storage) {
      base = position
      storage.copyMemory(from: cursor, byteCount: kept)
      cursor = UnsafeRawPointer(storage)
      contentStart = cursor
      summed = cursor
      end = cursor + kept
    }
    guard kept < capacity else { return true }
    do throws(VMStateError) {
      let space = UnsafeMutableRawBufferPointer(
        start: storage + kept, count: capacity - kept)
      let count = try channel.read(into: space)
      end += count
      return count > 0
    } catch {
      fail(error.at(base + UInt64(kept)))
      throw self.error ?? error
    }
  }

  /// The error for data that ended too early; latched.
  public mutating func endOfStream(expected: String) -> VMStateError {
    let error = VMStateError(
      .endOfStream, "the stream ends too early", offset: position + UInt64(available),
      expected: expected, found: "end of data")
    fail(error)
    return self.error ?? error
  }

  /// Makes `count` contiguous bytes available and returns the first, without consuming.
  ///
  /// - Parameter count: At most `bufferSize`.
  /// - Throws: `endOfStream`, or the channel's error.
  @inlinable @inline(__always)
  public mutating func need(_ count: Int) throws(VMStateError) -> UnsafeRawPointer {
    if end - cursor < count { try gather(count) }
    return cursor
  }

  @usableFromInline
  mutating func gather(_ count: Int) throws(VMStateError) {
    try check()
    precondition(count <= Self.bufferSize || storage == nil, "more than the buffer holds")
    while end - cursor < count {
      guard try fill() else {
        throw endOfStream(expected: "\(count - available) more bytes")
      }
    }
  }

  /// Makes `count` bytes available if the channel still has them; false, and no error, if the
  /// data ends before.
  ///
  /// - Parameter count: At most `bufferSize`.
  /// - Throws: The channel's error.
  @inlinable @inline(__always)
  public mutating func prefetch(_ count: Int) throws(VMStateError) -> Bool {
    if end - cursor >= count { return true }
    return try peek(count).count == count
  }

  /// Consumes bytes granted by `need(_:)`.
  @inlinable @inline(__always)
  public mutating func advance(_ count: Int) {
    assert(count <= end - cursor)
    cursor += count
  }

  /// As many as `count` bytes from the present position without consuming; fewer only at the
  /// end of the data, which is not an error here.
  ///
  /// - Parameter count: At most `bufferSize`.
  /// - Throws: The channel's error.
  @inlinable @inline(__always)
  public mutating func peek(_ count: Int) throws(VMStateError) -> UnsafeRawBufferPointer {
    // With an error latched nothing is left in the buffer.
    if count > 0, end - cursor >= count {
      return UnsafeRawBufferPointer(start: cursor, count: count)
    }
    return try peekMore(count)
  }

  @usableFromInline
  mutating func peekMore(_ count: Int) throws(VMStateError) -> UnsafeRawBufferPointer {
    try check()
    while end - cursor < min(count, Self.bufferSize) {
      guard try fill() else { break }
    }
    return UnsafeRawBufferPointer(start: cursor, count: min(count, end - cursor))
  }

  /// The byte at an offset from the present position, or nil at the end of the data.
  ///
  /// - Parameter offset: Less than `bufferSize`.
  @inlinable @inline(__always)
  public mutating func peekByte(at offset: Int = 0) throws(VMStateError) -> UInt8? {
    let bytes = try peek(offset + 1)
    return bytes.count > offset ? bytes[offset] : nil
  }

  /// Reads bytes into memory; long runs go straight there.
  ///
  /// - Throws: `endOfStream`, or the channel's error.
  public mutating func read(
    into target: UnsafeMutableRawPointer, count: Int
  ) throws(VMStateError) {
    try check()
    var target = target
    var left = count
    while left > 0 {
      let here = min(left, end - cursor)
      if here > 0 {
        target.copyMemory(from: cursor, byteCount: here)
        cursor += here
        target += here
        left -= here
        continue
      }
      if left >= Self.directSize, let channel {
        let got = try readDirect(channel, target, left)
        target += got
        left -= got
      } else if try !fill() {
        throw endOfStream(expected: "\(left) more bytes")
      }
    }
  }

  /// One read past the empty buffer, straight into place.
  private mutating func readDirect(
    _ channel: any ByteChannel, _ target: UnsafeMutableRawPointer, _ count: Int
  ) throws(VMStateError) -> Int {
    base = position
    contentStart = cursor
    do throws(VMStateError) {
      let got = try channel.read(into: UnsafeMutableRawBufferPointer(start: target, count: count))
      guard got > 0 else { throw endOfStream(expected: "\(count) more bytes") }
      base += UInt64(got)
      if digest != nil {
        sum()
        digest?.update(UnsafeRawBufferPointer(start: target, count: got))
      }
      return got
    } catch {
      fail(error)
      throw self.error ?? error
    }
  }

  /// Begins to sum what is consumed from here on.
  mutating func startDigest(isStrong: Bool) {
    digest = StreamDigest(isStrong: isStrong)
    summed = cursor
  }

  /// The sums of everything consumed since `startDigest`, or nil.
  mutating func currentDigest() -> StreamDigest? {
    sum()
    return digest
  }

  private mutating func sum() {
    digest?.update(UnsafeRawBufferPointer(start: summed, count: cursor - summed))
    summed = cursor
  }

  /// Drops the buffer and goes on at another position of the channel, which is then the
  /// stream's position too. QEMU: `qemu_set_offset`, migration/qemu-file.c.
  ///
  /// - Parameter position: Counted as the `offset` that the reader was made with: one that
  ///   seeks takes the channel's own position for it.
  /// - Throws: The latched error; `unsupported` if the channel has no positions.
  public mutating func seek(to position: UInt64) throws(VMStateError) {
    try check()
    do throws(VMStateError) {
      guard let channel else {
        throw VMStateError(.unsupported, "a reader over memory cannot move its position")
      }
      try channel.seek(to: position)
    } catch {
      fail(error)
      throw self.error ?? error
    }
    end = cursor
    contentStart = cursor
    summed = cursor
    base = position
  }

  /// Consumes `count` bytes without keeping them.
  ///
  /// - Throws: `endOfStream`, or the channel's error.
  public mutating func skip(_ count: UInt64) throws(VMStateError) {
    var left = count
    while left > 0 {
      let here = UInt64(end - cursor)
      if here == 0 {
        guard try fill() else { throw endOfStream(expected: "\(left) more bytes") }
        continue
      }
      let step = min(left, here)
      cursor += Int(step)
      left -= step
    }
  }
}
