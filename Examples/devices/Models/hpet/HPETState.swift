import VMState

/// One comparator of an HPET as it travels: 42 bytes.
///
/// QEMU: `HPETTimer`, hw/timer/hpet.c.
public struct HPETTimer: Sendable {
  /// The comparator's number, 0...31.
  public var tn: UInt8 = 0
  /// Configuration and capabilities, see `HPETBit`.
  public var config: UInt64 = HPETBit.periodicCapable | HPETBit.wide
  /// The comparator.
  public var cmp: UInt64 = .max
  /// The route of a front side bus message: value, then address.
  public var fsb: UInt64 = 0
  /// What is added to the comparator at each match, in periodic mode.
  public var period: UInt64 = 0
  /// 1 if the timer waits for the counter's wrap and not yet for the match.
  public var wrapFlag: UInt8 = 0
  /// When the comparator matches, in ns of the virtual clock.
  public var qemuTimer = TimerExpiry.none

  /// A comparator after a reset.
  public init() {}
}

/// A high precision event timer as it travels: 25 bytes and 42 for each comparator.
///
/// QEMU: `HPETState`, hw/timer/hpet.c.
public struct HPETState: Sendable {
  /// Bit 0: the counter runs. Bit 1: comparators 0 and 1 replace the i8254 and the clock.
  public var config: UInt64 = 0
  /// Level-triggered interrupts that are pending (bit per comparator).
  public var isr: UInt64 = 0
  /// The main counter, as of when it stopped or was saved.
  public var hpetCounter: UInt64 = 0
  /// The number of comparators as it travels.
  public var numTimersSave: UInt8 = 3
  /// The comparators, `numTimers` of them.
  public var timers: [HPETTimer] = []
  /// Level of the clock's interrupt while the HPET holds its line.
  public var rtcIRQLevel: UInt8 = 0
  /// Nanoseconds by which the running counter is ahead of the virtual clock.
  public var hpetOffset: UInt64 = 0
  /// The number of comparators of this machine, 3...32 (QEMU: the property `timers`).
  public var numTimers: UInt8 = 3
  /// The offset travels (QEMU: the property `hpet-offset-saved`, on for newer machine types);
  /// otherwise it is worked out from the counter.
  public var savesOffset = true

  /// A timer block after a reset.
  ///
  /// - Parameters:
  ///   - timers: Number of comparators, 3...32 (clamped).
  ///   - routes: The interrupt lines that comparators may use, bit per line.
  public init(timers count: Int = 3, routes: UInt32 = 4) {
    let count = min(max(count, 3), 32)
    numTimers = UInt8(count)
    numTimersSave = numTimers
    timers = (0..<count).map { number in
      var timer = HPETTimer()
      timer.tn = UInt8(number)
      timer.config |= UInt64(routes) << 32
      return timer
    }
  }
}

/// Bits of a comparator's configuration.
enum HPETBit {
  static let level: UInt64 = 1 << 1
  static let enabled: UInt64 = 1 << 2
  static let periodic: UInt64 = 1 << 3
  static let periodicCapable: UInt64 = 1 << 4
  /// The comparator has 64 bits.
  static let wide: UInt64 = 1 << 5
  /// The next write of a periodic comparator sets the comparator too, not only the period.
  static let setValue: UInt64 = 1 << 6
  /// The comparator is used with 32 bits.
  static let narrow: UInt64 = 1 << 8
  /// The interrupt goes out as a memory write.
  static let message: UInt64 = 1 << 14
  static let messageCapable: UInt64 = 1 << 15
  /// What a guest may write.
  static let writable: UInt64 = 0x7F4E
}

extension HPETTimer {
  func has(_ bit: UInt64) -> Bool { config & bit != 0 }
  /// Periodic mode with a period.
  var isPeriodic: Bool { has(HPETBit.periodic) && period != 0 }
  /// The interrupt line, 0...31.
  var route: Int { Int(config >> 9 & 0x1F) }
}
