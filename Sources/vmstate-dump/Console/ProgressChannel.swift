import VMState
import VMStateInspect

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A channel for reading that shows on standard error how far its reader is.
///
/// Nothing is shown in the first half second.
final class ProgressChannel: PlacedChannel {
  private struct State {
    var position: UInt64 = 0
    var furthest: UInt64 = 0
    var nextShow: UInt64
    var hasShown = false
  }

  private let inner: any ByteChannel
  private let name: String
  private let state: Guarded<State>

  init(_ inner: any ByteChannel, _ name: String) {
    self.inner = inner
    self.name = PrintableText.escaped(name)
    state = Guarded(State(nextShow: Self.now + 500_000_000))
  }

  deinit { state.withLock { if $0.hasShown { StandardOutput.complain("\r\u{1b}[K") } } }

  var capabilities: ChannelCapabilities { inner.capabilities }
  var size: UInt64? { inner.size }
  var streamOrigin: UInt64 { inner.origin }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let count = try inner.read(into: buffer)
    state.withLock { state in
      state.position += UInt64(count)
      note(&state, state.position)
    }
    return count
  }

  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    try inner.read(into: buffer, at: position)
  }

  func dataPosition(from position: UInt64) throws(VMStateError) -> UInt64? {
    try inner.dataPosition(from: position)
  }

  func seek(to position: UInt64) throws(VMStateError) {
    try inner.seek(to: position)
    state.withLock { $0.position = position }
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "this channel is only read")
  }

  func shutdown() { inner.shutdown() }
  func close() throws(VMStateError) { try inner.close() }

  private static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private func note(_ state: inout State, _ position: UInt64) {
    state.furthest = max(state.furthest, position)
    let now = Self.now
    guard now >= state.nextShow else { return }
    state.nextShow = now + 100_000_000
    state.hasShown = true
    let amount: String
    if let size, size > 0 {
      amount = "\(min(100, state.furthest / max(1, size / 100))) %"
    } else {
      amount = "\(state.furthest >> 20) MiB"
    }
    StandardOutput.complain("\r\(name): \(amount)\u{1b}[K")
  }
}
