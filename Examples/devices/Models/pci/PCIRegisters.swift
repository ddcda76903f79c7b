/// Offsets in the configuration space (PCI Local Bus 3.0, chapter 6).
public enum PCIRegister {
  /// Vendor id, 16 bits.
  public static let vendor = 0x00
  /// Device id, 16 bits.
  public static let device = 0x02
  /// Command, 16 bits.
  public static let command = 0x04
  /// Status, 16 bits.
  public static let status = 0x06
  /// Revision id; the three class bytes follow.
  public static let revision = 0x08
  /// Sub-class and base class, 16 bits.
  public static let classCode = 0x0A
  /// Cache line size in 32-bit words.
  public static let cacheLineSize = 0x0C
  /// Header type.
  public static let headerType = 0x0E
  /// First of six base address registers.
  public static let firstBAR = 0x10
  /// Subsystem vendor id, 16 bits.
  public static let subsystemVendor = 0x2C
  /// Subsystem id, 16 bits.
  public static let subsystem = 0x2E
  /// Expansion ROM address.
  public static let romAddress = 0x30
  /// First capability's offset.
  public static let capabilities = 0x34
  /// Interrupt line, for software only.
  public static let interruptLine = 0x3C
  /// Interrupt pin: 0 none, 1 to 4 for INTA to INTD.
  public static let interruptPin = 0x3D
  /// First byte after the standard header.
  public static let headerEnd = 0x40
}

/// Bits of the command register.
public enum PCICommand {
  /// Answers I/O accesses.
  public static let io: UInt32 = 0x001
  /// Answers memory accesses.
  public static let memory: UInt32 = 0x002
  /// May read and write memory itself.
  public static let busMaster: UInt32 = 0x004
  /// Does not drive its interrupt pin.
  public static let interruptDisable: UInt32 = 0x400
  /// The bits a guest can write: the four above and SERR#.
  public static let writable: UInt32 = 0x507
}

/// Bits of the status register.
public enum PCIStatus {
  /// The interrupt pin is asserted.
  public static let interrupt: UInt32 = 0x0008
  /// There is a list of capabilities.
  public static let capabilityList: UInt32 = 0x0010
  /// The error bits, all cleared by writing one.
  public static let errors: UInt32 = 0xF900
}
