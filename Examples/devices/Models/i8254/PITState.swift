/// One counter of an i8254 as it travels: 32 bytes on the wire.
///
/// QEMU: `PITChannelState`, include/hw/timer/i8254_internal.h.
public struct PITChannel: Sendable {
  /// The count that was written last, 1...0x10000, in BCD digits while `bcd` is set.
  public var count: Int32 = 0x1_0000
  /// The count that a latch command froze.
  public var latchedCount: UInt16 = 0
  /// 0, or the access (`PITAccess`) with which the latched count is still to be read.
  public var countLatched: UInt8 = 0
  /// 1 while a latched status waits to be read.
  public var statusLatched: UInt8 = 0
  /// The status that a read-back command froze.
  public var status: UInt8 = 0
  /// Which byte the next read gives (`PITAccess`).
  public var readState: UInt8 = 0
  /// Which byte the next write brings (`PITAccess`).
  public var writeState: UInt8 = 0
  /// The low byte of a count of which the high byte is still to come.
  public var writeLatch: UInt8 = 0
  /// The access programmed by the control word: 1 low, 2 high, 3 low then high.
  public var rwMode: UInt8 = 0
  /// The counting mode as written, 0...7 (6 and 7 act as 2 and 3).
  public var mode: UInt8 = 3
  /// 1 while the counter counts in decimal.
  public var bcd: UInt8 = 0
  /// Level of the gate input.
  public var gate: UInt8 = 1
  /// When the count was loaded or the gate started it, in ns of the virtual clock.
  public var countLoadTime: Int64 = 0
  /// When the output changes next, in ns; -1 for never. Kept up for counter 0 only.
  public var nextTransitionTime: Int64 = 0

  /// A counter as the reset leaves it: mode 3, the longest count.
  public init() {}
}

/// The three counters of an i8254: 108 bytes on the wire.
///
/// QEMU: `PITCommonState`, include/hw/timer/i8254_internal.h.
public struct PITState: Sendable {
  /// 1 while the HPET has taken over interrupt 0, so that counter 0 must be silent.
  public var irqDisabled: UInt32 = 0
  /// Interrupt, refresh, speaker.
  public var channels = InlineArray<3, PITChannel>(repeating: PITChannel())

  /// The state after a reset at time 0.
  public init() { channels[2].gate = 0 }
}
