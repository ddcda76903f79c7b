import VMState

extension RTC {
  /// Ticks of 32768 Hz between two periodic interrupts; 0 while they are off.
  static func periodTicks(registerA: UInt8, registerB: UInt8) -> UInt32 {
    let rate = registerA & 0xF
    guard rate != 0 && registerB & RTCBit.periodic != 0 else { return 0 }
    // Rates 1 and 2 are as fast as 8 and 9.
    return 1 << UInt32(rate <= 2 ? rate + 6 : rate - 1)
  }

  /// The time of a timer has come. Every timer that is due by `now` runs once.
  public func timersFired(now: Int64) {
    if state.periodicTimer.isArmed && state.periodicTimer.expiry <= now { periodicFired() }
    if state.updateTimer.isArmed && state.updateTimer.expiry <= now { updateFired(now: now) }
    armTimers(state.periodicTimer, state.updateTimer)
  }

  /// Works out both timers and tells the machine.
  func updateTimers(now: Int64) {
    armPeriodicTimer(after: now)
    armUpdateTimer(now: now)
    armTimers(state.periodicTimer, state.updateTimer)
  }

  // MARK: Periodic interrupt

  /// The ticks stand on a fixed grid, so a new calculation does not move them.
  func armPeriodicTimer(after now: Int64) {
    let period = Self.periodTicks(
      registerA: register(RTCRegister.a), registerB: register(RTCRegister.b))
    state.period = period
    guard period != 0 && !isDividerReset else {
      state.periodicTimer = .none
      state.irqCoalesced = 0
      return
    }
    let ticks = scaled(UInt64(max(now, 0)), by: 32_768, over: nanosecondsPerSecond)
    let next = (ticks / UInt64(period) + 1) * UInt64(period)
    let nanoseconds = scaledUp(next, by: nanosecondsPerSecond, over: 32_768)
    state.nextPeriodicTime = moment(0, plus: nanoseconds)
    state.periodicTimer = TimerExpiry(state.nextPeriodicTime)
  }

  private func periodicFired() {
    let isMissed = register(RTCRegister.c) & RTCBit.periodic != 0
    if isMissed && lostTickPolicy == .slew && state.irqCoalesced < .max {
      state.irqCoalesced += 1
    }
    state.irqReinjectOnAckCount = 0
    raise(RTCBit.periodic)
    armPeriodicTimer(after: state.periodicTimer.expiry)
  }

  /// One missed interrupt after an acknowledgement, at most twenty in a row.
  func giveMissedInterrupt() {
    guard state.irqCoalesced != 0, register(RTCRegister.b) & RTCBit.periodic != 0,
      state.irqReinjectOnAckCount < 20
    else { return }
    state.irqReinjectOnAckCount += 1
    state.irqCoalesced -= 1
    raise(RTCBit.periodic)
  }

  // MARK: Update and alarm

  // While the update flag is up, only the alarm is of interest.
  func armUpdateTimer(now: Int64) {
    guard !isDividerReset else {
      state.updateTimer = .none
      return
    }
    let time = guestTime(now: now)
    let update = moment(now, plus: nanosecondsPerSecond - time.nanoseconds)
    let alarm = secondsToAlarm(after: time.seconds).map {
      moment(update, plus: UInt64($0 - 1) * nanosecondsPerSecond)
    }
    state.nextAlarmTime = UInt64(max(alarm ?? .max, 0))
    let isUpdateSeen = register(RTCRegister.c) & RTCBit.update != 0
    state.updateTimer = isUpdateSeen ? alarm.map(TimerExpiry.init) ?? .none : TimerExpiry(update)
  }

  private func updateFired(now: Int64) {
    var flags = RTCBit.update
    if now >= 0 && UInt64(now) >= state.nextAlarmTime { flags |= RTCBit.alarm }
    refreshRegisters(now: now)
    raise(flags)
    armUpdateTimer(now: now)
  }

  // Flags go up; the line follows if one of them is new and enabled.
  private func raise(_ flags: UInt8) {
    let fresh = flags & ~register(RTCRegister.c)
    state.cmosData[RTCRegister.c] |= flags
    guard fresh & register(RTCRegister.b) != 0 else { return }
    state.cmosData[RTCRegister.c] |= RTCBit.interrupt
    irq(true)
  }

  /// Seconds until the time of day fits the alarm registers, 1...86400, or nil if it never
  /// does. A register with its two high bits set fits always.
  func secondsToAlarm(after seconds: Int64) -> Int? {
    let hour = alarmValue(RTCRegister.hoursAlarm, below: 24)
    let minute = alarmValue(RTCRegister.minutesAlarm, below: 60)
    let second = alarmValue(RTCRegister.secondsAlarm, below: 60)
    guard let hour, let minute, let second else { return nil }
    let day = CalendarTime.secondsPerDay
    let start = Int(seconds &- seconds.flooredQuotient(day) &* day)
    // Jump to the next hour that fits, in it to the next minute, in it to the next second.
    var time = start + 1
    while true {
      if !hour.contains(time / 3600 % 24) {
        time = (time / 3600 + 1) * 3600
      } else if !minute.contains(time / 60 % 60) {
        time = (time / 60 + 1) * 60
      } else if !second.contains(time % 60) {
        time += 1
      } else {
        return time - start
      }
    }
  }

  // The values that fit, or nil if none can.
  private func alarmValue(_ index: Int, below limit: Int) -> Range<Int>? {
    let raw = register(index)
    if raw & 0xC0 == 0xC0 { return 0..<limit }
    let value = index == RTCRegister.hoursAlarm ? decodeHour(raw) : decode(raw)
    return value < limit ? value..<value + 1 : nil
  }
}
