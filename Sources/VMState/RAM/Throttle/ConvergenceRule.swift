/// Decides, once a period, whether a guest is to be slowed down, and how much.
///
/// QEMU: `migration_trigger_throttle`, `mig_throttle_guest_down`, migration/ram.c.
struct ConvergenceRule {
  /// What happened in a period.
  struct Period {
    /// Bytes that the guest dirtied.
    var dirtied: UInt64
    /// Bytes that were sent.
    var sent: UInt64

    /// Bytes that may be dirtied without harm.
    func limit(_ parameters: ThrottleParameters) -> UInt64 {
      let (product, overflow) = sent.multipliedReportingOverflow(
        by: UInt64(parameters.triggerThreshold))
      return overflow ? .max : product / 100
    }
  }

  /// Periods with too much dirtied since the last step; a good one does not change it.
  private(set) var highPeriods = 0
  /// The part of its time, in percent, that is taken from the guest.
  private(set) var percentage = 0

  /// Takes note of a period.
  ///
  /// - Returns: True when something must be done: at the second bad period since the last time.
  mutating func isDue(_ period: Period, _ parameters: ThrottleParameters) -> Bool {
    guard period.dirtied > period.limit(parameters) else { return false }
    highPeriods += 1
    guard highPeriods >= 2 else { return false }
    highPeriods = 0
    return true
  }

  /// Takes one more step.
  mutating func step(_ period: Period, _ parameters: ThrottleParameters) {
    guard percentage > 0 else {
      percentage = parameters.initial
      return
    }
    var increment = parameters.increment
    if parameters.isTailSlow {
      let left = 100 - percentage
      // Below 1: that more than the limit was dirtied is why there is a step.
      let ratio = Double(period.limit(parameters)) / Double(max(period.dirtied, 1))
      increment = min(left - Int(Double(left) * min(ratio, 1)), increment)
    }
    percentage = min(max(min(percentage + increment, parameters.maximum), 1), 99)
  }
}
