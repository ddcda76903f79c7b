import Synchronization
import VMState

/// The VM state in a VMA archive as a channel with positions.
final class ProxmoxStateChannel: ByteChannel {
  private let archive: any ByteChannel
  private let clusters: ProxmoxClusters
  private let length: UInt64
  private let position = Atomic<UInt64>(0)

  init(_ archive: any ByteChannel, _ clusters: ProxmoxClusters, size: UInt64) {
    self.archive = archive
    self.clusters = clusters
    length = size
  }

  var capabilities: ChannelCapabilities { archive.capabilities.subtracting(.descriptors) }
  var size: UInt64? { length }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let count = try read(into: buffer, at: position.load(ordering: .relaxed))
    position.add(UInt64(count), ordering: .relaxed)
    return count
  }

  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    guard position < length else { return 0 }
    let count = Int(min(UInt64(buffer.count), length - position))
    var done = 0
    while done < count {
      let (place, run) = clusters.place(of: position + UInt64(done))
      let part = UnsafeMutableRawBufferPointer(
        rebasing: buffer[done..<min(count, done + run)])
      if let place {
        try fill(part, from: place)
      } else {
        part.initializeMemory(as: UInt8.self, repeating: 0)
      }
      done += part.count
    }
    return count
  }

  private func fill(
    _ part: UnsafeMutableRawBufferPointer, from place: UInt64
  ) throws(VMStateError) {
    var done = 0
    while done < part.count {
      let count = try archive.read(
        into: UnsafeMutableRawBufferPointer(rebasing: part[done...]), at: place + UInt64(done))
      guard count > 0 else {
        throw VMStateError(
          .endOfStream, "the file ends inside a block", offset: place + UInt64(done),
          expected: "\(part.count - done) more bytes", found: "end of data"
        ).within("VMA archive")
      }
      done += count
    }
  }

  func seek(to position: UInt64) throws(VMStateError) {
    self.position.store(position, ordering: .relaxed)
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "what is in a container is only read")
  }

  func shutdown() { archive.shutdown() }
  func close() throws(VMStateError) { try archive.close() }
}
