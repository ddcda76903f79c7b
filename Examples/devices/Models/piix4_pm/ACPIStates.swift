import VMState

/// Advanced power management: two scratch registers, the first of which raises an SMI.
///
/// QEMU: `APMState`, include/hw/isa/apm.h.
public struct APMState: Sendable {
  /// Command, port B2.
  public var command: UInt8 = 0
  /// Status, port B3.
  public var status: UInt8 = 0

  /// After a reset.
  public init() {}
}

/// General purpose events: 16 status bits and 16 enable bits.
///
/// The wire form is the host-order word of the two bytes, so that on a little-endian host
/// byte 0 is the low half. QEMU: `ACPIGPE`, include/hw/acpi/acpi.h.
public struct GeneralPurposeEvents: Sendable {
  /// Status; cleared by writing one.
  public var status: UInt16 = 0
  /// Enable.
  public var enable: UInt16 = 0

  /// After a reset.
  public init() {}

  /// Byte 0 of status and enable have a common bit.
  var isActive: Bool { status & enable & 0xFF != 0 }
}

/// Pending hot-plug and removal of one PCI bus, a bit for each slot.
///
/// QEMU: `AcpiPciHpPciStatus`, include/hw/acpi/pcihp.h.
public struct PCIHotplugStatus: Sendable {
  /// Slots with a new device.
  public var up: UInt32 = 0
  /// Slots whose device is to go.
  public var down: UInt32 = 0

  /// Nothing pending.
  public init() {}
}

/// The SMBus host controller's registers.
///
/// QEMU: `PMSMBus`, include/hw/i2c/pm_smbus.h.
public struct SMBusHostState: Sendable {
  /// Status.
  public var status: UInt8 = 0
  /// Control: protocol in bits 2 to 4, start in bit 6.
  public var control: UInt8 = 0
  /// Command, the slave's register.
  public var command: UInt8 = 0
  /// Slave address in bits 1 to 7, read in bit 0.
  public var address: UInt8 = 0
  /// Data 0.
  public var data0: UInt8 = 0
  /// Data 1.
  public var data1: UInt8 = 0
  /// Index into the block buffer.
  public var blockIndex: UInt32 = 0
  /// Block buffer.
  public var block = InlineArray<32, UInt8>(repeating: 0)
  /// Auxiliary control.
  public var auxiliaryControl: UInt8 = 0x02
  /// Block data register.
  public var blockData: UInt8 = 0
  /// I2C transfers are enabled.
  public var isI2CEnabled = false
  /// The last transfer is over.
  public var isDone = true
  /// An I2C block read is going on.
  public var isReadingI2CBlock = false
  /// The next read of the status starts a transfer.
  public var startsOnStatusRead = false

  /// After a reset.
  public init() {}
}

/// One slot for a memory module.
///
/// QEMU: `MemStatus`, include/hw/acpi/memory_hotplug.h.
public struct MemoryHotplugSlot: Sendable {
  /// A module is there.
  public var isEnabled = false
  /// The guest has not seen the module yet.
  public var isInserting = false
  /// Event of the guest's last status report.
  public var ostEvent: UInt32 = 0
  /// Status of the guest's last status report.
  public var ostStatus: UInt32 = 0

  /// An empty slot.
  public init() {}
}

/// Memory hot-plug registers.
///
/// QEMU: `MemHotplugState`, include/hw/acpi/memory_hotplug.h.
public struct MemoryHotplugState: Sendable {
  /// The selected slot.
  public var selector: UInt32 = 0
  /// The machine's slots.
  public var slots: [MemoryHotplugSlot]
  /// Number of slots.
  public var slotCount: UInt32

  /// A number of empty slots.
  public init(slots count: Int = 0) {
    slots = Array(repeating: MemoryHotplugSlot(), count: count)
    slotCount = UInt32(count)
  }
}

/// One possible CPU.
///
/// QEMU: `AcpiCpuStatus`, include/hw/acpi/cpu.h.
public struct CPUHotplugSlot: Sendable {
  /// The guest has not seen the CPU yet.
  public var isInserting = false
  /// The CPU is to go.
  public var isRemoving = false
  /// Event of the guest's last status report.
  public var ostEvent: UInt32 = 0
  /// Status of the guest's last status report.
  public var ostStatus: UInt32 = 0

  /// Nothing pending.
  public init() {}
}

/// CPU hot-plug registers.
///
/// QEMU: `CPUHotplugState`, include/hw/acpi/cpu.h.
public struct CPUHotplugState: Sendable {
  /// The selected CPU.
  public var selector: UInt32 = 0
  /// The last command.
  public var command: UInt8 = 0
  /// The possible CPUs.
  public var cpus: [CPUHotplugSlot]
  /// Number of possible CPUs.
  public var cpuCount: UInt32

  /// A number of CPUs with nothing pending.
  public init(cpus count: Int = 1) {
    cpus = Array(repeating: CPUHotplugSlot(), count: count)
    cpuCount = UInt32(count)
  }
}
