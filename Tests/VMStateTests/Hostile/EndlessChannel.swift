import VMState

/// Some bytes, then the same ones for ever.
final class EndlessChannel: ByteChannel {
  private let start: [UInt8]
  private let repeated: [UInt8]
  private let position = Guarded(0)

  init(_ start: [UInt8], then repeated: [UInt8]) {
    self.start = start
    self.repeated = repeated
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    position.withLock { position in
      for index in buffer.indices {
        let place = position + index
        buffer[index] =
          place < start.count ? start[place] : repeated[(place - start.count) % repeated.count]
      }
      position += buffer.count
    }
    return buffer.count
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "a channel to read from")
  }
}
