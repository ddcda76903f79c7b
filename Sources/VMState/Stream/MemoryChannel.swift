/// A channel over bytes in memory: what is written can be taken as an array, what is given is
/// read back.
public final class MemoryChannel: ByteChannel {
  private struct Content {
    var bytes: [UInt8]
    var readPosition = 0
    // Not above the number of bytes, except after a seek.
    var writePosition: Int
    var isShut = false

    // Appended as a whole: a debug build takes its time for single bytes.
    private static let zeros = [UInt8](repeating: 0, count: 1 << 16)

    /// Writes in order.
    mutating func put(_ new: UnsafeRawBufferPointer) {
      if writePosition == bytes.count {
        bytes.append(contentsOf: new)
      } else {
        put(new, at: writePosition)
      }
      writePosition += new.count
    }

    /// Overwrites, growing with zeros where needed.
    mutating func put(_ new: UnsafeRawBufferPointer, at first: Int) {
      let end = first + new.count
      while bytes.count < end { bytes.append(contentsOf: Self.zeros.prefix(end - bytes.count)) }
      bytes.withUnsafeMutableBytes { target in
        UnsafeMutableRawBufferPointer(rebasing: target[first..<end]).copyMemory(from: new)
      }
    }
  }

  private let content: Guarded<Content>

  /// An empty channel, or one that reads the given bytes.
  public init(_ bytes: [UInt8] = []) {
    content = Guarded(Content(bytes: bytes, writePosition: bytes.count))
  }

  /// Everything written (or given) so far.
  public var bytes: [UInt8] { content.withLock { $0.bytes } }

  /// Positioned I/O and shutdown.
  public var capabilities: ChannelCapabilities { [.positioned, .shutdown] }

  /// Number of bytes held.
  public var size: UInt64? { content.withLock { UInt64($0.bytes.count) } }

  private static var shutError: VMStateError {
    VMStateError(.channelFailed, "the channel was shut down")
  }

  /// Copies out the next bytes; 0 at the end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let count: Int? = content.withLock { content in
      if content.isShut { return nil }
      let count = min(buffer.count, content.bytes.count - content.readPosition)
      guard count > 0 else { return 0 }
      content.bytes.withUnsafeBytes {
        buffer.copyMemory(
          from: UnsafeRawBufferPointer(
            rebasing: $0[content.readPosition..<content.readPosition + count]))
      }
      content.readPosition += count
      return count
    }
    guard let count else { throw Self.shutError }
    return count
  }

  /// Writes all spans, behind what is there unless the position was moved.
  public func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    let count: Int? = content.withLock { content in
      if content.isShut { return nil }
      var count = 0
      for span in spans {
        content.put(UnsafeRawBufferPointer(start: span.base, count: span.count))
        count += span.count
      }
      return count
    }
    guard let count else { throw Self.shutError }
    return count
  }

  /// Copies out bytes at a position; 0 at or beyond the end.
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    let count: Int? = content.withLock { content in
      if content.isShut { return nil }
      guard position < UInt64(content.bytes.count) else { return 0 }
      let first = Int(position)
      let count = min(buffer.count, content.bytes.count - first)
      content.bytes.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[first..<first + count]))
      }
      return count
    }
    guard let count else { throw Self.shutError }
    return count
  }

  /// Overwrites bytes at a position, growing with zeros where needed.
  public func write(
    _ bytes: UnsafeRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    let (last, overflow) = position.addingReportingOverflow(UInt64(bytes.count))
    guard !overflow, last <= UInt64(Int.max) else {
      throw VMStateError(.channelFailed, "a position beyond the address space")
    }
    let isWritten = content.withLock { content in
      if content.isShut { return false }
      content.put(bytes, at: Int(position))
      return true
    }
    guard isWritten else { throw Self.shutError }
    return bytes.count
  }

  /// Moves the positions of the next read and of the next write in order.
  public func seek(to position: UInt64) throws(VMStateError) {
    guard let position = Int(exactly: position) else {
      throw VMStateError(.channelFailed, "a position beyond the address space")
    }
    content.withLock { content in
      content.readPosition = position
      content.writePosition = position
    }
  }

  /// All later reads and writes fail.
  public func shutdown() { content.withLock { $0.isShut = true } }
}
