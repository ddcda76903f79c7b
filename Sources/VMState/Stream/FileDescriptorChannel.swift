import Synchronization

/// A channel over any open descriptor: a regular file, a pipe or FIFO, a terminal or another
/// device, a socket.
///
/// - A broken pipe is an error, never a signal.
/// - A regular file can be used at positions. If it ends before the size it had when the
///   channel was made, reading fails with `fileTruncated`.
/// - `shutdown()` wakes waiting calls. On a borrowed pipe that costs speed: writes are at most
///   `PIPE_BUF` bytes (4096), because a larger one could wait where nothing wakes it.
/// - An owned pipe is made to hold 1 MiB, if the system lets it (Linux).
///
/// QEMU: `QIOChannelFile`, io/channel-file.c.
public final class FileDescriptorChannel: ByteChannel {
  private let descriptor: Descriptor
  private let readPosition: Atomic<UInt64>

  /// Makes a channel over a descriptor.
  ///
  /// - Parameters:
  ///   - number: The open descriptor. If this fails it stays open and the caller's.
  ///   - ownership: Whether the channel closes it.
  ///   - name: What to call it in messages.
  /// - Throws: `channelFailed` if it is not open.
  public convenience init(
    _ number: Int32, _ ownership: DescriptorOwnership, name: String = "the descriptor"
  ) throws(VMStateError) {
    self.init(try Descriptor(number, ownership, name: name))
  }

  init(_ descriptor: Descriptor) {
    self.descriptor = descriptor
    readPosition = Atomic(descriptor.kind == .regular ? descriptor.offset : 0)
  }

  /// Shutdown; positioned I/O on regular files.
  public var capabilities: ChannelCapabilities {
    descriptor.kind == .regular ? [.positioned, .shutdown] : [.shutdown]
  }

  /// The present size of a regular file, in bytes.
  public var size: UInt64? { descriptor.size }

  /// Where a regular file's next read in order begins; 0 if this is no regular file.
  package var position: UInt64 { readPosition.load(ordering: .relaxed) }

  /// The size when the channel was made, in bytes; nil if this is no regular file.
  var initialSize: UInt64? { descriptor.kind == .regular ? descriptor.initialSize : nil }

  /// Reads the next bytes; 0 at the end.
  ///
  /// - Throws: `channelFailed`, `fileTruncated`.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let count = try descriptor.read(into: buffer)
    if descriptor.kind == .regular {
      let end = readPosition.add(UInt64(count), ordering: .relaxed).newValue
      if count == 0 { try checkSize(at: end, asked: buffer.count) }
    }
    return count
  }

  /// Writes some bytes of the spans.
  public func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    try descriptor.write(spans)
  }

  /// Reads at a position; 0 at the end.
  ///
  /// - Throws: `channelFailed`, `fileTruncated`, `unsupported`.
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    try checkPositioned("read")
    let count = try descriptor.read(into: buffer, at: position)
    if count == 0 { try checkSize(at: position, asked: buffer.count) }
    return count
  }

  /// Writes at a position.
  ///
  /// - Throws: `channelFailed`, `unsupported`.
  public func write(
    _ bytes: UnsafeRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    try checkPositioned("write")
    return try descriptor.write(bytes, at: position)
  }

  /// Moves the position of the next read or write in order.
  ///
  /// - Throws: `channelFailed`, `unsupported`.
  public func seek(to position: UInt64) throws(VMStateError) {
    try descriptor.seek(to: position)
    readPosition.store(position, ordering: .relaxed)
  }

  /// Where the next byte of a regular file lies that is not in a hole; nil if there is none.
  ///
  /// - Throws: `channelFailed`.
  public func dataPosition(from position: UInt64) throws(VMStateError) -> UInt64? {
    try descriptor.dataPosition(from: position)
  }

  private func checkPositioned(_ verb: String) throws(VMStateError) {
    guard descriptor.kind == .regular else {
      throw VMStateError(.unsupported, "\(descriptor.name) cannot \(verb) at a position")
    }
  }

  /// Tells an end that was there from the start from one that moved here.
  private func checkSize(at position: UInt64, asked: Int) throws(VMStateError) {
    guard asked > 0, position < descriptor.initialSize else { return }
    throw VMStateError(
      .fileTruncated, "\(descriptor.name) became shorter while it was read",
      expected: "\(descriptor.initialSize) bytes", found: "\(position)")
  }

  /// Makes all present and later calls fail.
  public func shutdown() { descriptor.shutdown() }

  /// Ends the use; an owned descriptor is closed.
  public func close() throws(VMStateError) { descriptor.close() }
}
