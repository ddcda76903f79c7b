/// Bits of a redirection table entry.
enum IOAPICEntry {
  /// Delivery is under way (read only, always 0 here).
  static let deliveryStatus: UInt64 = 1 << 12
  /// A level-triggered interrupt was delivered and not ended yet (read only).
  static let remoteIRR: UInt64 = 1 << 14
  /// Set: level-triggered. Clear: edge-triggered.
  static let level: UInt64 = 1 << 15
  /// The input is masked.
  static let masked: UInt64 = 1 << 16
  /// Bits that a write leaves alone.
  static let readOnly = deliveryStatus | remoteIRR
}

/// The message with which an I/O APIC asks processors for an interrupt.
public struct IOAPICMessage: Sendable, Hashable {
  /// Delivery mode 7: the vector comes from the i8259.
  public static let externalMode: UInt8 = 7

  /// The vector, 0...255.
  public var vector: UInt8
  /// Delivery mode, 0 fixed ... 7 external.
  public var deliveryMode: UInt8
  /// True: `destination` is a set of logical ids. False: a physical id.
  public var isLogical: Bool
  /// True for a level-triggered interrupt.
  public var isLevel: Bool
  /// The processors that are meant.
  public var destination: UInt8

  /// From a table entry.
  init(entry: UInt64) {
    vector = UInt8(truncatingIfNeeded: entry)
    deliveryMode = UInt8(truncatingIfNeeded: entry >> 8) & 7
    isLogical = entry & 1 << 11 != 0
    isLevel = entry & IOAPICEntry.level != 0
    destination = UInt8(truncatingIfNeeded: entry >> 56)
  }
}
