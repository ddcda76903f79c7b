/// One i8259 as it travels: 16 bytes on the wire, one more in the subsection `i8259/ltim`.
///
/// QEMU: `PICCommonState`, include/hw/isa/i8259_internal.h.
public struct PICState: Sendable {
  /// Levels of the eight inputs as seen last.
  public var lastIRR: UInt8 = 0
  /// Requests that wait (bit per input).
  public var irr: UInt8 = 0
  /// Masked inputs.
  public var imr: UInt8 = 0
  /// Interrupts in service.
  public var isr: UInt8 = 0
  /// The input with the highest priority, 0...7.
  public var priorityAdd: UInt8 = 0
  /// Vector of input 0, a multiple of 8.
  public var irqBase: UInt8 = 0
  /// 0: the command port reads the requests; 1: the interrupts in service.
  public var readRegSelect: UInt8 = 0
  /// 1: the next read is a poll.
  public var poll: UInt8 = 0
  /// 1 in special mask mode.
  public var specialMask: UInt8 = 0
  /// Which initialization word the data port expects: 0 none, 1 ICW2, 2 ICW3, 3 ICW4.
  public var initState: UInt8 = 0
  /// 1: interrupts end by themselves when they are acknowledged.
  public var autoEOI: UInt8 = 0
  /// 1: priorities rotate at each automatic end.
  public var rotateOnAutoEOI: UInt8 = 0
  /// 1 in special fully nested mode.
  public var specialFullyNestedMode: UInt8 = 0
  /// Not 0 if ICW4 will come.
  public var init4: UInt8 = 0
  /// Not 0 without a cascade, so that ICW3 will not come.
  public var singleMode: UInt8 = 0
  /// Level-triggered inputs.
  public var elcr: UInt8 = 0
  /// Not 0 if all inputs are level-triggered (bit 3 of ICW1).
  public var ltim: UInt8 = 0

  /// The state after a reset.
  public init() {}
}
