import TestSupport

@testable import VMState

/// A file that wants aligned transfers and fails them all.
final class AlignedChannel: ByteChannel {
  let alignment: Int
  init(_ alignment: Int) { self.alignment = alignment }
  var capabilities: ChannelCapabilities { [.positioned] }
  private var failure: VMStateError { VMStateError(.channelFailed, "the disk is on fire") }
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    throw failure
  }
  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw failure
  }
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int { throw failure }
  func write(
    _ bytes: UnsafeRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int { throw failure }
}

/// A file that never answers until it is shut down.
final class SilentFile: ByteChannel, @unchecked Sendable {
  private let monitor = ThreadMonitor()
  private var isShut = false
  var capabilities: ChannelCapabilities { [.positioned, .shutdown] }
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }
  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int { 0 }
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    monitor.locked { while !isShut { monitor.wait(milliseconds: 1000) } }
    throw VMStateError(.channelFailed, "shut down")
  }
  func shutdown() {
    monitor.locked {
      isShut = true
      monitor.tell()
    }
  }
}

/// A machine of memory alone, whose stream is a file.
struct MappedMachine {
  let saver: StateSaver

  init(_ memory: RAMFixture) throws {
    let registry = SaveStateRegistry()
    try registry.registerLive(
      RAMHandlers.idstr, version: RAMHandlers.version, handlers: memory.handlers)
    var options = SaveOptions.none()
    options.configuration.sendsConfiguration = true
    options.configuration.capabilities = memory.context.capabilities
    saver = StateSaver(registry: registry, machine: TestMachine(), options: options)
  }
}
