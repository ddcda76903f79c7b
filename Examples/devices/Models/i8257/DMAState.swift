/// One channel of an i8257 as it travels: 17 bytes.
///
/// QEMU: `I8257Regs`, include/hw/dma/i8257.h.
public struct DMAChannel: Sendable {
  /// The start address shifted for the controller's width, and the bytes done since then.
  public var now = InlineArray<2, Int32>(repeating: 0)
  /// Address and count as written (units, count less one).
  public var base = InlineArray<2, UInt16>(repeating: 0)
  /// The mode register: 7-6 kind, 5 downward, 4 autoinitialize, 3-2 direction.
  public var mode: UInt8 = 0
  /// Address bits 23-16.
  public var page: UInt8 = 0
  /// Address bits 30-24.
  public var pageh: UInt8 = 0
  /// Carried, not used.
  public var dack: UInt8 = 0
  /// Carried, not used.
  public var eop: UInt8 = 0

  /// A channel after a reset.
  public init() {}
}

/// One i8257 as it travels: 75 bytes.
///
/// QEMU: `I8257State`, include/hw/dma/i8257.h.
public struct DMAState: Sendable {
  /// The command register; bit 2 stops the controller.
  public var command: UInt8 = 0
  /// Masked channels (bit per channel; the high bits are carried).
  public var mask: UInt8 = 0xFF
  /// Not 0 if the next byte of an address or count is the high one.
  public var flipFlop: UInt8 = 0
  /// 0 for byte channels, 1 for word channels.
  public var dshift: Int32 = 0
  /// Channels 0...3 (4...7).
  public var regs = InlineArray<4, DMAChannel>(repeating: DMAChannel())
  /// Bits 3-0: channels that reached their end; 7-4: channels that ask. Not on the wire: the
  /// devices ask again.
  public var status: UInt8 = 0

  /// A controller after a reset.
  public init() {}
}
