import VMState

/// Checksum and segmentation parameters of a context descriptor.
///
/// QEMU: `e1000x_txd_props`, hw/net/e1000x_common.h.
public struct E1000OffloadProperties: Sendable, Hashable {
  /// Start of the IP checksum.
  public var ipcss: UInt8 = 0
  /// Place of the IP checksum.
  public var ipcso: UInt8 = 0
  /// End of the IP checksum.
  public var ipcse: UInt16 = 0
  /// Start of the TCP or UDP checksum.
  public var tucss: UInt8 = 0
  /// Place of the TCP or UDP checksum.
  public var tucso: UInt8 = 0
  /// End of the TCP or UDP checksum.
  public var tucse: UInt16 = 0
  /// Payload length, 20 bits.
  public var payloadLength: UInt32 = 0
  /// Header length.
  public var headerLength: UInt8 = 0
  /// Maximum segment size.
  public var segmentSize: UInt16 = 0
  /// IPv4: 0 or 1.
  public var ip: Int8 = 0
  /// TCP: 0 or 1.
  public var tcp: Int8 = 0

  /// No offload.
  public init() {}
}

/// A frame that is being put together for sending.
///
/// QEMU: `struct e1000_tx`, hw/net/e1000.c.
public struct E1000TransmitState: Sendable {
  /// Header that every segment repeats.
  public var header = InlineArray<256, UInt8>(repeating: 0)
  /// The frame so far, 65536 bytes.
  public var data = [UInt8](repeating: 0, count: 0x10000)
  /// Bytes of the frame so far.
  public var size: UInt16 = 0
  /// Segments sent of the present large packet.
  public var tsoFrames: UInt16 = 0
  /// Checksums wanted: bit 0 IP, bit 1 TCP or UDP.
  public var sumNeeded: UInt8 = 0
  /// Parameters of the last context descriptor without segmentation.
  public var properties = E1000OffloadProperties()
  /// Parameters of the last context descriptor with segmentation.
  public var tsoProperties = E1000OffloadProperties()

  /// Nothing to send.
  public init() {}
}

/// The serial interface to the EEPROM.
public struct E1000EEPROMState: Sendable {
  /// Bits from the driver.
  public var shiftIn: UInt32 = 0
  /// Number of bits from the driver.
  public var bitsIn: UInt16 = 0
  /// Number of the bit that is read next: word times 16, bit from the top.
  public var bitOut: UInt16 = 0
  /// A read command was recognised: 0 or 1.
  public var isReading: UInt16 = 0
  /// The control register as last written.
  public var control: UInt32 = 0

  /// Deselected.
  public init() {}
}

/// What of the state a machine type sends.
///
/// QEMU: `compat_flags` and the properties `mitigation`, `extra_mac_registers`,
/// `migrate_tso_props` and `autonegotiation`.
public struct E1000Features: OptionSet, Sendable, Hashable {
  /// The bits.
  public let rawValue: UInt32

  /// From the bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The PHY negotiates the link.
  public static let autonegotiation = Self(rawValue: 1)
  /// Interrupt mitigation.
  public static let mitigation = Self(rawValue: 2)
  /// All registers are kept and sent.
  public static let allRegisters = Self(rawValue: 4)
  /// Segmentation parameters are sent apart.
  public static let tsoState = Self(rawValue: 8)
  /// What every machine type since 2.12 has.
  public static let standard: Self = [.autonegotiation, .mitigation, .allRegisters, .tsoState]
}

/// The state of an Intel 82540EM.
///
/// QEMU: `E1000State`, hw/net/e1000.c.
public struct E1000State: Sendable {
  /// The PCI function.
  public var pci = PCIDeviceState(
    vendor: 0x8086, device: 0x100E, revision: 3, classCode: 0x0200, interruptPin: 1)
  /// Bytes of a receive buffer.
  public var receiveBufferSize: UInt32 = 0
  /// Share of free descriptors that counts as low: 1/2 to the power of it.
  public var receiveLowShift: UInt32 = 1
  /// The EEPROM's serial interface.
  public var eeprom = E1000EEPROMState()
  /// The frame that is being sent.
  public var transmit = E1000TransmitState()
  /// The set of offload parameters that travels in the main part.
  public var migratedProperties = E1000OffloadProperties()
  /// The EEPROM's 64 words.
  public var eepromData = InlineArray<64, UInt16>(repeating: 0)
  /// The PHY's 32 registers.
  public var phy = InlineArray<32, UInt16>(repeating: 0)
  /// The 32768 registers of the memory window.
  public var mac = [UInt32](repeating: 0, count: E1000Register.count)
  /// Level of the interrupt line as the mitigation sees it.
  public var interruptLevel = false

  /// What is kept and sent.
  public var features = E1000Features.standard
  /// The last context descriptor was one with segmentation.
  public var usesTSOForMigration = false
  /// The stream has brought the segmentation parameters.
  public var hasLoadedTSO = false

  /// After power-on, without a MAC address.
  public init() {
    pci.config.registerBAR(0, size: 0x2_0000)
    pci.config.registerBAR(1, size: 0x40, isIO: true)
  }
}
