/// The first packet of a multifd channel.
///
/// Wire, 64 bytes: be32 magic, be32 version, 16 bytes UUID, byte channel number, 39 bytes
/// without meaning. QEMU: `MultiFDInit_t`, migration/multifd.c.
public struct MultifdInit: Sendable, Hashable {
  /// Bytes on the wire.
  public static let length = 64

  /// The machine's UUID, 16 bytes; zeros if it has none.
  public var uuid: [UInt8]
  /// The channel's number from 0.
  public var channel: UInt8
  /// The bytes without meaning, without the zeros at their end: empty except from old QEMUs.
  public var reserved: [UInt8]

  /// The packet of a channel.
  ///
  /// - Parameter uuid: 16 bytes.
  public init(
    channel: UInt8, uuid: [UInt8] = [UInt8](repeating: 0, count: 16), reserved: [UInt8] = []
  ) {
    self.channel = channel
    self.uuid = uuid
    self.reserved = reserved
  }

  /// Reads the packet.
  ///
  /// - Parameter channels: The number of channels (`multifd-channels`), 1 to 255.
  /// - Throws: `badMagic`, `badPacket` for another version or a number that no channel has,
  ///   `endOfStream`, or the channel's error.
  public init(from reader: inout StreamReader, channels: Int = 255) throws(VMStateError) {
    let offset = reader.position
    try MultifdFormat.checkStart(&reader)
    uuid = try reader.getBytes(16, limit: 16)
    channel = try reader.get()
    reserved = try reader.getPadded(39)
    guard Int(channel) < channels else {
      throw VMStateError(
        .badPacket, "a multifd channel number above the number of channels",
        offset: offset + 24, expected: "below \(channels)", found: "\(channel)")
    }
  }

  /// Writes the packet.
  ///
  /// - Throws: `valueOutOfRange` for a UUID of another length.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    guard uuid.count == 16 else {
      throw VMStateError(
        .valueOutOfRange, "a UUID has 16 bytes", offset: writer.position, found: "\(uuid.count)")
    }
    writer.put(MultifdFormat.magic)
    writer.put(MultifdFormat.version)
    writer.put(bytes: uuid)
    writer.put(channel)
    try writer.put(padded: reserved, to: 39)
  }
}
