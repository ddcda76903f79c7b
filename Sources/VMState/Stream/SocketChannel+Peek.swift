#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private let peekFlag = Int32(truncatingIfNeeded: MSG_PEEK)

extension SocketChannel {
  /// Looks at the first bytes that have come and are not read, without taking them; waits until
  /// there are as many, or the other side has ended.
  ///
  /// QEMU: `migration_channel_read_peek`, migration/channel.c.
  ///
  /// - Returns: Fewer bytes at the end of the stream only.
  /// - Throws: `channelFailed`, also when the bytes do not come in time.
  public func peek(
    _ count: Int, patience: Duration = .seconds(60)
  ) throws(VMStateError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let begun = ContinuousClock.now
    while true {
      let found = try descriptor.perform(POLLIN, "look into") { number in
        bytes.withUnsafeMutableBytes { buffer in
          SystemCall.repeated { recv(number, buffer.baseAddress, count, peekFlag) }
        }
      }
      if found == 0 || found == count { return Array(bytes.prefix(found)) }
      guard ContinuousClock.now - begun < patience else {
        throw VMStateError(
          .channelFailed, "\(descriptor.name) says too little", expected: "\(count) bytes",
          found: "\(found)")
      }
      // The bytes that are there already would end a wait for more at once.
      usleep(1000)
    }
  }
}
