import Synchronization

/// The transferred-byte count and the rate limit of one save, shared by all of its channels.
///
/// QEMU: `mig_stats`, migration/migration-stats.c.
public final class TransferCounters: Sendable {
  private let bytes = Atomic<UInt64>(0)
  private let windowStart = Atomic<UInt64>(0)
  private let windowLimit = Atomic<UInt64>(0)

  /// Counters at zero, without a limit.
  public init() {}

  /// Bytes handed to the channels so far.
  public var transferred: UInt64 { bytes.load(ordering: .relaxed) }

  /// Adds bytes that a channel has taken.
  public func add(_ count: Int) { bytes.add(UInt64(count), ordering: .relaxed) }

  /// The most bytes of one window (a tenth of a second); 0 is no limit.
  public var limitPerWindow: UInt64 {
    get { windowLimit.load(ordering: .relaxed) }
    set { windowLimit.store(newValue, ordering: .relaxed) }
  }

  /// Begins a new window at the present count.
  public func restartWindow() { windowStart.store(transferred, ordering: .releasing) }

  /// True when more than the limit was transferred in the present window.
  public var isRateExceeded: Bool {
    let limit = limitPerWindow
    // The start is read first: read after the count it could belong to a later window.
    let start = windowStart.load(ordering: .acquiring)
    return limit != 0 && transferred - start > limit
  }
}
