/// System control port A as it travels: 1 byte.
///
/// QEMU: `Port92State`, hw/i386/port92.c.
public struct Port92State: Sendable {
  /// The byte that was written last: bit 0 reset, bit 1 A20.
  public var outport: UInt8 = 0

  /// The state after a reset.
  public init() {}
}
