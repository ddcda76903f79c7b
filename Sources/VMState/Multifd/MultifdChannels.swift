/// The channels of one transfer beside the main one, and how they are used.
///
/// Save: connect one socket more than there are channels, the main one first. Load: accept as
/// many, and tell them apart by their first four bytes (`sorted(_:)`), since they arrive in any order. A channel whose reads or writes can block must be able to `shutdown`,
/// or a failed transfer waits for it.
///
/// QEMU: `multifd_send_setup`, `multifd_recv_setup`, migration/multifd.c.
public struct MultifdChannels: Sendable {
  /// 1 to 255 channels. Save: the place in the list is the channel's id. Load: any order.
  public var channels: [any ByteChannel]
  /// Compression, detection of zero pages, synchronisation.
  public var options: MultifdOptions
  /// The machine's UUID in the initial packets, 16 bytes; zeros without one.
  public var uuid: [UInt8]

  /// Channels of one transfer.
  public init(
    _ channels: [any ByteChannel], options: MultifdOptions = MultifdOptions(),
    uuid: [UInt8] = [UInt8](repeating: 0, count: 16)
  ) {
    (self.channels, self.options, self.uuid) = (channels, options, uuid)
  }
}

extension MultifdChannels {
  /// Tells the connections of one migration apart, which come in any order: the main channel
  /// begins with a stream's magic.
  ///
  /// QEMU: `migration_ioc_process_incoming`, migration/migration.c.
  ///
  /// - Throws: `badMagic` if there is not exactly one main channel; `channelFailed`.
  public static func sorted(
    _ accepted: [SocketChannel]
  ) throws(VMStateError) -> (main: SocketChannel, others: [SocketChannel]) {
    var main: [SocketChannel] = []
    var others: [SocketChannel] = []
    for channel in accepted {
      let isMain = try channel.peek(4) == Array("QEVM".utf8)
      if isMain { main.append(channel) } else { others.append(channel) }
    }
    guard let first = main.first, main.count == 1 else {
      throw VMStateError(
        .badMagic, "no one of the connections is the main channel", expected: "\"QEVM\" once",
        found: "\(main.count) times")
    }
    return (first, others)
  }
}
