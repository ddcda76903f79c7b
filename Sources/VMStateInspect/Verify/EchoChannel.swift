import VMState

/// A channel read in order that keeps what was read until it is looked at again.
///
/// Positions are there for the second look only: a walk does not see them.
final class EchoChannel: ByteChannel, @unchecked Sendable {
  // Used by one thread.
  private let source: any ByteChannel
  private var held: [UInt8] = []
  // Index in `held` of the first byte that may be looked at again, and its offset.
  private var head = 0
  private var first: UInt64 = 0

  init(_ source: any ByteChannel) { self.source = source }

  /// Bytes read so far.
  var end: UInt64 { first + UInt64(held.count - head) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let count = try source.read(into: buffer)
    held.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    return count
  }

  /// Reads again; what lies before the position is forgotten.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    guard position >= first, position < end else { return 0 }
    head += Int(position - first)
    first = position
    let count = min(buffer.count, held.count - head)
    held.withUnsafeBytes { bytes in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[head..<head + count]))
    }
    if head > 1 << 20, head > held.count / 2 {
      held.removeFirst(head)
      head = 0
    }
    return count
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "this channel is only read")
  }

  func shutdown() { source.shutdown() }
  func close() throws(VMStateError) { try source.close() }
}
