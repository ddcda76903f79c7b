/// A connection of the user-mode network stack, served by a guest-forward rule.
///
/// libslirp: `vmstate_slirp_socket`, src/state.c.
public struct SlirpSocket: Sendable, Hashable {
  /// The byte before the record.
  public var marker: UInt8 = SlirpState.marker
  /// Bytes of urgent data.
  public var urgentCount: UInt32 = 0
  /// The other end; its address and port select the rule.
  public var foreign: SlirpAddress
  /// The guest's end.
  public var local: SlirpAddress
  /// Type of service.
  public var typeOfService: UInt8 = 0
  /// Protocol that is emulated.
  public var emulation: UInt8 = 0
  /// Type of the connection.
  public var type: UInt8 = 0
  /// State flags.
  public var state: Int32 = 0
  /// Data from the outside.
  public var received: SlirpBuffer
  /// Data from the guest.
  public var sent: SlirpBuffer
  /// The protocol's state.
  public var control: SlirpTCPControl

  /// A connection.
  public init(
    foreign: SlirpAddress, local: SlirpAddress, received: SlirpBuffer, sent: SlirpBuffer,
    control: SlirpTCPControl = SlirpTCPControl()
  ) {
    self.foreign = foreign
    self.local = local
    self.received = received
    self.sent = sent
    self.control = control
  }

  init(
    from reader: inout StreamReader, version: Int, bytes: inout Int
  ) throws(VMStateError) {
    urgentCount = try reader.get()
    (foreign, local) = try Self.addresses(&reader, version)
    typeOfService = try reader.get()
    emulation = try reader.get()
    type = try reader.get()
    state = try reader.get()
    received = try SlirpBuffer(from: &reader, left: &bytes)
    sent = try SlirpBuffer(from: &reader, left: &bytes)
    control = try SlirpTCPControl(from: &reader)
  }

  /// Before version 4: both addresses, then both ports, without families.
  private static func addresses(
    _ reader: inout StreamReader, _ version: Int
  ) throws(VMStateError) -> (SlirpAddress, SlirpAddress) {
    var foreign = SlirpAddress(family: SlirpAddress.ipv4)
    var local = foreign
    if version >= 4 {
      foreign = try SlirpAddress(from: &reader)
      local = try SlirpAddress(from: &reader)
    } else {
      foreign.address = try reader.get()
      local.address = try reader.get()
      foreign.port = try reader.get()
      local.port = try reader.get()
    }
    return (foreign, local)
  }

  func write(to writer: inout StreamWriter, version: Int) throws(VMStateError) {
    writer.put(urgentCount)
    if version >= 4 {
      foreign.write(to: &writer)
      local.write(to: &writer)
    } else {
      for number in [foreign.address, local.address] { writer.put(number) }
      for number in [foreign.port, local.port] { writer.put(number) }
    }
    for byte in [typeOfService, emulation, type] { writer.put(byte) }
    writer.put(state)
    try received.write(to: &writer)
    try sent.write(to: &writer)
    control.write(to: &writer)
  }
}
