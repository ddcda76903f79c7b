import VMState

extension DeviceDraw {
  /// The clocks themselves stay where they are, for the timers of devices that are not drawn.
  /// The timers of counted instructions run by real time in a paused machine too, so they must
  /// lie ahead.
  mutating func draw(_ state: inout ClockState) {
    state.cpuTicksOffset = any(in: 0...1 << 40)
    guard state.counting != .off else { return }
    state.warpStart = flag() ? -1 : any(in: 0...1 << 40)
    state.warpTimer = distantTimer()
    state.realTimeTimer = distantTimer()
    state.virtualTimer = distantTimer()
    state.lastDelta = any()
  }

  /// A count that a write can make. Nothing else is looked at.
  mutating func draw(_ state: inout PITState) {
    state.irqDisabled = bit()
    for index in state.channels.indices {
      var channel = PITChannel()
      channel.count = any(in: 1...0x1_0000)
      channel.latchedCount = any()
      channel.countLatched = any(in: 0...4)
      channel.statusLatched = bit()
      channel.status = any()
      channel.readState = any(in: 1...4)
      channel.writeState = any(in: 1...4)
      channel.writeLatch = any()
      channel.rwMode = any(in: 0...3)
      channel.mode = any(in: 0...7)
      channel.bcd = bit()
      channel.gate = bit()
      channel.countLoadTime = any(in: 0...now)
      channel.nextTransitionTime = any(in: -1...Int64.max / 2)
      state.channels[index] = channel
    }
  }

  /// Any bytes.
  mutating func draw(_ state: inout SpeakerState) {
    state.dataOn = any()
    state.dummyRefreshClock = any()
  }

  /// While the counter runs, a save works it out from the clock and the offset. The
  /// comparators' numbers stay: QEMU indexes with them.
  mutating func draw(_ state: inout HPETState) {
    // 7.2 takes the number of comparators from the stream.
    if profile.isOld { resize(&state, to: any(in: 3...32)) }
    state.config = any(in: 0...3)
    state.isr = any()
    state.rtcIRQLevel = flag() ? 0 : any()
    state.hpetCounter = any(in: 0...1 << 60)
    if state.config & 1 != 0 {
      state.hpetOffset = state.hpetCounter * HPET.tickNanoseconds &- UInt64(bitPattern: now)
    } else {
      state.hpetOffset = 0
    }
    for index in state.timers.indices {
      state.timers[index].config = any()
      state.timers[index].cmp = any()
      state.timers[index].fsb = any()
      state.timers[index].period = any()
      state.timers[index].wrapFlag = any()
      state.timers[index].qemuTimer = timer()
    }
  }

  private func resize(_ state: inout HPETState, to count: UInt8) {
    let savesOffset = state.savesOffset
    state = HPETState(timers: Int(count))
    state.savesOffset = savesOffset
  }

  /// A save writes the present time into the time registers unless they are being set. A load
  /// starts the period anew if the next periodic tick lies ahead, or more than a minute back,
  /// and forgets lost ticks where there are none to come.
  mutating func draw(_ rtc: RTC) {
    fill(&rtc.state.cmosData)
    // Valid digits, so that the registers mean the time that is drawn.
    rtc.state.cmosIndex = any(in: 0...127)
    rtc.state.baseRTC = any(in: 946_684_800...4_000_000_000)
    rtc.state.lastUpdate = any(in: 0...UInt64(now))
    rtc.state.offset = any(in: 0...999_999_999)
    rtc.state.updateTimer = timer()
    rtc.state.nextAlarmTime = any()
    rtc.state.irqReinjectOnAckCount = flag() ? 0 : any()
    drawPeriodicTimer(&rtc.state)
    rtc.beforeSave(now: now)
  }

  private mutating func drawPeriodicTimer(_ state: inout RTCState) {
    state.period = RTC.periodTicks(
      registerA: state.cmosData[RTCRegister.a], registerB: state.cmosData[RTCRegister.b])
    if flag() {
      // A tick that was due within the last minute is left alone.
      state.nextPeriodicTime = max(0, now - any(in: 0...50_000_000_000))
      state.periodicTimer = timer()
      state.irqCoalesced = any()
      return
    }
    state.irqCoalesced = 0
    guard state.period != 0 else {
      state.nextPeriodicTime = any(in: now + 1...Int64.max / 2)
      state.periodicTimer = .none
      return
    }
    let present = scaled(UInt64(now), by: 32_768, over: nanosecondsPerSecond)
    let tick = present + UInt64(state.period)
    state.nextPeriodicTime = Int64(scaled(tick, by: nanosecondsPerSecond, over: 32_768)) + 1
    state.periodicTimer = TimerExpiry(state.nextPeriodicTime)
  }
}
