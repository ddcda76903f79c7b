/// The numbers of one save at one moment, by the rules of QEMU's `query-migrate`.
///
/// `RAMProgress.statistics` gives them, to any thread, while the save runs and after it. They
/// are printable, and `json` has QEMU's names. Times that QEMU gives in whole milliseconds are
/// cut, not rounded.
///
/// QEMU: `MigrationInfo`, qapi/migration.json; `populate_ram_info`, migration/migration.c.
public struct MigrationStatistics: Sendable, Hashable {
  /// How far the save is.
  public enum Status: String, Sendable, Hashable, CaseIterable {
    /// Nothing has begun.
    case none
    /// START sections.
    case setup
    /// The guest is to release devices first.
    case waitUnplug = "wait-unplug"
    /// Rounds, while the machine runs.
    case active
    /// The machine stands still: the rest of memory, and the devices.
    case device
    /// Everything is written.
    case completed
    /// An error ended it.
    case failed
    /// The owner ended it.
    case cancelled

    /// QEMU's word for a part of a save.
    public init(_ phase: SaveProgress.Phase) {
      switch phase {
      case .preparing: self = .none
      case .setup: self = .setup
      case .waitingForUnplug: self = .waitUnplug
      case .iterating: self = .active
      case .completing: self = .device
      case .finished: self = .completed
      case .failed: self = .failed
      case .cancelled: self = .cancelled
      }
    }

    /// Nothing will change any more.
    public var isOver: Bool { self == .completed || self == .failed || self == .cancelled }
  }

  /// How far the save is.
  public var status = Status.none
  /// Time since the start, as it was reported last.
  public var totalTime = Duration.zero
  /// Time until the START sections were written; nil before.
  public var setupTime: Duration?
  /// How long the machine stood still; nil until the save is complete.
  public var downtime: Duration?
  /// How long the machine would stand still: the bytes that were dirty at the last look at the
  /// dirty log, at the rate of the last slice of time. Nil once the save is over.
  public var expectedDowntime: Duration?
  /// Memory.
  public var ram = RAMStatistics()
  /// Deltas; nil without the capability `xbzrle`.
  public var xbzrle: XBZRLEStatistics?
  /// Pages compressed one by one; nil without the capability `compress`.
  public var compression: CompressionStatistics?
  /// The part of its time, in percent, that the machine is held back by auto-converge; nil
  /// while it is not.
  public var throttlePercentage: Int?
  /// Bytes per second that each virtual CPU may dirty at most; nil without a limit.
  public var dirtyLimit: UInt64?

  /// Nothing has begun.
  public init() {}
}

extension MigrationStatistics {
  init(_ values: RAMProgress.Values, _ source: StatisticsSource) {
    let save = source.live?.current ?? SaveProgress()
    status = Status(save.phase)
    totalTime = save.elapsed
    setupTime = save.setupTime
    if status == .completed {
      downtime = save.downtime ?? .zero
    } else if !status.isOver, status != .none {
      expectedDowntime = save.dirtyDowntime
    }
    ram = RAMStatistics(values, save, countsWholeStream: source.countsWholeStream)
    ram.megabitsPerSecond = rate(save)
    if source.makesDeltas { xbzrle = values.xbzrle }
    if source.compresses { compression = values.compression }
    throttlePercentage = values.throttlePercentage == 0 ? nil : values.throttlePercentage
    dirtyLimit = values.dirtyLimit
  }

  /// Of the last slice of time, and of the whole save after its end.
  private func rate(_ save: SaveProgress) -> Double {
    guard status == .completed else { return Double(save.bytesPerSecond) * 8 / 1_000_000 }
    let spent = totalTime.wholeMilliseconds - min(setupTime ?? .zero, totalTime).wholeMilliseconds
    return spent == 0 ? 0 : Double(save.transferredBytes) * 8 / Double(spent) / 1000
  }
}

extension Duration {
  /// Milliseconds without their fraction; 0 for a negative time.
  var wholeMilliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(seconds) * 1000 + UInt64(attoseconds / 1_000_000_000_000_000)
  }
}
