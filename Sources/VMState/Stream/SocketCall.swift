#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The socket calls in the shape of `SystemCall`.
enum SocketCall {
  /// Flags of every send: a broken connection is an error and no signal.
  private static var sendFlags: Int32 {
    #if canImport(Glibc)
      Int32(truncatingIfNeeded: MSG_NOSIGNAL)
    #else
      0
    #endif
  }

  /// Flags of every receive: descriptors are not inherited by programs started later.
  private static var receiveFlags: Int32 {
    #if canImport(Glibc)
      Int32(truncatingIfNeeded: MSG_CMSG_CLOEXEC)
    #else
      0
    #endif
  }

  /// Ends both directions of a connection.
  static func shutdown(_ number: Int32) { _ = unqualifiedShutdown(number) }

  /// Sends some bytes of the spans, with ancillary data if there is any.
  static func send(
    _ number: Int32, _ spans: UnsafeBufferPointer<WriteSpan>,
    _ control: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)
  ) -> Int {
    spans.withMemoryRebound(to: iovec.self) { vectors in
      var message = msghdr()
      message.msg_iov = UnsafeMutablePointer(mutating: vectors.baseAddress)
      message.msg_iovlen = .init(vectors.count)
      message.msg_control = control.baseAddress
      message.msg_controllen = .init(control.count)
      return SystemCall.repeated { sendmsg(number, &message, sendFlags) }
    }
  }

  /// What one receive brought besides its bytes.
  struct Ancillary {
    /// Bytes of ancillary data.
    var count = 0
    /// Some did not fit and was dropped by the system.
    var isCut = false
  }

  /// Receives the next bytes and ancillary data; 0 at the end.
  static func receive(
    _ number: Int32, _ buffer: UnsafeMutableRawBufferPointer,
    _ control: UnsafeMutableRawBufferPointer, _ ancillary: inout Ancillary
  ) -> Int {
    var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
    return withUnsafeMutablePointer(to: &vector) { vector in
      var message = msghdr()
      let result = SystemCall.repeated {
        message = msghdr()
        message.msg_iov = vector
        message.msg_iovlen = 1
        message.msg_control = control.baseAddress
        message.msg_controllen = .init(control.count)
        return recvmsg(number, &message, receiveFlags)
      }
      guard result >= 0 else { return result }
      ancillary.count = Int(message.msg_controllen)
      ancillary.isCut = message.msg_flags & Int32(truncatingIfNeeded: MSG_CTRUNC) != 0
      return result
    }
  }

  /// Makes what the platform needs so that no send raises a signal.
  static func refuseSignal(_ number: Int32) {
    #if canImport(Darwin)
      var on: Int32 = 1
      setsockopt(number, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
    #endif
  }

  /// A new UNIX stream socket, or a negated error number.
  static func makeUNIX() -> Int {
    let number = socket(AF_UNIX, streamType, 0)
    guard number >= 0 else { return -Int(errno) }
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    return Int(number)
  }

  /// Two connected UNIX stream sockets.
  static func makePair() -> (result: Int, first: Int32, second: Int32) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, streamType, 0, &ends) == 0 else { return (-Int(errno), -1, -1) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (0, ends[0], ends[1])
  }

  private static var streamType: Int32 {
    #if canImport(Glibc)
      Int32(SOCK_STREAM.rawValue)
    #else
      SOCK_STREAM
    #endif
  }

  /// Address family of a socket, or a negated error number.
  static func family(_ number: Int32) -> Int {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
        getsockname(number, plain, &length) == 0 ? Int(plain.pointee.sa_family) : -Int(errno)
      }
    }
  }
}

private func unqualifiedShutdown(_ number: Int32) -> Int32 { shutdown(number, Int32(SHUT_RDWR)) }
