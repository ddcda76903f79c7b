import VMState

@testable import VMStateInspect

/// Reads a channel in order to its end, in pieces of odd sizes.
func readWhole(_ channel: any ByteChannel) throws(VMStateError) -> [UInt8] {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 100_003)
  while true {
    let count = try buffer.filled { target throws(VMStateError) in try channel.read(into: target) }
    if count == 0 { return bytes }
    bytes += buffer.prefix(count)
  }
}

/// The error that a call throws, or nil.
func openError(_ call: () throws(VMStateError) -> Void) -> VMStateError? {
  do throws(VMStateError) {
    try call()
    return nil
  } catch {
    return error
  }
}

/// Bytes that can only be read in order and a few at a time, as from a pipe.
final class InOrderChannel: ByteChannel {
  private let inner: MemoryChannel

  init(_ bytes: [UInt8]) { inner = MemoryChannel(bytes) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try inner.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(777)))
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "for reading only")
  }
}
