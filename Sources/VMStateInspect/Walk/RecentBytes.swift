import VMState

/// The bytes around a problem of a stream.
public struct Surroundings: Sendable, Hashable {
  /// Offset of the first one.
  public var first: UInt64
  /// The bytes.
  public var bytes: [UInt8]
}

/// A channel without positions that keeps the last bytes that were read from it: so what stands
/// around a problem can be shown after it has passed.
final class RecentBytes: ByteChannel, @unchecked Sendable {
  // Used by one thread; `shutdown` touches only the source.
  private let source: any ByteChannel
  // More than a reader's buffer, so that some of what it consumed before is here as well.
  private static let capacity = 2 * StreamReader.bufferSize
  private var ring = [UInt8](repeating: 0, count: capacity)
  // Bytes that were read so far.
  private var position: UInt64 = 0

  init(_ source: any ByteChannel) { self.source = source }

  var capabilities: ChannelCapabilities { source.capabilities }
  var size: UInt64? { source.size }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let count = try source.read(into: buffer)
    keep(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    return count
  }

  private func keep(_ bytes: UnsafeRawBufferPointer) {
    position += UInt64(bytes.count)
    var left = UnsafeRawBufferPointer(rebasing: bytes.suffix(Self.capacity))
    var place = Int((position - UInt64(left.count)) % UInt64(Self.capacity))
    ring.withUnsafeMutableBytes { ring in
      while !left.isEmpty {
        let here = min(left.count, ring.count - place)
        UnsafeMutableRawBufferPointer(rebasing: ring[place..<place + here])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: left[..<here]))
        left = UnsafeRawBufferPointer(rebasing: left[here...])
        place = 0
      }
    }
  }

  /// Those of a range of bytes that are still here.
  func bytes(in range: Range<UInt64>) -> Surroundings {
    let held = position - min(position, UInt64(Self.capacity))..<position
    let range = range.clamped(to: held)
    return Surroundings(
      first: range.lowerBound, bytes: range.map { ring[Int($0 % UInt64(Self.capacity))] })
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "this channel is only read")
  }

  func shutdown() { source.shutdown() }
  func close() throws(VMStateError) { try source.close() }
}

extension PieceWalker {
  /// Hands a problem on, with the bytes around it where nobody can read them again.
  mutating func emit(_ problem: StreamProblem, at offset: UInt64) throws(VMStateError) {
    var problem = problem
    problem.surroundings = problem.error.offset.flatMap(surroundings)
    try emit(.problem(problem), offset, offset)
  }

  private func surroundings(_ offset: UInt64) -> Surroundings? {
    guard let recent else { return nil }
    let range = Diagnosis.shownRange(offset)
    // The end of the stream may be held.
    guard isPositioned else { return recent.bytes(in: range) }
    let first = max(range.lowerBound, heldFrom)
    guard first < range.upperBound,
      let bytes = try? channel.bytes(at: first, upTo: Int(range.upperBound - first))
    else { return nil }
    return Surroundings(first: first, bytes: bytes)
  }
}
