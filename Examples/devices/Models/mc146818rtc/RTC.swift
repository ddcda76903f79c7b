import VMState

/// The MC146818 real-time clock and CMOS memory of a PC, ports 0x70 and 0x71.
///
/// Time comes in with every call: `now`, ns of the clock's time source (QEMU takes the host's
/// real time). Two timers go out through `armTimers`; the machine calls `timersFired` when one
/// of them is due.
///
/// QEMU: hw/rtc/mc146818rtc.c.
public final class RTC {
  /// What becomes of periodic interrupts that the guest did not take in time.
  public enum LostTickPolicy: Sendable {
    /// They are lost.
    case discard
    /// They come as soon as the guest has acknowledged the one before.
    case slew
  }

  /// Everything that travels.
  public var state = RTCState()
  /// Level of interrupt line 8.
  public var irq: (_ level: Bool) -> Void = { _ in }
  /// Told when `timersFired` is wanted, each time that changes: periodic, update and alarm.
  public var armTimers: (_ periodic: TimerExpiry, _ update: TimerExpiry) -> Void = { _, _ in }
  /// The year that the registers count from, 2000 on a PC: the century register is 0 there
  /// until 2100. Earlier years show as this one.
  public let baseYear: Int
  /// What becomes of missed periodic interrupts.
  public let lostTickPolicy: LostTickPolicy

  /// A clock that shows a time.
  ///
  /// - Parameters:
  ///   - seconds: The time, in seconds since 1970.
  ///   - now: The present moment of the time source, in ns.
  ///   - baseYear: The year that the registers count from.
  ///   - lostTickPolicy: What becomes of missed periodic interrupts.
  public init(
    seconds: Int64 = 0, now: Int64 = 0, baseYear: Int = 2000,
    lostTickPolicy: LostTickPolicy = .discard
  ) {
    self.baseYear = baseYear
    self.lostTickPolicy = lostTickPolicy
    state.cmosData[RTCRegister.a] = 0x26
    state.cmosData[RTCRegister.b] = RTCBit.hours24
    state.cmosData[RTCRegister.d] = RTCBit.valid
    setTime(seconds: seconds, now: now)
    updateTimers(now: now)
  }

  /// Machine reset: interrupts off, flags clear; time and memory stay.
  public func reset(now: Int64) {
    state.cmosData[RTCRegister.b] &= ~(RTCBit.periodic | RTCBit.alarm | RTCBit.update | 0x08)
    state.cmosData[RTCRegister.c] = 0
    state.irqCoalesced = 0
    irq(false)
    updateTimers(now: now)
  }

  /// A write to the index port (even address) or the data port (odd).
  public func write(port: UInt16, value: UInt8, now: Int64) {
    if port & 1 == 0 {
      state.cmosIndex = value & 0x7F
    } else {
      writeRegister(selectedRegister, value, now: now)
    }
  }

  /// A read from the data port (odd address); the index port gives 0xFF.
  public func read(port: UInt16, now: Int64) -> UInt8 {
    port & 1 == 0 ? 0xFF : readRegister(selectedRegister, now: now)
  }

  /// Before a save: brings the time registers up to date.
  public func beforeSave(now: Int64) { refreshRegisters(now: now) }

  /// After a load: restarts the clock if an old stream did not say when it was right, and
  /// arms the timers.
  public func afterLoad(now: Int64) {
    if state.needsTimeFromRegisters {
      state.needsTimeFromRegisters = false
      state.offset = 0
      restartFromRegisters(now: now)
      armUpdateTimer(now: now)
    }
    if isPeriodicTickFar(now: now) { armPeriodicTimer(after: now) }
    armTimers(state.periodicTimer, state.updateTimer)
  }

  // A tick that is due or comes within its period stays where it is. After a jump of the time
  // source the period starts anew, so that a storm of ticks does not follow.
  private func isPeriodicTickFar(now: Int64) -> Bool {
    guard state.period != 0 else { return true }
    let period = scaledUp(UInt64(state.period), by: nanosecondsPerSecond, over: 32_768)
    return elapsed(from: now, to: state.nextPeriodicTime) > period
      || elapsed(from: state.nextPeriodicTime, to: now) > 60 * nanosecondsPerSecond
  }

  // The index may have any value in a state that somebody put together.
  private var selectedRegister: Int {
    let index = Int(state.cmosIndex & 0x7F)
    return index == RTCRegister.centuryPS2 ? RTCRegister.century : index
  }

  func register(_ index: Int) -> UInt8 { state.cmosData[index] }
}
