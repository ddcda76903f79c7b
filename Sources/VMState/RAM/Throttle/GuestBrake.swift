import Synchronization

/// Takes a part of their time from CPU threads that ask for it, evenly in small slices: the
/// ready-made answer to auto-converge.
///
/// A CPU thread keeps one `Turn` and calls `pause` between its pieces of work, a thousand times
/// a second or oftener. Of every period of 10 ms / (1 − p) it sleeps 10 ms · p / (1 − p), so that
/// 10 ms of work are left in each.
///
/// QEMU: `cpu_throttle_thread`, `cpu_throttle_timer_tick`, migration/cpu-throttle.c.
public final class GuestBrake: GuestThrottle, Sendable {
  /// The work that is left in each period.
  public static let slice = Duration.milliseconds(10)
  /// The longest sleep between two looks whether the CPU must stop.
  private static let step = Duration.milliseconds(1)

  private let part = Atomic<Int>(0)

  /// A brake that is off.
  public init() {}

  /// The part of its time, in percent, that is taken from each CPU; 0 while the brake is off.
  public var percentage: Int { part.load(ordering: .relaxed) }

  /// Sets the part.
  public func takeTime(percentage: Int) {
    part.store(min(max(percentage, 0), 99), ordering: .relaxed)
  }

  /// The time from one sleep's begin to the next one's; nil for 0 percent.
  public static func period(percentage: Int) -> Duration? {
    percentage > 0 ? slice * 100 / (100 - min(percentage, 99)) : nil
  }

  /// How long a CPU sleeps in each period; zero for 0 percent.
  public static func sleep(percentage: Int) -> Duration {
    guard percentage > 0 else { return .zero }
    let percentage = min(percentage, 99)
    return slice * percentage / (100 - percentage) + .nanoseconds(1)
  }

  /// What one CPU thread remembers from pause to pause.
  public struct Turn: Sendable {
    fileprivate var next: Duration?
    /// Nothing yet.
    public init() {}
  }

  /// Sleeps if it is time to.
  ///
  /// - Parameters:
  ///   - turn: The calling thread's own.
  ///   - clock: The time.
  ///   - mustStop: Looked at every millisecond; true ends the sleep.
  public func pause(
    _ turn: inout Turn, clock: some TransferClock = SystemTransferClock.shared,
    unless mustStop: () -> Bool = { false }
  ) {
    let percentage = percentage
    guard let period = Self.period(percentage: percentage) else {
      turn.next = nil
      return
    }
    let now = clock.now
    guard let due = turn.next else {
      turn.next = now + period
      return
    }
    guard now >= due else { return }
    // One sleep at a time: periods that were missed are not caught up.
    turn.next = max(due + period, now)
    let end = now + Self.sleep(percentage: percentage)
    while true {
      let left = end - clock.now
      guard left > .zero, !mustStop() else { return }
      clock.sleep(min(left, Self.step))
    }
  }
}

extension SystemTransferClock {
  /// One clock for all who only compare times.
  public static let shared = SystemTransferClock()
}
