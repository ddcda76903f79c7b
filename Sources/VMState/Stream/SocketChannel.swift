#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A channel over a connected stream socket: UNIX, TCP, or any other.
///
/// - `shutdown()` ends both directions at once, also for the peer.
/// - A UNIX socket passes open descriptors. Received ones wait, oldest first, until they are
///   taken; those that nobody took are closed with the channel.
/// - A connection closed by the peer is an error of the write, never a signal.
///
/// QEMU: `QIOChannelSocket`, io/channel-socket.c.
public final class SocketChannel: ByteChannel {
  /// Most received descriptors that wait to be taken; one more fails the read.
  public static let maximumDescriptors = 16

  let descriptor: Descriptor
  private let passesDescriptors: Bool
  private let received = Guarded<[Int32]>([])

  /// Makes a channel over a connected socket.
  ///
  /// - Parameters:
  ///   - number: The open socket. If this fails it stays open and the caller's.
  ///   - ownership: Whether the channel closes it.
  ///   - name: What to call it in messages.
  /// - Throws: `channelFailed` if it is no open socket.
  public convenience init(
    _ number: Int32, _ ownership: DescriptorOwnership = .owned, name: String = "the socket"
  ) throws(VMStateError) {
    let family = SocketCall.family(number)
    guard family >= 0 else { throw .system("cannot use \(name)", family) }
    self.init(try Descriptor(number, ownership, name: name), family: family)
    SocketCall.refuseSignal(number)
  }

  private init(_ descriptor: Descriptor, family: Int) {
    self.descriptor = descriptor
    passesDescriptors = family == Int(AF_UNIX)
  }

  deinit { dropReceived() }

  /// Takes over a socket that nobody else knows; on failure it is closed.
  static func adopting(_ number: Int32, name: String) throws(VMStateError) -> SocketChannel {
    do throws(VMStateError) {
      return try SocketChannel(number, .owned, name: name)
    } catch {
      SystemCall.close(number)
      throw error
    }
  }

  /// Shutdown; descriptors on a UNIX socket.
  public var capabilities: ChannelCapabilities {
    passesDescriptors ? [.descriptors, .shutdown] : [.shutdown]
  }

  /// Reads the next bytes, and keeps the descriptors that come with them; 0 at the end.
  ///
  /// - Throws: `channelFailed`; `limitExceeded` if too many descriptors wait.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    guard passesDescriptors else {
      var none = SocketCall.Ancillary()
      let control = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      return try descriptor.perform(POLLIN, "read") {
        SocketCall.receive($0, buffer, control, &none)
      }
    }
    var ancillary = SocketCall.Ancillary()
    var arrived: [Int32] = []
    let count = try descriptor.perform(POLLIN, "read") { number in
      withUnsafeTemporaryAllocation(
        byteCount: DescriptorMessage.size(for: Self.maximumDescriptors), alignment: 8
      ) { control in
        let result = SocketCall.receive(number, buffer, control, &ancillary)
        if result >= 0, ancillary.count > 0 {
          let data = UnsafeRawBufferPointer(control)[..<ancillary.count]
          arrived = DescriptorMessage.descriptors(in: UnsafeRawBufferPointer(rebasing: data))
        }
        return result
      }
    }
    if !arrived.isEmpty || ancillary.isCut { try keep(arrived, isCut: ancillary.isCut) }
    return count
  }

  /// Keeps received descriptors, all or none.
  private func keep(_ arrived: [Int32], isCut: Bool) throws(VMStateError) {
    let isKept = received.withLock { received in
      guard !isCut, received.count + arrived.count <= Self.maximumDescriptors else {
        return false
      }
      received += arrived
      return true
    }
    guard !isKept else { return }
    for number in arrived { SystemCall.close(number) }
    throw VMStateError(
      .limitExceeded, "\(descriptor.name) carries too many file descriptors",
      expected: "at most \(Self.maximumDescriptors) not yet taken")
  }

  /// Writes some bytes of the spans.
  public func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    try descriptor.perform(POLLOUT, "write") { SocketCall.send($0, spans) }
  }

  /// Sends an open descriptor with the byte `0x20`; it stays open here.
  ///
  /// - Throws: `channelFailed`; `unsupported` on a socket that is not UNIX.
  public func send(descriptor passed: Int32) throws(VMStateError) {
    guard passesDescriptors else {
      throw VMStateError(.unsupported, "\(descriptor.name) cannot pass file descriptors")
    }
    let space: UInt8 = 0x20
    _ = try withUnsafePointer(to: space) { byte throws(VMStateError) in
      try withUnsafePointer(to: WriteSpan(base: byte, count: 1)) { span throws(VMStateError) in
        try descriptor.perform(POLLOUT, "write") { number in
          DescriptorMessage.with(passed) {
            SocketCall.send(number, UnsafeBufferPointer(start: span, count: 1), $0)
          }
        }
      }
    }
  }

  /// Takes the oldest received descriptor; the caller closes it.
  public func takeDescriptor() -> Int32? {
    received.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }

  private func dropReceived() {
    let unclaimed = received.withLock { received in
      defer { received = [] }
      return received
    }
    for number in unclaimed { SystemCall.close(number) }
  }

  /// Makes all present and later calls fail, here and at the peer.
  public func shutdown() { descriptor.shutdown() }

  /// Ends the use; received descriptors that nobody took are closed, and an owned socket.
  public func close() throws(VMStateError) {
    descriptor.close()
    dropReceived()
  }
}
