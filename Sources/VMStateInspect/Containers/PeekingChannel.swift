import VMState

/// A channel without positions whose next bytes can be looked at before they are read.
final class PeekingChannel: ByteChannel, @unchecked Sendable {
  // Used by one thread; `shutdown` touches only the source.
  private let source: any ByteChannel
  private var held: [UInt8] = []
  private var taken = 0

  init(_ source: any ByteChannel) { self.source = source }

  var capabilities: ChannelCapabilities { source.capabilities.intersection(.shutdown) }

  /// The next bytes; fewer only at the end of the data.
  func peek(_ count: Int) throws(VMStateError) -> [UInt8] {
    held.removeFirst(taken)
    taken = 0
    while held.count < count {
      var more = [UInt8](repeating: 0, count: count - held.count)
      let got = try more.filled { buffer throws(VMStateError) in try source.read(into: buffer) }
      if got == 0 { break }
      held += more.prefix(got)
    }
    return Array(held.prefix(count))
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    guard taken < held.count else { return try source.read(into: buffer) }
    let count = min(buffer.count, held.count - taken)
    held.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[taken..<taken + count]))
    }
    taken += count
    if taken == held.count { (held, taken) = ([], 0) }
    return count
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "what is in a container is only read")
  }

  func shutdown() { source.shutdown() }
  func close() throws(VMStateError) { try source.close() }
}
