import VMState

/// Reads a stream with the freedom to look ahead and to go back, which a dry run needs: the
/// same bytes are read once with the destination's layout and once with the source's.
struct ByteCursor {
  private static let windowBytes = 1 << 16

  private let channel: any ByteChannel
  private let base: UInt64
  private var window: [UInt8] = []
  private var first: UInt64 = 0
  /// Offset in the stream of the next byte.
  var position: UInt64 = 0
  /// An error is latched: every further reading finds the end.
  var hasEnded = false

  /// - Parameter base: Where the stream begins in the channel.
  /// - Throws: `unsupported` for a channel that cannot read at a position.
  init(_ channel: any ByteChannel, base: UInt64 = 0) throws(VMStateError) {
    guard channel.capabilities.contains(.positioned) else {
      throw VMStateError(.unsupported, "this channel cannot read at a position")
    }
    self.channel = channel
    self.base = base
  }

  /// The byte some way ahead, or nil beyond the end.
  mutating func peek(_ ahead: UInt64 = 0) throws(VMStateError) -> UInt8? {
    let (place, overflow) = position.addingReportingOverflow(ahead)
    guard !overflow, try holds(place) else { return nil }
    return window[Int(place - first)]
  }

  private mutating func holds(_ place: UInt64) throws(VMStateError) -> Bool {
    if hasEnded { return false }
    if place >= first, place - first < UInt64(window.count) { return true }
    try fill(from: place)
    return !window.isEmpty
  }

  private mutating func fill(from place: UInt64) throws(VMStateError) {
    if window.count != Self.windowBytes {
      window = [UInt8](repeating: 0, count: Self.windowBytes)
    }
    first = place
    let (start, overflow) = base.addingReportingOverflow(place)
    guard !overflow else { return window = [] }
    var got = 0
    while got < Self.windowBytes {
      var failure: VMStateError?
      let count = window.withUnsafeMutableBytes { target -> Int in
        do throws(VMStateError) {
          return try channel.read(
            into: UnsafeMutableRawBufferPointer(rebasing: target[got...]), at: start + UInt64(got))
        } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      guard count > 0 else { break }
      got += count
    }
    if got < Self.windowBytes { window.removeLast(Self.windowBytes - got) }
  }

  /// The next byte.
  mutating func byte() throws(VMStateError) -> UInt8 {
    guard let byte = try peek() else { throw endOfData }
    position += 1
    return byte
  }

  private var endOfData: VMStateError {
    VMStateError(.endOfStream, "the stream ends here", offset: position)
  }

  /// A big-endian integer.
  mutating func integer<Value: FixedWidthInteger>(
    _ type: Value.Type = Value.self
  ) throws(VMStateError) -> Value {
    var value: Value = 0
    for _ in 0..<MemoryLayout<Value>.size {
      value = value << 8 | Value(truncatingIfNeeded: try byte())
    }
    return value
  }

  /// A number of bytes; they are there before memory is taken for all of them.
  mutating func bytes(_ count: Int) throws(VMStateError) -> [UInt8] {
    var result: [UInt8] = []
    while result.count < count {
      guard try holds(position) else { throw endOfData }
      let start = Int(position - first)
      let piece = min(count - result.count, window.count - start)
      result.append(contentsOf: window[start..<start + piece])
      position += UInt64(piece)
    }
    return result
  }

  /// A length byte and that many bytes.
  mutating func countedBytes() throws(VMStateError) -> [UInt8] {
    let count = try byte()
    return try bytes(Int(count))
  }

  /// Steps over bytes that have to be there.
  mutating func skip(_ count: UInt64) throws(VMStateError) {
    guard count > 0 else { return }
    guard try peek(count - 1) != nil else { throw endOfData }
    position += count
  }
}
