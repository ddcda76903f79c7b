/// The start of the payload of a vfio device's packets on multifd channels (10.0 and later).
///
/// Wire: be32 version 0, be32 index, be32 flags; the rest of the packet is a piece of the
/// device's state, or with `configuration` a whole `configurationState` … `endOfState`. The
/// index counts from 0 for a device; packets arrive in any order. QEMU:
/// `VFIODeviceStatePacket`, hw/vfio/migration-multifd.c.
public struct VFIOStateBuffer: Sendable, Hashable {
  /// Bytes of the header.
  public static let headerLength = 12
  /// The flag of the last packet.
  public static let configurationFlag: UInt32 = 1

  /// The piece's number.
  public var index: UInt32
  /// Whether it is the last one, with the device's configuration.
  public var isConfiguration: Bool
  /// Bytes that follow, which this value does not hold.
  public var dataLength: Int

  /// A header.
  public init(index: UInt32, isConfiguration: Bool = false, dataLength: Int) {
    self.index = index
    self.isConfiguration = isConfiguration
    self.dataLength = dataLength
  }

  /// Reads the header; the reader then stands at the piece.
  ///
  /// - Parameter payloadLength: The packet's.
  /// - Throws: `badRecord` for a payload shorter than the header, another version, an index
  ///   or a flag that does not exist; `endOfStream`, or the channel's error.
  public init(
    from reader: inout StreamReader, payloadLength: Int
  ) throws(VMStateError) {
    let offset = reader.position
    guard payloadLength >= Self.headerLength else {
      throw Self.bad("shorter than its header", offset, "\(payloadLength) bytes")
    }
    dataLength = payloadLength - Self.headerLength
    let version = try reader.get(UInt32.self)
    guard version == 0 else { throw Self.bad("of an unknown version", offset, "\(version)") }
    index = try reader.get()
    guard index != .max else { throw Self.bad("with no index", offset + 4, hexadecimal(index)) }
    let flags = try reader.get(UInt32.self)
    guard flags & ~Self.configurationFlag == 0 else {
      throw Self.bad("with unknown flags", offset + 8, hexadecimal(flags))
    }
    isConfiguration = flags != 0
  }

  /// Writes the header; the piece is put after it.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(UInt32(0))
    writer.put(index)
    writer.put(isConfiguration ? Self.configurationFlag : 0)
  }

  private static func bad(_ what: String, _ offset: UInt64, _ found: String) -> VMStateError {
    VMStateError(.badRecord, "a vfio state buffer \(what)", offset: offset, found: found)
  }
}
