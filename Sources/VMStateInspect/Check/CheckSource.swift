import VMState

/// The stream that is asked about: its bytes, and the JSON description at its end.
///
/// The description is only used to name fields and to go on behind a section that the
/// destination refuses; QEMU itself skips it.
public struct CheckSource: Sendable {
  /// The bytes; the channel reads at positions.
  public var channel: any ByteChannel
  /// Where the stream begins in the channel.
  public var base: UInt64
  /// The layouts of the stream's sections, if it tells them.
  public var description: StreamDescription?

  /// Makes a source.
  public init(
    channel: any ByteChannel, base: UInt64 = 0, description: StreamDescription?
  ) {
    self.channel = channel
    self.base = base
    self.description = description
  }

  /// A stream that begins with the channel's first byte; its description is looked for.
  ///
  /// - Throws: The channel's error.
  public init(_ channel: any ByteChannel) throws(VMStateError) {
    let found = try DescriptionLocator.find(in: channel)
    self.init(channel: channel, description: found?.description)
  }
}
