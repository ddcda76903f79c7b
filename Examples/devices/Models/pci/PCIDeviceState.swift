/// The part of the state that every PCI function shares.
///
/// QEMU: `PCIDevice`, include/hw/pci/pci_device.h.
public struct PCIDeviceState: Sendable, Hashable {
  /// The layout's version, 2; a stream may bring 0 to this value.
  public var versionID: Int32 = 2
  /// The configuration space.
  public var config: PCIConfigSpace
  /// Levels of INTA to INTD in bits 0 to 3.
  public var irqState: UInt8 = 0

  /// A function with its identity.
  ///
  /// - Parameters:
  ///   - vendor: Vendor id.
  ///   - device: Device id.
  ///   - revision: Revision id.
  ///   - classCode: Base class and sub-class.
  ///   - interruptPin: 0 for none, 1 to 4.
  ///   - isExpress: PCI Express, 4096 bytes of configuration.
  public init(
    vendor: UInt16, device: UInt16, revision: UInt8, classCode: UInt16, interruptPin: UInt8 = 0,
    isExpress: Bool = false
  ) {
    config = PCIConfigSpace(isExpress: isExpress)
    config.set(UInt32(vendor), at: PCIRegister.vendor, count: 2)
    config.set(UInt32(device), at: PCIRegister.device, count: 2)
    config.set(UInt32(revision), at: PCIRegister.revision, count: 1)
    config.set(UInt32(classCode), at: PCIRegister.classCode, count: 2)
    config.set(0x1AF4, at: PCIRegister.subsystemVendor, count: 2)
    config.set(0x1100, at: PCIRegister.subsystem, count: 2)
    config.set(UInt32(interruptPin), at: PCIRegister.interruptPin, count: 1)
  }

  /// The space has 4096 bytes.
  public var isExpress: Bool { config.size == PCIConfigSpace.expressSize }

  /// The function may read and write guest memory.
  public var isBusMaster: Bool {
    config.read(at: PCIRegister.command, count: 2) & PCICommand.busMaster != 0
  }

  /// The guest has disabled the interrupt pin.
  public var isInterruptDisabled: Bool {
    config.read(at: PCIRegister.command, count: 2) & PCICommand.interruptDisable != 0
  }

  /// Sets the level of the function's own interrupt pin, and the status bit with it.
  ///
  /// - Returns: The level the bus sees: false while the pin is disabled.
  public mutating func setInterrupt(_ isAsserted: Bool) -> Bool {
    let pin = config.read(at: PCIRegister.interruptPin, count: 1)
    guard (1...4).contains(pin) else { return false }
    let bit = UInt8(1) << UInt8(pin - 1)
    irqState = isAsserted ? irqState | bit : irqState & ~bit
    updateInterruptStatus()
    return isAsserted && !isInterruptDisabled
  }

  /// Makes the status register's interrupt bit agree with the levels.
  public mutating func updateInterruptStatus() {
    let status = config.read(at: PCIRegister.status, count: 2) & ~PCIStatus.interrupt
    let bit = irqState != 0 ? PCIStatus.interrupt : 0
    config.set(status | bit, at: PCIRegister.status, count: 2)
  }

  /// The level that the bus sees now.
  public var interruptLevel: Bool { irqState != 0 && !isInterruptDisabled }

  /// A base address register as the guest has set it, without the type bits.
  ///
  /// - Parameter index: 0 to 5.
  /// - Returns: nil while the region's decoding is off in the command register.
  public func address(ofBAR index: Int) -> UInt32? {
    guard (0..<6).contains(index) else { return nil }
    let raw = config.read(at: PCIRegister.firstBAR + 4 * index, count: 4)
    let command = config.read(at: PCIRegister.command, count: 2)
    let isIO = raw & 1 != 0
    guard command & (isIO ? PCICommand.io : PCICommand.memory) != 0 else { return nil }
    return raw & (isIO ? ~3 : ~15)
  }
}
