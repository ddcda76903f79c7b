import Synchronization

/// The numbers of one save or load of RAM, readable from any thread while it runs.
///
/// QEMU: `mig_stats`, migration/migration-stats.h.
public final class RAMProgress: Sendable {
  /// All numbers at one moment.
  public struct Values: Sendable, Hashable {
    /// Bytes of RAM that take part (the blocks' used lengths).
    public var totalBytes: UInt64 = 0
    /// Bytes of records sent or taken: headers, pages and section ends.
    public var recordBytes: UInt64 = 0
    /// Pages with content.
    public var normalPages: UInt64 = 0
    /// Pages of zeros.
    public var zeroPages: UInt64 = 0
    /// Pages that are still to be sent.
    public var dirtyPages: UInt64 = 0
    /// Rounds of `saveIterate` so far.
    public var rounds: UInt64 = 0
    /// Looks at the dirty log so far.
    public var syncs: UInt64 = 0
    /// Bytes that were to be sent at the last look at the dirty log.
    public var dirtyBytesAtLastSync: UInt64 = 0
    /// Pages that the machine dirtied per second, measured over at least a second.
    public var dirtyPagesPerSecond: UInt64 = 0
    /// Deltas.
    public var xbzrle = XBZRLEStatistics()
    /// Pages compressed one by one.
    public var compression = CompressionStatistics()
    /// A background snapshot.
    public var snapshot = SnapshotStatistics()

    /// All zero.
    public init() {}
  }

  private let values = Mutex(Values())

  /// All zero.
  public init() {}

  /// All numbers at this moment.
  public var current: Values { values.withLock { $0 } }

  func update(_ change: (inout Values) -> Void) { values.withLock { change(&$0) } }
}
