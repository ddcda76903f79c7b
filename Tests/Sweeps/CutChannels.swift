import VMState

/// The first bytes of a stream that is kept in memory.
final class PrefixChannel: ByteChannel {
  private let memory: SharedMemory
  private let count: Int
  // One thread at a time uses it.
  nonisolated(unsafe) private var position = 0

  init(_ memory: SharedMemory, count: Int) {
    self.memory = memory
    self.count = count
  }

  var size: UInt64? { UInt64(count) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let here = min(buffer.count, count - position)
    buffer.copyMemory(
      from: UnsafeRawBufferPointer(start: memory.base + position, count: here))
    position += here
    return here
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "the channel is read-only")
  }
}

/// A stream that stops at every place where it is to be cut. There the process doubles: the
/// child's stream ends, the parent's goes on. So one load serves all cuts, and a cut late in a
/// long stream costs no more than an early one.
final class ForkingChannel: ByteChannel {
  private let memory: SharedMemory
  private let cuts: [Int]
  nonisolated(unsafe) private var position = 0
  nonisolated(unsafe) private var next = 0
  /// Exit status of the first child that was not content.
  nonisolated(unsafe) private(set) var failed: Int32 = 0
  /// In a child: where its stream ends.
  nonisolated(unsafe) private(set) var cut: Int?

  init(_ memory: SharedMemory, cuts: [Int]) {
    self.memory = memory
    self.cuts = cuts
  }

  var size: UInt64? { UInt64(memory.count) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    if cut != nil { return 0 }
    if next < cuts.count, position == cuts[next] {
      next += 1
      if failed == 0, double() { return 0 }
    }
    let limit = next < cuts.count ? cuts[next] : memory.count
    let here = min(buffer.count, limit - position)
    buffer.copyMemory(from: UnsafeRawBufferPointer(start: memory.base + position, count: here))
    position += here
    return here
  }

  /// True in the child.
  private func double() -> Bool {
    let child = System.fork()
    if child == 0 {
      cut = position
      return true
    }
    failed = child < 0 ? 127 : System.wait(for: child)
    return false
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "the channel is read-only")
  }
}
