import VMState

/// The VM state of a qcow2 snapshot as a channel with positions.
///
/// Unallocated clusters and what lies beyond the end of the image read as zeros.
final class QCOW2StateChannel: ByteChannel {
  private struct State {
    var mapping: QCOW2Mapping
    var position: UInt64 = 0
    // The cluster that was decompressed last.
    var decoded: (host: UInt64, bytes: [UInt8])?
  }

  private let image: any ByteChannel
  private let start: UInt64
  private let length: UInt64
  private let state: Guarded<State>

  /// - Parameters:
  ///   - start: The first guest byte of the VM state.
  ///   - length: Its bytes.
  init(_ image: any ByteChannel, _ mapping: QCOW2Mapping, start: UInt64, length: UInt64) {
    self.image = image
    self.start = start
    self.length = length
    state = Guarded(State(mapping: mapping))
  }

  var capabilities: ChannelCapabilities { image.capabilities.union(.positioned) }
  var size: UInt64? { length }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let result = state.withLock { state in
      Result { () throws(VMStateError) in
        let count = try read(buffer, at: state.position, &state)
        state.position += UInt64(count)
        return count
      }
    }
    return try result.get()
  }

  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    let result = state.withLock { state in
      Result { () throws(VMStateError) in try read(buffer, at: position, &state) }
    }
    return try result.get()
  }

  func seek(to position: UInt64) throws(VMStateError) {
    state.withLock { $0.position = position }
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "what is in a container is only read")
  }

  func shutdown() { image.shutdown() }
  func close() throws(VMStateError) { try image.close() }

  /// Fills as much of the buffer as there is.
  private func read(
    _ buffer: UnsafeMutableRawBufferPointer, at position: UInt64, _ state: inout State
  ) throws(VMStateError) -> Int {
    guard position < length else { return 0 }
    let count = Int(min(UInt64(buffer.count), length - position))
    var done = 0
    while done < count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<count])
      done += try readRun(into: rest, at: start + position + UInt64(done), &state)
    }
    return count
  }

  /// Reads what lies in one place; at least one byte.
  private func readRun(
    into buffer: UnsafeMutableRawBufferPointer, at guest: UInt64, _ state: inout State
  ) throws(VMStateError) -> Int {
    let (place, run) = try state.mapping.place(of: guest)
    let target = UnsafeMutableRawBufferPointer(
      rebasing: buffer.prefix(Int(min(UInt64(buffer.count), run))))
    switch place {
    case .zeros: target.initializeMemory(as: UInt8.self, repeating: 0)
    case .plain(let host): try readPlain(into: target, at: host)
    case .compressed(let host, let length):
      if state.decoded?.host != host {
        state.decoded = nil
        state.decoded = (host, try decode(host, length, state.mapping.header))
      }
      let inside = Int(guest % state.mapping.header.clusterSize)
      state.decoded?.bytes.withUnsafeBytes {
        target.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: $0[inside..<inside + target.count]))
      }
    }
    return target.count
  }

  private func readPlain(
    into target: UnsafeMutableRawBufferPointer, at host: UInt64
  ) throws(VMStateError) {
    var done = 0
    while done < target.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
      let count = try image.read(into: rest, at: host + UInt64(done))
      if count == 0 {
        rest.initializeMemory(as: UInt8.self, repeating: 0)
        return
      }
      done += count
    }
  }

  private func decode(
    _ host: UInt64, _ length: Int, _ header: QCOW2Header
  ) throws(VMStateError) -> [UInt8] {
    let bytes = try image.bytes(at: host, upTo: length)
    var failure: VMStateError?
    let decoded = bytes.withUnsafeBytes { input -> [UInt8] in
      do throws(VMStateError) {
        return try header.compression.decode(input, count: Int(header.clusterSize))
      } catch {
        failure = error
        return []
      }
    }
    if let failure { throw failure.at(host).within("compressed cluster") }
    return decoded
  }
}
