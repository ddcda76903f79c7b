import Synchronization
import VMState

/// A part of a channel with positions, read as a channel of its own; the other one's position
/// stays where it is.
final class WindowChannel: PlacedChannel {
  private let source: any ByteChannel
  private let first: UInt64
  private let end: UInt64?
  private let position: Atomic<UInt64>
  let streamOrigin: UInt64

  /// Makes a window.
  ///
  /// - Parameters:
  ///   - first: Where its first byte stands.
  ///   - count: Its bytes; nil for all that follow.
  ///   - start: Where reading in order begins, relative to `first`.
  init(on source: any ByteChannel, from first: UInt64, count: UInt64? = nil, start: UInt64 = 0) {
    self.source = source
    self.first = first
    end = count.map { first.addingReportingOverflow($0) }.map { $1 ? .max : $0 }
    position = Atomic(start)
    streamOrigin = start
  }

  var capabilities: ChannelCapabilities { source.capabilities.subtracting(.descriptors) }

  var size: UInt64? {
    guard let size = source.size else { return nil }
    let last = min(size, end ?? .max)
    return last > first ? last - first : 0
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let count = try read(into: buffer, at: position.load(ordering: .relaxed))
    position.add(UInt64(count), ordering: .relaxed)
    return count
  }

  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    let (place, overflow) = first.addingReportingOverflow(position)
    guard !overflow, place < end ?? .max else { return 0 }
    let count = Int(clamping: min(UInt64(buffer.count), (end ?? .max) - place))
    return try source.read(
      into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(count)), at: place)
  }

  func dataPosition(from position: UInt64) throws(VMStateError) -> UInt64? {
    let (place, overflow) = first.addingReportingOverflow(position)
    guard !overflow, let found = try source.dataPosition(from: place) else { return nil }
    return found - first
  }

  func seek(to position: UInt64) throws(VMStateError) {
    self.position.store(position, ordering: .relaxed)
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "what is in a container is only read")
  }

  func shutdown() { source.shutdown() }
  func close() throws(VMStateError) { try source.close() }
}
