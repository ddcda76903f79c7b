/// System control port A (0x92): address line 20 and the fast reset.
///
/// QEMU: hw/i386/port92.c.
public final class Port92 {
  /// Everything that travels.
  public var state = Port92State()
  /// Level of address line 20.
  public var a20: (_ enabled: Bool) -> Void = { _ in }
  /// Asked for at a rising edge of bit 0.
  public var requestReset: () -> Void = {}

  /// The port after a reset.
  public init() {}

  /// Machine reset: the register only; the processor resets its own A20.
  public func reset() { state = Port92State() }

  /// A write to the port.
  public func write(_ value: UInt8) {
    let resetRises = value & 1 != 0 && state.outport & 1 == 0
    state.outport = value
    a20(value & 2 != 0)
    if resetRises { requestReset() }
  }

  /// A read from the port: what was written last.
  public func read() -> UInt8 { state.outport }

  /// After a load there is nothing to do: where A20 stands travels with the processor, and
  /// the keyboard controller may have set it last.
  public func afterLoad() {}
}
