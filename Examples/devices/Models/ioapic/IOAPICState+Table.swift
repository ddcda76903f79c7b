import VMState
import VMStateDSL

extension IOAPICState {
  /// QEMU: `vmstate_ioapic_common`, hw/intc/ioapic_common.c.
  public static let vmstate = VMStateDescription<IOAPICState>("ioapic", version: 3, minimum: 1) {
    Field("id", \.id)
    Field("ioregsel", \.ioregsel)
    Unused(8).since(2)
    Field("irr", \.irr).since(2)
    Field("ioredtbl", \.ioredtbl)
    Local(\.lineLevels)
  }
}
