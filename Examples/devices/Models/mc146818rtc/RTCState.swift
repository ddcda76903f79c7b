import VMState

/// A real-time clock as it travels: 245 bytes.
///
/// QEMU: `MC146818RtcState`, include/hw/rtc/mc146818rtc.h.
public struct RTCState: Sendable {
  /// The registers and the battery-backed memory.
  public var cmosData = InlineArray<128, UInt8>(repeating: 0)
  /// The register that the data port shows, 0...127.
  public var cmosIndex: UInt8 = 0
  /// When the periodic interrupt is due.
  public var periodicTimer = TimerExpiry.none
  /// The same time, kept when the timer is not armed.
  public var nextPeriodicTime: Int64 = 0
  /// Periodic interrupts that the guest has missed and will get later.
  public var irqCoalesced: UInt32 = 0
  /// Length of the periodic interrupt in ticks of 32768 Hz, 0 while it is off.
  public var period: UInt32 = 0
  /// Seconds since 1970 at `lastUpdate`.
  public var baseRTC: UInt64 = 0
  /// The moment at which `baseRTC` was true, in ns of the clock's time source.
  public var lastUpdate: UInt64 = 0
  /// Nanoseconds that the clock is ahead of `baseRTC` at `lastUpdate`.
  public var offset: Int64 = 0
  /// When the clock next changes, or the alarm is due.
  public var updateTimer = TimerExpiry.none
  /// When the alarm is due, in ns.
  public var nextAlarmTime: UInt64 = 0
  /// Missed interrupts given at once since the last regular one.
  public var irqReinjectOnAckCount: UInt16 = 0
  /// Not on the wire: a load of version 1 or 2 brought no `baseRTC`, so `afterLoad` takes the
  /// time from the registers.
  public var needsTimeFromRegisters = false

  /// An empty memory, the clock stopped at 0.
  public init() {}
}

/// Registers of the clock.
enum RTCRegister {
  static let seconds = 0
  static let secondsAlarm = 1
  static let minutes = 2
  static let minutesAlarm = 3
  static let hours = 4
  static let hoursAlarm = 5
  static let dayOfWeek = 6
  static let dayOfMonth = 7
  static let month = 8
  static let year = 9
  static let a = 10
  static let b = 11
  static let c = 12
  static let d = 13
  static let century = 0x32
  /// Another place of the century, on PS/2 machines.
  static let centuryPS2 = 0x37

  /// Registers that the running clock changes.
  static func isTime(_ index: Int) -> Bool {
    switch index {
    case seconds, minutes, hours, dayOfWeek, dayOfMonth, month, year, century: true
    default: false
    }
  }
}

/// Bits of the registers A, B and C.
enum RTCBit {
  /// A: an update is about to happen.
  static let updateInProgress: UInt8 = 0x80
  /// B: the clock stands, so that it can be set.
  static let set: UInt8 = 0x80
  /// B and C: periodic interrupt, alarm, update ended.
  static let periodic: UInt8 = 0x40
  static let alarm: UInt8 = 0x20
  static let update: UInt8 = 0x10
  /// B: values are binary, not BCD.
  static let binary: UInt8 = 0x04
  /// B: hours are 0...23, not 1...12 with bit 7 for the afternoon.
  static let hours24: UInt8 = 0x02
  /// C: an enabled interrupt is pending.
  static let interrupt: UInt8 = 0x80
  /// D: memory and time are valid.
  static let valid: UInt8 = 0x80
}
