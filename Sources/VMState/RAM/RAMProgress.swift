/// The numbers of one save or load of RAM, readable from any thread while it runs.
///
/// QEMU: `mig_stats`, migration/migration-stats.h.
public final class RAMProgress: Sendable {
  /// All numbers at one moment.
  public struct Values: Sendable, Hashable {
    /// Bytes of RAM that take part (the blocks' used lengths).
    public var totalBytes: UInt64 = 0
    /// Bytes of a target page.
    public var pageSize = 0
    /// Bytes of records sent or taken: headers, pages and section ends.
    public var recordBytes: UInt64 = 0
    /// Bytes of records sent while the machine ran, the ends of PART sections included.
    public var precopyBytes: UInt64 = 0
    /// The same while the machine stood still, and in a file with fixed places the bitmaps.
    public var downtimeBytes: UInt64 = 0
    /// The same after the destination had started.
    public var postcopyBytes: UInt64 = 0
    /// Bytes sent over multifd channels.
    public var multifdBytes: UInt64 = 0
    /// Pages that the destination asked for.
    public var postcopyRequests: UInt64 = 0
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
    /// The part of its time, in percent, that auto-converge takes from the machine.
    public var throttlePercentage = 0
    /// Bytes per second that each virtual CPU may dirty; nil without a limit.
    public var dirtyLimit: UInt64?
    /// A background snapshot.
    public var snapshot = SnapshotStatistics()

    /// All zero.
    public init() {}
  }

  private struct State {
    var values = Values()
    var source = StatisticsSource()
  }

  private let state = Guarded(State())

  /// All zero.
  public init() {}

  /// All numbers at this moment.
  public var current: Values { state.withLock { $0.values } }

  /// What QEMU's `query-migrate` would tell of this save at this moment.
  public var statistics: MigrationStatistics {
    let (values, source) = state.withLock { ($0.values, $0.source) }
    return MigrationStatistics(values, source)
  }

  func update(_ change: (inout Values) -> Void) { state.withLock { change(&$0.values) } }

  /// All zero again, for another transfer.
  func restart(_ source: StatisticsSource = StatisticsSource()) {
    state.withLock { $0 = State(source: source) }
  }
}
