/// An I/O APIC as it travels: 206 bytes.
///
/// QEMU: `IOAPICCommonState`, include/hw/i386/ioapic_internal.h.
public struct IOAPICState: Sendable {
  /// The identification, 0...15.
  public var id: UInt8 = 0
  /// The register that the window shows.
  public var ioregsel: UInt8 = 0
  /// Inputs that ask for service (bit per input).
  public var irr: UInt32 = 0
  /// The redirection table, see `IOAPICEntry`.
  public var ioredtbl = InlineArray<24, UInt64>(repeating: IOAPICEntry.masked)
  /// Levels of the inputs as seen last. Not on the wire: the devices drive them again.
  public var lineLevels: UInt32 = 0

  /// The state after a reset: every input masked.
  public init() {}
}
