import VMState

// The counter is never stepped: everything follows from the time since the count was loaded.
extension PITChannel {
  /// Ticks in a second of the counter's input.
  static let frequency: UInt64 = 1_193_182

  /// The period in ticks, 1...0x10000, with BCD digits decoded.
  var reload: UInt64 {
    let raw = UInt64(min(max(count, 1), 0x1_0000))
    guard bcd & 1 != 0 else { return raw }
    if raw == 0x1_0000 { return 10_000 }
    let digits = [12, 8, 4, 0].reduce(UInt64(0)) { $0 * 10 + (raw >> UInt64($1)) & 0xF }
    return max(digits, 1)
  }

  /// Ticks since the count was loaded.
  func ticks(at now: Int64) -> UInt64 {
    scaled(
      elapsed(from: countLoadTime, to: now), by: Self.frequency, over: nanosecondsPerSecond)
  }

  /// Level of the output.
  func output(at now: Int64) -> Bool {
    let ticks = ticks(at: now)
    let reload = reload
    let mode = PITMode(mode)
    if mode.isPeriodic && gate == 0 { return true }
    switch mode {
    case .terminalCount, .oneShot: return ticks >= reload
    case .rateGenerator: return ticks % reload != reload - 1
    case .squareWave: return ticks % reload < (reload + 1) / 2
    case .softwareStrobe, .hardwareStrobe: return ticks != reload
    }
  }

  /// When the output changes next, or -1 for never.
  func nextTransition(after now: Int64) -> Int64 {
    guard let tick = nextTransitionTick(after: ticks(at: now)) else { return -1 }
    let nanoseconds = scaledUp(tick, by: nanosecondsPerSecond, over: Self.frequency)
    return moment(countLoadTime, plus: nanoseconds)
  }

  private func nextTransitionTick(after ticks: UInt64) -> UInt64? {
    let reload = reload
    let start = ticks - ticks % reload
    let position = ticks % reload
    switch PITMode(mode) {
    case .terminalCount, .oneShot: return ticks < reload ? reload : nil
    case .rateGenerator: return start + (position < reload - 1 ? reload - 1 : reload)
    case .squareWave: return start + (position < (reload + 1) / 2 ? (reload + 1) / 2 : reload)
    case .softwareStrobe, .hardwareStrobe:
      return ticks < reload ? reload : ticks == reload ? reload + 1 : nil
    }
  }

  /// What the counter shows to a read.
  func currentCount(at now: Int64) -> UInt16 {
    let ticks = ticks(at: now)
    let reload = reload
    let position = PITMode(mode).isPeriodic && gate == 0 ? 0 : ticks % reload
    switch PITMode(mode) {
    case .rateGenerator: return encoded(reload - position)
    case .squareWave: return encoded(Self.squareCount(position, of: reload))
    default: return encoded(reload &- ticks)
    }
  }

  // Both halves count down by two, from the period (less one where it is odd).
  private static func squareCount(_ position: UInt64, of reload: UInt64) -> UInt64 {
    let high = (reload + 1) / 2
    return (reload & ~1) - 2 * (position < high ? position : position - high)
  }

  // A count below zero has gone round: modulo 65536, or modulo 10000 in decimal.
  private func encoded(_ value: UInt64) -> UInt16 {
    guard bcd & 1 != 0 else { return UInt16(truncatingIfNeeded: value) }
    let wrapped = Int64(bitPattern: value) % 10_000
    let decimal = UInt16(wrapped < 0 ? wrapped + 10_000 : wrapped)
    let high = (decimal / 1000) << 4 | (decimal / 100 % 10)
    let low = (decimal / 10 % 10) << 4 | (decimal % 10)
    return high << 8 | low
  }
}
