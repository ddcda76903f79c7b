import VMState
import VMStateDSL

extension PIIX4PowerState {
  /// QEMU: `vmstate_acpi`, hw/acpi/piix4.c.
  public static let vmstate = VMStateDescription<PIIX4PowerState>(
    "piix4_pm", version: 3, minimum: 3
  ) {
    Struct("parent_obj", \.pci, PCIDeviceState.vmstate)
    Field("ar.pm1.evt.sts", \.pm1Status)
    Field("ar.pm1.evt.en", \.pm1Enable)
    Field("ar.pm1.cnt.cnt", \.pm1Control)
    Struct("apm", \.apm, APMState.vmstate)
    Struct("smb", \.smbus, SMBusHostState.vmstate).when { state, _ in state.sendsSMBus }
    Field("ar.tmr.timer", \.timer)
    Field("ar.tmr.overflow_time", \.overflowTime)
    Struct("ar.gpe", \.gpe, GeneralPurposeEvents.vmstate).since(2)
    hotplugRows
    Local(\.sendsSMBus)
    Local(\.usesBridgeHotplug)
    Local(\.sendsACPIIndex)
    Local(\.usesMemoryHotplug)
    Local(\.usesCPUHotplug)
  }
  .subsection(
    "piix4_pm/memhp", version: 1, minimum: 1, needed: \.usesMemoryHotplug
  ) {
    Struct("acpi_memory_hotplug", \.memoryHotplug, MemoryHotplugState.vmstate).since(1)
  }
  .subsection("piix4_pm/cpuhp", version: 1, minimum: 1, needed: \.usesCPUHotplug) {
    Struct("cpuhp_state", \.cpuHotplug, CPUHotplugState.vmstate).since(1)
  }

  /// PCI hot-plug: bus 0 alone, or all buses and the selector.
  @FieldBuilder<PIIX4PowerState>
  private static var hotplugRows: [VMStateField<PIIX4PowerState>] {
    Structs(
      "acpi_pci_hotplug.acpi_pcihp_pci_status[0x0]", \.hotplug, PCIHotplugStatus.vmstate,
      range: 0..<1
    ).when { state, _ in !state.usesBridgeHotplug }
    Field("acpi_pci_hotplug.hotplug_select", \.hotplugSelect).when { state, _ in
      state.usesBridgeHotplug
    }
    Structs(
      "acpi_pci_hotplug.acpi_pcihp_pci_status", \.hotplug, PCIHotplugStatus.bridgeVMState
    ).when { state, _ in state.usesBridgeHotplug }
    Field("acpi_pci_hotplug.acpi_index", \.acpiIndex).when { state, _ in state.sendsACPIIndex }
  }
}
