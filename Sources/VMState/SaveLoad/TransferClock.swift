#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The time that a save measures its rates with; a test brings its own.
public protocol TransferClock: Sendable {
  /// Time since some fixed moment; never goes back.
  var now: Duration { get }
  /// Blocks the calling thread for about this long.
  func sleep(_ duration: Duration)
}

/// The system's monotonic clock.
public struct SystemTransferClock: TransferClock {
  private let start = ContinuousClock.now

  /// A clock that starts at zero.
  public init() {}

  /// Time since the clock was made.
  public var now: Duration { ContinuousClock.now - start }

  /// Sleeps; a signal may end the sleep early, which the callers do not mind.
  public func sleep(_ duration: Duration) {
    guard duration > .zero else { return }
    let (seconds, attoseconds) = duration.components
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    nanosleep(&time, nil)
  }
}

extension Duration {
  /// Milliseconds with fraction.
  var milliseconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
  }
}
