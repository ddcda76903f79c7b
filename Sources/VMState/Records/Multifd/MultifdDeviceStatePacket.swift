/// A packet of a multifd channel that carries a piece of a device's state (10.0 and later).
///
/// Wire: be32 magic, version, flags; 256 bytes section name with a zero at its end; be32
/// instance id, be32 payload length. Then the payload, which this value does not hold.
/// QEMU: `MultiFDPacketDeviceState_t`, migration/multifd.h.
public struct MultifdDeviceStatePacket: Sendable, Hashable {
  /// Bytes of the header.
  public static let headerLength = 276

  /// Flags; exactly `deviceState` in what QEMU sends.
  public var flags: MultifdFlags
  /// The field of the section's name, without the zeros at its end.
  public var nameField: [UInt8]
  /// The section's instance id.
  public var instance: UInt32
  /// Bytes that follow the header, at least 1.
  public var payloadLength: UInt32

  /// A header for a piece of some bytes.
  ///
  /// - Parameter name: The section's idstr, at most 255 bytes without a zero.
  public init(name: [UInt8], instance: UInt32, payloadLength: UInt32) {
    flags = .deviceState
    nameField = name
    self.instance = instance
    self.payloadLength = payloadLength
  }

  /// The section's name: the field up to its first zero.
  public var name: [UInt8] { Array(nameField.prefix { $0 != 0 }) }

  /// The section's name as text.
  public var idstr: String { String(decoding: name, as: UTF8.self) }

  /// Reads what follows the flags; the reader then stands at the payload.
  ///
  /// - Parameters:
  ///   - flags: As read; `deviceState` is in them.
  ///   - maximumPayload: The longest payload accepted, in bytes.
  /// - Throws: `badPacket` with a synchronisation, a name without end or no payload;
  ///   `limitExceeded`, `endOfStream`, or the channel's error.
  init(
    after flags: MultifdFlags, from reader: inout StreamReader, maximumPayload: Int
  ) throws(VMStateError) {
    let start = reader.position - 12
    self.flags = flags
    nameField = try reader.getPadded(MultifdFormat.nameLength)
    instance = try reader.get()
    payloadLength = try reader.get()
    guard flags == .deviceState else {
      throw Self.bad("other flags", start + 8, hexadecimal(flags.rawValue))
    }
    guard nameField.count < MultifdFormat.nameLength else {
      throw Self.bad("a name without an end", start + 12, "\(nameField.count) bytes")
    }
    guard payloadLength > 0 else { throw Self.bad("no payload", start + 272, "0") }
    guard Int(payloadLength) <= maximumPayload else {
      throw VMStateError(
        .limitExceeded, "a device state packet is above the limit", offset: start + 272,
        expected: "at most \(maximumPayload) bytes", found: "\(payloadLength)")
    }
  }

  /// Writes the header; the payload is put after it.
  ///
  /// - Throws: `valueOutOfRange` if the name does not fit.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(MultifdFormat.magic)
    writer.put(MultifdFormat.version)
    writer.put(flags.rawValue)
    try writer.put(padded: nameField, to: MultifdFormat.nameLength)
    writer.put(instance)
    writer.put(payloadLength)
  }

  private static func bad(_ what: String, _ offset: UInt64, _ found: String) -> VMStateError {
    VMStateError(
      .badPacket, "a device state packet with \(what)", offset: offset, found: found)
  }
}
