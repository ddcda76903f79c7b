/// What a process hands to its successor before the machine exists (`cpr-transfer` and
/// `cpr-exec`): the open descriptors, by name.
///
/// Wire: be32 `QCPR`, be32 version 1; for each descriptor a byte that is not zero, the name,
/// be32 id and the descriptor; a zero byte. From 10.1 on a subsection with the vfio devices
/// follows. QEMU: migration/cpr.c.
public struct CPRState: Sendable, Hashable {
  /// The first four bytes, `QCPR`.
  public static let magic: UInt32 = 0x5143_5052
  /// The only version.
  public static let version: UInt32 = 1
  /// The name of the subsection.
  public static let devicesName = "CprState/vfio devices"
  /// Longest name that is read, in bytes, its zero included.
  public static let maximumNameLength = 4096

  /// How descriptors travel; the file does not say it.
  public enum Mode: Sendable, Hashable, CaseIterable {
    /// Beside a byte of a message over a UNIX socket (10.0 and later).
    case transfer
    /// They stay open across an exec, so be32 holds the number (10.2 and later).
    case exec
  }

  /// An open descriptor.
  public struct Descriptor: Sendable, Hashable {
    /// The byte before it; 1 from QEMU, not zero.
    public var marker: UInt8 = 1
    /// Name of the RAM block or memory backend, without the zero at its end.
    public var name: [UInt8]
    /// Tells several of one name apart.
    public var id: Int32
    /// With `exec` the number; with `transfer` the byte it travelled beside (`0x20`).
    public var value: Int32

    /// A descriptor.
    public init(name: [UInt8], id: Int32 = 0, value: Int32 = 0x20) {
      self.name = name
      self.id = id
      self.value = value
    }
  }

  /// A vfio device (10.1 and later).
  public struct Device: Sendable, Hashable {
    /// The byte before it; 1 from QEMU, not zero.
    public var marker: UInt8 = 1
    /// The device's name, without the zero at its end.
    public var name: [UInt8]
    /// The device's number in iommufd.
    public var device: Int32
    /// The address space.
    public var addressSpace: UInt32
    /// The page table.
    public var pageTable: UInt32

    /// A device.
    public init(name: [UInt8], device: Int32, addressSpace: UInt32, pageTable: UInt32) {
      self.name = name
      self.device = device
      self.addressSpace = addressSpace
      self.pageTable = pageTable
    }
  }

  /// How descriptors travel.
  public var mode: Mode
  /// The descriptors; the one saved last comes first.
  public var descriptors: [Descriptor]
  /// The vfio devices; nil without the subsection (10.0).
  public var devices: [Device]?

  /// A state.
  public init(mode: Mode, descriptors: [Descriptor], devices: [Device]? = nil) {
    self.mode = mode
    self.descriptors = descriptors
    self.devices = devices
  }
}
