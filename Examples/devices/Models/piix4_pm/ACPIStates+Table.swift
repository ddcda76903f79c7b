import VMState
import VMStateDSL

extension APMState {
  /// QEMU: `vmstate_apm`, hw/isa/apm.c.
  public static let vmstate = VMStateDescription<APMState>("APM State", version: 1, minimum: 1) {
    Field("apmc", \.command)
    Field("apms", \.status)
  }
}

extension GeneralPurposeEvents {
  /// QEMU: `vmstate_gpe`, hw/acpi/piix4.c.
  public static let vmstate = VMStateDescription<GeneralPurposeEvents>(
    "gpe", version: 1, minimum: 1
  ) {
    Field("sts", \.status)
    Field("en", \.enable)
  }
}

extension PCIHotplugStatus {
  /// QEMU: `vmstate_pci_status`, hw/acpi/piix4.c.
  public static let vmstate = table("pci_status")

  /// QEMU: `vmstate_acpi_pcihp_pci_status`, hw/acpi/pcihp.c.
  public static let bridgeVMState = table("acpi_pcihp_pci_status")

  private static func table(_ name: String) -> VMStateDescription<PCIHotplugStatus> {
    VMStateDescription(name, version: 1, minimum: 1) {
      Field("up", \.up)
      Field("down", \.down)
    }
  }
}

extension SMBusHostState {
  /// QEMU: `pmsmb_vmstate`, hw/i2c/pm_smbus.c.
  public static let vmstate = VMStateDescription<SMBusHostState>("pmsmb", version: 1, minimum: 1) {
    Field("smb_stat", \.status)
    Field("smb_ctl", \.control)
    Field("smb_cmd", \.command)
    Field("smb_addr", \.address)
    Field("smb_data0", \.data0)
    Field("smb_data1", \.data1)
    Field("smb_index", \.blockIndex)
    Field("smb_data", \.block)
    Field("smb_auxctl", \.auxiliaryControl)
    Field("smb_blkdata", \.blockData)
    Field("i2c_enable", \.isI2CEnabled)
    Field("op_done", \.isDone)
    Field("in_i2c_block_read", \.isReadingI2CBlock)
    Field("start_transaction_on_status_read", \.startsOnStatusRead)
  }
}

extension MemoryHotplugSlot {
  /// QEMU: `vmstate_memhp_sts`, hw/acpi/memory_hotplug.c.
  public static let vmstate = VMStateDescription<MemoryHotplugSlot>(
    "memory hotplug device state", version: 1, minimum: 1
  ) {
    Field("is_enabled", \.isEnabled)
    Field("is_inserting", \.isInserting)
    Field("ost_event", \.ostEvent)
    Field("ost_status", \.ostStatus)
  }
}

extension MemoryHotplugState {
  /// QEMU: `vmstate_memory_hotplug`, hw/acpi/memory_hotplug.c.
  public static let vmstate = VMStateDescription<MemoryHotplugState>(
    "memory hotplug state", version: 1, minimum: 1
  ) {
    Field("selector", \.selector)
    Counted("devs", \.slots, MemoryHotplugSlot.vmstate, count: \.slotCount)
    Local(\.slotCount)
  }
}

extension CPUHotplugSlot {
  /// QEMU: `vmstate_cpuhp_sts`, hw/acpi/cpu.c.
  public static let vmstate = VMStateDescription<CPUHotplugSlot>(
    "CPU hotplug device state", version: 1, minimum: 1
  ) {
    Field("is_inserting", \.isInserting)
    Field("is_removing", \.isRemoving)
    Field("ost_event", \.ostEvent)
    Field("ost_status", \.ostStatus)
  }
}

extension CPUHotplugState {
  /// QEMU: `vmstate_cpu_hotplug`, hw/acpi/cpu.c.
  public static let vmstate = VMStateDescription<CPUHotplugState>(
    "CPU hotplug state", version: 1, minimum: 1
  ) {
    Field("selector", \.selector)
    Field("command", \.command)
    Counted("devs", \.cpus, CPUHotplugSlot.vmstate, count: \.cpuCount)
    Local(\.cpuCount)
  }
}
