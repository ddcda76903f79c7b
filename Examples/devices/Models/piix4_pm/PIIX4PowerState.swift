import VMState

/// The state of the PIIX4 power management function.
///
/// QEMU: `PIIX4PMState`, include/hw/acpi/piix4.h.
public struct PIIX4PowerState: Sendable {
  /// The PCI function.
  public var pci = PCIDeviceState(
    vendor: 0x8086, device: 0x7113, revision: 3, classCode: 0x0680, interruptPin: 1)
  /// PM1 status; cleared by writing one.
  public var pm1Status: UInt16 = 0
  /// PM1 enable.
  public var pm1Enable: UInt16 = 0
  /// PM1 control: SCI enable in bit 0, sleep type in bits 10 to 12.
  public var pm1Control: UInt16 = 0
  /// APM registers.
  public var apm = APMState()
  /// SMBus host controller.
  public var smbus = SMBusHostState()
  /// When the ACPI timer's top bit changes next, if that is to raise the SCI.
  public var timer = TimerExpiry.none
  /// Tick at which the ACPI timer's top bit changes next.
  public var overflowTime: Int64 = 0
  /// General purpose events.
  public var gpe = GeneralPurposeEvents()
  /// Pending PCI hot-plug events by bus selector.
  public var hotplug = InlineArray<256, PCIHotplugStatus>(repeating: PCIHotplugStatus())
  /// The selected bus.
  public var hotplugSelect: UInt32 = 0
  /// The slot whose index is asked for.
  public var acpiIndex: UInt32 = 0
  /// Memory hot-plug.
  public var memoryHotplug = MemoryHotplugState()
  /// CPU hot-plug, the newer interface.
  public var cpuHotplug = CPUHotplugState()

  /// The machine type sends the SMBus registers.
  public var sendsSMBus = true
  /// Hot-plug behind bridges: all 256 buses are sent.
  public var usesBridgeHotplug = true
  /// The machine type sends `acpi_index`.
  public var sendsACPIIndex = true
  /// Memory hot-plug is on.
  public var usesMemoryHotplug = true
  /// The newer CPU hot-plug interface is in use.
  public var usesCPUHotplug = false

  /// After power-on.
  public init() {
    pci.config.set(0x0280, at: PCIRegister.status, count: 2)
    pci.config.set(0x01, at: Register.pmBase, count: 1)
    pci.config.set(0x09, at: Register.smbusEnable, count: 1)
  }

  /// Offsets in the configuration space (82371AB data sheet, chapter 7).
  enum Register {
    /// Base of the PM registers.
    static let pmBase = 0x40
    /// Device resources B: bit 1 of its top byte lets APM commands raise an SMI.
    static let apmSMI = 0x5B
    /// Bit 0 enables the PM registers.
    static let pmEnable = 0x80
    /// Base of the SMBus registers.
    static let smbusBase = 0x90
    /// Bit 0 enables the SMBus registers.
    static let smbusEnable = 0xD2
  }

  /// Base port of the 64 PM registers, or nil while they are off.
  public var pmBase: UInt16? { base(Register.pmBase, enable: Register.pmEnable) }

  /// Base port of the 64 SMBus registers, or nil while they are off.
  public var smbusBase: UInt16? { base(Register.smbusBase, enable: Register.smbusEnable) }

  private func base(_ register: Int, enable: Int) -> UInt16? {
    guard pci.config.read(at: enable, count: 1) & 1 != 0 else { return nil }
    return UInt16(pci.config.read(at: register, count: 2) & 0xFFC0)
  }
}
