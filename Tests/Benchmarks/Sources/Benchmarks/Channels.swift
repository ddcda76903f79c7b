import Synchronization
import VMState

/// Takes everything and keeps nothing: the sink that the C writer's flush is.
final class Sink: ByteChannel {
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    var count = 0
    for span in spans { count += span.count }
    return count
  }
}

/// Gives the same bytes again and again, copied piece by piece: the C reader's source.
final class Loop: ByteChannel {
  private let address: UInt
  private let count: Int
  private let position = Mutex(0)

  /// The bytes must outlive the channel.
  init(_ bytes: UnsafeRawBufferPointer) {
    address = UInt(bitPattern: bytes.baseAddress)
    count = bytes.count
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    position.withLock { position in
      if position == count { position = 0 }
      let piece = min(buffer.count, count - position)
      let source = UnsafeRawBufferPointer(
        start: UnsafeRawPointer(bitPattern: address + UInt(position)), count: piece)
      buffer.copyMemory(from: source)
      position += piece
      return piece
    }
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "this channel is only read")
  }
}
