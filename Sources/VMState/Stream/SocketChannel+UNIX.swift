#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension SocketChannel {
  /// Makes two connected UNIX sockets.
  ///
  /// - Throws: `channelFailed`.
  public static func makePair() throws(VMStateError) -> (SocketChannel, SocketChannel) {
    let pair = SocketCall.makePair()
    guard pair.result >= 0 else { throw .system("cannot make sockets", pair.result) }
    let first: SocketChannel
    do throws(VMStateError) {
      first = try .adopting(pair.first, name: "the socket")
    } catch {
      SystemCall.close(pair.second)
      throw error
    }
    return (first, try .adopting(pair.second, name: "the socket"))
  }

  /// Connects to a UNIX socket that listens at a path.
  ///
  /// - Parameter path: At most 107 bytes (a limit of the system).
  /// - Throws: `channelFailed`.
  public static func connect(to path: String) throws(VMStateError) -> SocketChannel {
    let number = SocketCall.makeUNIX()
    guard number >= 0 else { throw .system("cannot make a socket", number) }
    let result = try UNIXAddress(path).with { address, length in
      SystemCall.repeated { Int(unqualifiedConnect(Int32(number), address, length)) }
    }
    guard result >= 0 else {
      SystemCall.close(Int32(number))
      throw .system("cannot connect to \(path)", result)
    }
    return try adopting(Int32(number), name: path)
  }
}

/// A UNIX socket at a path that waits for connections.
public final class SocketListener: Sendable {
  private let descriptor: Descriptor
  private let path: FilePath

  /// Listens at a path where nothing is yet.
  ///
  /// - Parameter path: At most 107 bytes (a limit of the system).
  /// - Throws: `channelFailed`.
  public init(at path: String) throws(VMStateError) {
    self.path = try FilePath(path)
    let address = try UNIXAddress(path)
    let number = SocketCall.makeUNIX()
    guard number >= 0 else { throw .system("cannot make a socket", number) }
    let own = try Descriptor.adopting(Int32(number), name: path)
    descriptor = own
    let result = address.with { address, length in
      bind(Int32(number), address, length) == 0 ? 0 : -Int(errno)
    }
    guard result >= 0 else { throw .system("cannot listen at \(path)", result) }
    guard listen(Int32(number), 16) == 0 else {
      let failure = -Int(errno)
      unlink(self.path.terminated)
      throw .system("cannot listen at \(path)", failure)
    }
  }

  /// Waits for the next connection.
  ///
  /// - Throws: `channelFailed`, also when `close()` is called meanwhile.
  public func accept() throws(VMStateError) -> SocketChannel {
    var accepted: Int32 = -1
    _ = try descriptor.perform(POLLIN, "accept a connection at") { number in
      let result = SystemCall.repeated { Int(unqualifiedAccept(number)) }
      accepted = Int32(clamping: result)
      return min(result, 1)
    }
    _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
    return try .adopting(accepted, name: descriptor.name)
  }

  /// Ends the listening and removes the path; connections that were accepted stay.
  public func close() {
    descriptor.close()
    unlink(path.terminated)
  }
}

/// The system's address of a UNIX socket.
private struct UNIXAddress {
  private var address = sockaddr_un()

  init(_ path: String) throws(VMStateError) {
    let bytes = try FilePath(path).bytes
    address.sun_family = sa_family_t(AF_UNIX)
    let isFitting = withUnsafeMutableBytes(of: &address.sun_path) { target in
      // One byte stays zero: the end of the path.
      guard bytes.count < target.count else { return false }
      target.copyBytes(from: bytes)
      return true
    }
    guard isFitting else { throw .system("cannot use \(path)", -Int(ENAMETOOLONG)) }
  }

  func with<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    withUnsafePointer(to: address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}

private func unqualifiedConnect(
  _ number: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t
) -> Int32 { connect(number, address, length) }

private func unqualifiedAccept(_ number: Int32) -> Int32 { accept(number, nil, nil) }
