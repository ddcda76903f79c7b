extension StreamWriter {
  /// Sends an open descriptor, which stays open here.
  ///
  /// Wire: everything before is flushed, then one byte `0x20` with the descriptor attached to
  /// it. QEMU: `qemu_file_put_fd`, migration/qemu-file.c.
  ///
  /// A failure is latched: `unsupported` if the channel passes no descriptors,
  /// `channelFailed`. A writer that only measures counts the byte.
  public mutating func put(descriptor: Int32) {
    drain()
    guard error == nil else { return }
    do throws(VMStateError) {
      try channel?.send(descriptor: descriptor)
      count(oneByteSentBy: channel)
    } catch {
      fail(error)
    }
  }
}

extension StreamReader {
  /// Receives an open descriptor, which the caller closes.
  ///
  /// Wire: one byte, of any value. QEMU: `qemu_file_get_fd`, migration/qemu-file.c, which
  /// gives -1 where this gives nil.
  ///
  /// - Returns: The oldest one received and not yet taken, or nil if the byte came without.
  /// - Throws: `endOfStream`, `unsupported` if the channel passes no descriptors, or the
  ///   channel's error.
  public mutating func getDescriptor() throws(VMStateError) -> Int32? {
    guard let channel, channel.capabilities.contains(.descriptors) else {
      let error = VMStateError(.unsupported, "this channel cannot pass file descriptors")
      fail(error)
      throw self.error ?? error
    }
    _ = try need(1)
    advance(1)
    return channel.takeDescriptor()
  }
}
