/// The host's monotonic clock.
enum HostClock {
  private static let start = ContinuousClock.now

  /// Nanoseconds since the first look.
  @Sendable static func now() -> Int64 {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
