/// How a machine's owner slows the guest down while a save cannot keep up with its writes.
///
/// Given to `RAMHandlers.throttle`; used with the capabilities `auto-converge` and
/// `dirty-limit`. All calls come from the save's thread, without the device lock, and return at
/// once.
public protocol GuestThrottle: AnyObject {
  /// Auto-converge: takes a part of its time from every virtual CPU. `GuestBrake` does so.
  ///
  /// - Parameter percentage: 1 to 99; 0 ends it.
  func takeTime(percentage: Int)

  /// True if `limitWrites` does something: the accelerator measures what each CPU dirties.
  /// Default: false.
  var canLimitWrites: Bool { get }

  /// Dirty-limit: holds each virtual CPU back so that it dirties no more than so much memory.
  ///
  /// - Parameters:
  ///   - bytesPerSecond: nil ends it.
  ///   - period: The time over which the owner is to measure.
  func limitWrites(bytesPerSecond: UInt64?, period: Duration)
}

extension GuestThrottle {
  /// No.
  public var canLimitWrites: Bool { false }
  /// Nothing to do.
  public func limitWrites(bytesPerSecond: UInt64?, period: Duration) {}
}
