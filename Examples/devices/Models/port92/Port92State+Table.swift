import VMState
import VMStateDSL

extension Port92State {
  /// QEMU: `vmstate_port92_isa`, hw/i386/port92.c.
  public static let vmstate = VMStateDescription<Port92State>("port92", version: 1, minimum: 1) {
    Field("outport", \.outport)
  }
}
