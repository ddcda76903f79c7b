/// Looks at the dirty log that auto-converge asks for when nobody else does, so that a long
/// round does not hide what the guest writes meanwhile.
///
/// QEMU (9.2 and later): `cpu_throttle_dirty_sync_timer_tick`, migration/cpu-throttle.c.
struct ForcedSync {
  /// The time between two ticks.
  static let interval = Duration.seconds(5)

  private var next: ContinuousClock.Instant
  private var count: UInt64 = 0

  init(now: ContinuousClock.Instant) { next = now + Self.interval }

  /// True if the dirty log is to be looked at: a tick is due, the last one saw the same number
  /// of looks, and the first look is long past.
  ///
  /// - Parameter count: Looks so far.
  mutating func isDue(now: ContinuousClock.Instant, count: UInt64) -> Bool {
    guard now >= next else { return false }
    next = now + Self.interval
    let isDue = count > 1 && count == self.count
    // The look that follows counts as one since the last tick.
    self.count = isDue ? count + 1 : count
    return isDue
  }
}
