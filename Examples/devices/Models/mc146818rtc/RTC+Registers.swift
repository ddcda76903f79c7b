extension RTC {
  func readRegister(_ index: Int, now: Int64) -> UInt8 {
    if RTCRegister.isTime(index) {
      refreshRegisters(now: now)
    } else if index == RTCRegister.a {
      return isUpdateInProgress(now: now)
        ? register(index) | RTCBit.updateInProgress
        : register(index) & ~RTCBit.updateInProgress
    } else if index == RTCRegister.c {
      return readFlags(now: now)
    }
    return register(index)
  }

  func writeRegister(_ index: Int, _ value: UInt8, now: Int64) {
    switch index {
    case RTCRegister.a: writeA(value, now: now)
    case RTCRegister.b: writeB(value, now: now)
    case RTCRegister.c, RTCRegister.d: return
    case RTCRegister.secondsAlarm, RTCRegister.minutesAlarm, RTCRegister.hoursAlarm:
      state.cmosData[index] = value
      updateTimers(now: now)
    case _ where RTCRegister.isTime(index): writeTime(index, value, now: now)
    default: state.cmosData[index] = value
    }
  }

  private func writeTime(_ index: Int, _ value: UInt8, now: Int64) {
    refreshRegisters(now: now)
    state.cmosData[index] = value
    guard isRunning else { return }
    restartFromRegisters(now: now)
    updateTimers(now: now)
  }

  // Bits 6-4: the divider (6 and 7 hold it in reset); bits 3-0: the periodic rate.
  private func writeA(_ value: UInt8, now: Int64) {
    let wasReset = isDividerReset
    refreshRegisters(now: now)
    state.cmosData[RTCRegister.a] = value & ~RTCBit.updateInProgress
    if wasReset && isRunning {
      // The first update comes half a second after the divider was let go.
      state.offset = Int64(nanosecondsPerSecond / 2)
      restartFromRegisters(now: now)
    }
    updateTimers(now: now)
  }

  private func writeB(_ value: UInt8, now: Int64) {
    let wasSetting = register(RTCRegister.b) & RTCBit.set != 0
    var value = value
    if value & RTCBit.set != 0 {
      refreshRegisters(now: now)
      value &= ~RTCBit.update
    }
    state.cmosData[RTCRegister.b] = value
    if wasSetting && isRunning {
      // The second goes on where it was: only the registers were frozen.
      state.offset = Int64(guestTime(now: now).nanoseconds)
      restartFromRegisters(now: now)
    }
    updateInterruptFlag()
    updateTimers(now: now)
  }

  // A flag that is up when its interrupt gets enabled asks at once.
  private func updateInterruptFlag() {
    let enabled = register(RTCRegister.b) & register(RTCRegister.c) & 0x70
    if enabled != 0 {
      state.cmosData[RTCRegister.c] |= RTCBit.interrupt
    } else {
      state.cmosData[RTCRegister.c] &= ~RTCBit.interrupt
    }
    irq(enabled != 0)
  }

  // Reading the flags acknowledges them.
  private func readFlags(now: Int64) -> UInt8 {
    let flags = register(RTCRegister.c)
    state.cmosData[RTCRegister.c] = 0
    irq(false)
    if flags & (RTCBit.update | RTCBit.alarm) != 0 { updateTimers(now: now) }
    giveMissedInterrupt()
    return flags
  }
}
