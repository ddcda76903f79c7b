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

  /// Channels for the pages of a `mapped-ram` file: more descriptors of it. A file that was
  /// written over channels is read without them too, and the other way round.
  ///
  /// QEMU: `file_send_channel_create`, `file_create_incoming_channels`, migration/file.c.
  ///
  /// - Parameters:
  ///   - file: The main channel: an `AtomicFileChannel` for a save, a `FileChannel` for a load.
  ///   - count: 1 to 255.
  ///   - isDirect: Past the system's cache (`direct-io`); the main channel never goes there.
  /// - Throws: `channelFailed`; `unsupported` if it is no regular file, or where the file system
  ///   does no direct I/O.
  public init(
    pagesOf file: any PagedFile, count: Int = 2, isDirect: Bool = false,
    options: MultifdOptions = MultifdOptions()
  ) throws(VMStateError) {
    var channels: [any ByteChannel] = []
    // A number that cannot be is refused when the transfer begins.
    for _ in 0..<max(0, min(count, 256)) {
      channels.append(try file.pageChannel(isDirect: isDirect))
    }
    self.init(channels, options: options)
  }

  func checkCount() throws(VMStateError) {
    guard 1...255 ~= channels.count else {
      throw VMStateError(
        .valueOutOfRange, "multifd needs channels", expected: "1 to 255",
        found: "\(channels.count)")
    }
  }

  /// Looks whether the channels can move pages at positions.
  ///
  /// - Throws: `valueOutOfRange`, `unsupported`, `configurationMismatch` with compression.
  func checkPlaces(_ pageSize: TargetPageSize) throws(VMStateError) {
    try checkCount()
    guard options.compression == .none else {
      throw VMStateError(
        .configurationMismatch, "pages with fixed places are not compressed",
        expected: "multifd compression none", found: options.compression.name)
    }
    for channel in channels {
      guard channel.capabilities.contains(.positioned) else {
        throw VMStateError(
          .unsupported, "pages with fixed places need channels with positions, such as files")
      }
      guard channel.alignment > 0, pageSize.bytes % channel.alignment == 0 else {
        throw VMStateError(
          .unsupported, "the guest's pages are too small for direct I/O",
          expected: "multiples of \(channel.alignment) bytes", found: "\(pageSize.bytes)")
      }
    }
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
