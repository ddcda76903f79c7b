/// A run of bytes in memory that is to be written; laid out as the system's `iovec`.
public struct WriteSpan {
  /// First byte.
  public var base: UnsafeRawPointer
  /// Number of bytes.
  public var count: Int

  /// Makes a span; the memory must stay valid while it is in use.
  @inlinable public init(base: UnsafeRawPointer, count: Int) {
    self.base = base
    self.count = count
  }

  /// The address behind the last byte.
  @inlinable public var end: UnsafeRawPointer { base + count }
}

/// What a channel can do beyond moving bytes in order.
public struct ChannelCapabilities: OptionSet, Sendable {
  /// The bits.
  public let rawValue: Int
  /// From bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Reads and writes at given positions (a regular file, memory).
  public static let positioned = Self(rawValue: 1)
  /// Passing open file descriptors (a UNIX socket).
  public static let descriptors = Self(rawValue: 2)
  /// `shutdown()` ends a read or write that blocks in another thread.
  public static let shutdown = Self(rawValue: 4)
}

/// A way for bytes, in one or both directions: memory, file, pipe or socket.
///
/// Channels are shared between threads (one reads or writes, another may shut down), so they
/// are `Sendable` classes that protect themselves. `StreamWriter` and `StreamReader` put the
/// buffering on top. Calls may move fewer bytes than asked for; interrupted calls are
/// repeated inside.
///
/// QEMU: `QIOChannel`, io/channel.h.
public protocol ByteChannel: AnyObject, Sendable {
  /// What this channel can do.
  var capabilities: ChannelCapabilities { get }

  /// Reads at least one byte, or returns 0 at the end.
  ///
  /// - Throws: `channelFailed`, `fileTruncated`.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int

  /// Writes some bytes of the spans in order and returns how many (at least 1).
  ///
  /// - Parameter spans: At most 1024 spans, none of them empty.
  /// - Throws: `channelFailed`.
  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int

  /// Reads at a position without moving the read position; 0 at the end.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int

  /// Writes at a position without moving the write position.
  func write(
    _ bytes: UnsafeRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int

  /// Moves the position of the next read or write in order.
  ///
  /// - Throws: `channelFailed`, `unsupported`.
  func seek(to position: UInt64) throws(VMStateError)

  /// Where the next byte that is not in a hole may lie, at or behind a position; nil if only a
  /// hole follows. Without knowledge of holes it is the position itself.
  ///
  /// - Throws: `channelFailed`.
  func dataPosition(from position: UInt64) throws(VMStateError) -> UInt64?

  /// The size in bytes, where the channel has one (a file, memory).
  var size: UInt64? { get }

  /// What addresses, positions and lengths of positioned I/O are multiples of; 1 unless the
  /// channel goes past the system's cache.
  var alignment: Int { get }

  /// Sends an open descriptor along with the one byte `0x20`.
  func send(descriptor: Int32) throws(VMStateError)

  /// Takes the oldest received descriptor, or nil if none came with the bytes read so far.
  func takeDescriptor() -> Int32?

  /// Makes all present and later reads and writes fail; safe from any thread.
  func shutdown()

  /// Ends the use; for a file save this is where the file takes its final name.
  func close() throws(VMStateError)
}

extension ByteChannel {
  /// No special ability.
  public var capabilities: ChannelCapabilities { [] }
  /// No size.
  public var size: UInt64? { nil }
  /// Any.
  public var alignment: Int { 1 }

  /// Fails with `unsupported`.
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "this channel cannot read at a position")
  }

  /// Fails with `unsupported`.
  public func write(
    _ bytes: UnsafeRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "this channel cannot write at a position")
  }

  /// The position itself.
  public func dataPosition(from position: UInt64) throws(VMStateError) -> UInt64? { position }

  /// Fails with `unsupported`.
  public func seek(to position: UInt64) throws(VMStateError) {
    throw VMStateError(.unsupported, "this channel cannot move its position")
  }

  /// Fails with `unsupported`.
  public func send(descriptor: Int32) throws(VMStateError) {
    throw VMStateError(.unsupported, "this channel cannot pass file descriptors")
  }

  /// None.
  public func takeDescriptor() -> Int32? { nil }
  /// Nothing to do.
  public func shutdown() {}
  /// Nothing to do.
  public func close() throws(VMStateError) {}
}
