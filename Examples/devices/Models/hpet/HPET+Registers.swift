extension HPET {
  /// Reads a register.
  ///
  /// - Parameters:
  ///   - offset: From the base, a multiple of `size` (other low bits are ignored).
  ///   - size: 4 or 8 bytes.
  public func read(offset: UInt64, size: Int = 4, now: Int64) -> UInt64 {
    let value = readRegister(offset & 0x3F8, now: now)
    if size == 8 { return value }
    return offset & 4 != 0 ? value >> 32 : value & 0xFFFF_FFFF
  }

  /// Writes a register, or one half of it.
  ///
  /// - Parameters:
  ///   - offset: From the base, a multiple of `size` (other low bits are ignored).
  ///   - value: What is written.
  ///   - size: 4 or 8 bytes.
  public func write(offset: UInt64, value: UInt64, size: Int = 4, now: Int64) {
    let part = HPETWrite(value: value, size: size, isHigh: offset & 4 != 0)
    switch offset & 0x3F8 {
    case 0x10: writeConfig(part.merged(into: state.config) & 3, now: now)
    case 0x20: clearInterrupts(part.merged(into: 0))
    case 0xF0:
      // The counter may be set while it stands.
      if !isEnabled { state.hpetCounter = part.merged(into: state.hpetCounter) }
    case let register where register >= 0x100: writeTimer(register, part, now: now)
    default: return
    }
    armTimer(nextExpiry)
  }

  private func readRegister(_ register: UInt64, now: Int64) -> UInt64 {
    switch register {
    case 0x00: return capabilities
    case 0x10: return state.config
    case 0x20: return state.isr
    case 0xF0: return counter(now: now)
    case 0x100...:
      guard let index = timerIndex(register) else { return 0 }
      switch register & 0x18 {
      case 0x00: return state.timers[index].config
      case 0x08: return state.timers[index].cmp
      case 0x10: return state.timers[index].fsb
      default: return 0
      }
    default: return 0
    }
  }

  /// Tick length in fs, vendor, legacy replacement, 64 bits, comparators less one, revision.
  private var capabilities: UInt64 {
    let femtoseconds = Self.tickNanoseconds * 1_000_000
    return femtoseconds << 32 | 0x8086_A001 | UInt64((state.numTimers &- 1) & 0x1F) << 8
  }

  private func timerIndex(_ register: UInt64) -> Int? {
    let index = Int((register - 0x100) >> 5)
    return index < state.timers.count ? index : nil
  }

  // MARK: Writes

  private func writeConfig(_ value: UInt64, now: Int64) {
    let changed = value ^ state.config
    if changed & 1 != 0 { value & 1 != 0 ? start(value, now: now) : stop(value, now: now) }
    state.config = value
    if changed & 2 != 0 { switchLegacy() }
  }

  private func start(_ value: UInt64, now: Int64) {
    setCounter(state.hpetCounter, now: now)
    state.config = value
    for index in state.timers.indices {
      if state.timers[index].cmp != .max { startComparator(index, now: now) }
      if state.isr & 1 << UInt64(index) != 0 { setInterrupt(index, true) }
    }
  }

  private func stop(_ value: UInt64, now: Int64) {
    state.hpetCounter = counter(now: now)
    stopComparators()
  }

  private func switchLegacy() {
    setPITEnabled(!isLegacy)
    setLine(0, false)
    setLine(8, !isLegacy && state.rtcIRQLevel != 0)
  }

  private func clearInterrupts(_ bits: UInt64) {
    for index in state.timers.indices where state.isr & bits & 1 << UInt64(index) != 0 {
      setInterrupt(index, false)
    }
  }

  private func writeTimer(_ register: UInt64, _ part: HPETWrite, now: Int64) {
    guard let index = timerIndex(register) else { return }
    switch register & 0x18 {
    case 0x00: writeTimerConfig(index, part.merged(into: state.timers[index].config))
    case 0x08: writeComparator(index, part)
    case 0x10:
      state.timers[index].fsb = part.merged(into: state.timers[index].fsb)
      return
    default: return
    }
    if isEnabled { startComparator(index, now: now) }
  }

  private func writeTimerConfig(_ index: Int, _ value: UInt64) {
    let old = state.timers[index].config
    if old & HPETBit.level & ~value != 0 { setInterrupt(index, false) }
    state.timers[index].config = old & ~HPETBit.writable | value & HPETBit.writable
    guard state.timers[index].has(HPETBit.narrow) else { return }
    state.timers[index].cmp &= 0xFFFF_FFFF
    state.timers[index].period &= 0xFFFF_FFFF
  }

  // In periodic mode a write sets the period, and the comparator only after `setValue`.
  private func writeComparator(_ index: Int, _ part: HPETWrite) {
    var timer = state.timers[index]
    let isNarrow = timer.has(HPETBit.narrow)
    if isNarrow && part.isHighHalf { return }
    let mask: UInt64 = isNarrow ? 0xFFFF_FFFF : .max
    if !timer.has(HPETBit.periodic) || timer.has(HPETBit.setValue) {
      timer.cmp = part.merged(into: timer.cmp) & mask
    }
    if timer.has(HPETBit.periodic) { timer.period = part.merged(into: timer.period) & mask }
    timer.config &= ~HPETBit.setValue
    state.timers[index] = timer
  }
}

/// A write of a whole register or of one half.
private struct HPETWrite {
  let value: UInt64
  let mask: UInt64
  let isHighHalf: Bool

  init(value: UInt64, size: Int, isHigh: Bool) {
    isHighHalf = size != 8 && isHigh
    mask = size == 8 ? .max : isHigh ? ~0xFFFF_FFFF : 0xFFFF_FFFF
    self.value = isHighHalf ? value << 32 : value
  }

  func merged(into old: UInt64) -> UInt64 { old & ~mask | value & mask }
}
