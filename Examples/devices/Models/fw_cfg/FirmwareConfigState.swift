/// The registers of the firmware configuration device.
///
/// QEMU: `FWCfgState`, include/hw/nvram/fw_cfg.h.
public struct FirmwareConfigState: Sendable {
  /// The selected item, or FFFF for none.
  public var currentEntry: UInt16 = 0
  /// Offset of the item's next byte.
  public var currentOffset: UInt32 = 0
  /// Guest address of the DMA request, as far as it is written.
  public var dmaAddress: UInt64 = 0

  /// Bytes of `etc/acpi/tables`.
  public var tableSize: UInt64 = 0
  /// Bytes of `etc/table-loader`.
  public var linkerSize: UInt64 = 0
  /// Bytes of `etc/acpi/rsdp`.
  public var rsdpSize: UInt64 = 0

  /// The DMA registers exist.
  public var isDMAEnabled = true
  /// The sizes of the ACPI files travel if one is no multiple of the host's page size.
  public var sendsACPISizes = true
  /// The host's page size in bytes.
  public var hostPageSize: UInt64 = 4096

  /// No item selected by the guest yet.
  public init() {}

  /// Most bytes that an ACPI file may have.
  public static let maximumACPISize: UInt64 = 0x20_0000

  /// One of the ACPI files does not end on a page boundary.
  var hasUnalignedACPISize: Bool {
    let page = max(1, hostPageSize)
    return [tableSize, linkerSize, rsdpSize].contains { !$0.isMultiple(of: page) }
  }
}
