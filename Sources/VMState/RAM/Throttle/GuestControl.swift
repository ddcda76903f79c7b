/// One save's hold on the guest's speed.
final class GuestControl {
  /// How the guest is slowed down.
  enum Means {
    /// Auto-converge.
    case time
    /// Dirty-limit.
    case writes
  }

  private let throttle: any GuestThrottle
  private let means: Means
  private var rule = ConvergenceRule()
  private var limit: UInt64?

  /// - Throws: `configurationMismatch` if both means are on; `unsupported` where the owner has
  ///   none.
  init?(
    _ capabilities: Set<String>, _ throttle: (any GuestThrottle)?
  ) throws(VMStateError) {
    let time = capabilities.contains("auto-converge")
    let writes = capabilities.contains("dirty-limit")
    guard time || writes else { return nil }
    guard !(time && writes) else {
      throw VMStateError(
        .configurationMismatch, "the capabilities auto-converge and dirty-limit exclude each other")
    }
    guard let throttle, time || throttle.canLimitWrites else {
      throw VMStateError(
        .unsupported,
        time
          ? "auto-converge needs the machine's owner to slow the guest down"
          : "dirty-limit needs an accelerator that measures what each CPU dirties")
    }
    self.throttle = throttle
    means = time ? .time : .writes
  }

  /// A look at the dirty log is due when five seconds have brought none.
  var forcesSyncs: Bool { means == .time }

  /// Takes note of a period of at least a second, and slows the guest down if it must be.
  func note(_ period: ConvergenceRule.Period, _ parameters: ThrottleParameters) {
    guard rule.isDue(period, parameters) else { return }
    switch means {
    case .time:
      let before = rule.percentage
      rule.step(period, parameters)
      if rule.percentage != before { throttle.takeTime(percentage: rule.percentage) }
    case .writes:
      let wanted = parameters.dirtyLimit << 20
      guard wanted != limit else { return }
      limit = wanted
      throttle.limitWrites(
        bytesPerSecond: wanted, period: .milliseconds(parameters.dirtyLimitPeriod))
    }
  }

  /// Lets the guest run at its own speed.
  func end() {
    if rule.percentage > 0 { throttle.takeTime(percentage: 0) }
    if limit != nil { throttle.limitWrites(bytesPerSecond: nil, period: .zero) }
    rule = ConvergenceRule()
    limit = nil
  }

  /// Shows what is in force.
  func add(to values: inout RAMProgress.Values) {
    values.throttlePercentage = rule.percentage
    values.dirtyLimit = limit
  }
}
