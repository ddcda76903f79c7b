import VMState

extension HPET {
  /// The time of `nextExpiry` has come. Every comparator that is due by `now` runs once.
  public func timersFired(now: Int64) {
    for index in state.timers.indices where state.timers[index].qemuTimer.isArmed {
      if state.timers[index].qemuTimer.expiry <= now { match(index, now: now) }
    }
    armTimer(nextExpiry)
  }

  /// Works out when a comparator matches, after it or its configuration changed.
  func startComparator(_ index: Int, now: Int64) {
    let ticks = counter(now: now)
    let timer = state.timers[index]
    let target = nextMatch(of: timer, after: ticks)
    state.timers[index].wrapFlag = 0
    // A one-shot comparator of 32 bits interrupts at the counter's wrap, too.
    let wrap = (ticks | 0xFFFF_FFFF) &+ 1
    if timer.has(HPETBit.narrow) && !timer.isPeriodic && wrap < target && wrap > ticks {
      state.timers[index].wrapFlag = 1
      arm(index, at: wrap, now: now)
    } else {
      arm(index, at: target, now: now)
    }
  }

  /// No comparator matches while the counter stands.
  func stopComparators() {
    for index in state.timers.indices { state.timers[index].qemuTimer = .none }
  }

  // In ticks of the 64-bit counter.
  private func nextMatch(of timer: HPETTimer, after ticks: UInt64) -> UInt64 {
    guard timer.has(HPETBit.narrow) else { return timer.cmp }
    let target = ticks & ~0xFFFF_FFFF | timer.cmp & 0xFFFF_FFFF
    return target < ticks ? target &+ 0x1_0000_0000 : target
  }

  // A tick that has passed is due at once; one beyond the end of time is not armed.
  private func arm(_ index: Int, at tick: UInt64, now: Int64) {
    let ticks = counter(now: now)
    guard tick > ticks else {
      state.timers[index].qemuTimer = TimerExpiry(now)
      return
    }
    let (distance, overflow) = (tick - ticks).multipliedReportingOverflow(
      by: Self.tickNanoseconds)
    // The counter is somewhere inside its present tick.
    let inside = (UInt64(bitPattern: now) &+ state.hpetOffset) % Self.tickNanoseconds
    let expiry = overflow ? .max : moment(now, plus: distance - inside)
    state.timers[index].qemuTimer = expiry == .max ? .none : TimerExpiry(expiry)
  }

  private func match(_ index: Int, now: Int64) {
    let timer = state.timers[index]
    state.timers[index].qemuTimer = .none
    if timer.isPeriodic {
      advance(index, expiry: timer.qemuTimer.expiry, now: now)
    } else if timer.wrapFlag != 0 {
      state.timers[index].wrapFlag = 0
      arm(index, at: nextMatch(of: timer, after: counter(now: now)), now: now)
    }
    setInterrupt(index, true)
  }

  // Adds the period until the comparator lies ahead of the counter again.
  private func advance(_ index: Int, expiry: Int64, now: Int64) {
    let timer = state.timers[index]
    let ticks = counter(now: now)
    var target = timer.cmp
    if timer.has(HPETBit.narrow) {
      let matched = counter(now: expiry)
      target = matched & ~0xFFFF_FFFF | timer.cmp & 0xFFFF_FFFF
      if target > matched { target &-= 0x1_0000_0000 }
    }
    let passed = ticks >= target ? (ticks - target) / timer.period + 1 : 0
    target = target &+ passed &* timer.period
    state.timers[index].cmp = timer.has(HPETBit.narrow) ? target & 0xFFFF_FFFF : target
    arm(index, at: target, now: now)
  }
}
