import VMState
import VMStateDSL

extension PCIDeviceState {
  /// QEMU: `vmstate_pci_device`, hw/pci/pci.c.
  public static let vmstate = VMStateDescription<PCIDeviceState>(
    "PCIDevice", version: 2, minimum: 1
  ) {
    AtMost("version_id", \.versionID)
    Custom("config", \.config, PCIConfigCodec()).when { state, _ in !state.isExpress }
    Custom("config", \.config, PCIConfigCodec()).when { state, _ in state.isExpress }
    Custom("irq_state", \.irqState, PCIIRQStateCodec()).since(2)
  }
}
