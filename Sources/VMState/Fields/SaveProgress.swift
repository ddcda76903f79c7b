/// How far a save has come.
public struct SaveProgress: Sendable, Hashable {
  /// The parts of a save, in order.
  public enum Phase: Sendable, Hashable, CaseIterable {
    /// Before the first byte.
    case preparing
    /// Header, configuration and START sections.
    case setup
    /// Waiting until the guest releases devices.
    case waitingForUnplug
    /// Rounds of PART sections while the machine runs.
    case iterating
    /// The machine is stopped: END sections and device state.
    case completing
    /// Everything is written.
    case finished
    /// An error ended the save.
    case failed
    /// The owner ended the save.
    case cancelled
  }

  /// The present part.
  public var phase = Phase.preparing
  /// Rounds begun so far.
  public var iteration = 0
  /// Bytes that the channels have taken.
  public var transferredBytes: UInt64 = 0
  /// Bytes left by the last estimate.
  public var remainingBytes: UInt64 = 0
  /// Bytes per second over the last slice of time; 0 before the first is over.
  public var bytesPerSecond: UInt64 = 0
  /// How long the machine would stand still if it were stopped now; nil before a rate is known.
  public var expectedDowntime: Duration?
  /// How long the machine would stand still for the bytes that were dirty at the last look at
  /// the dirty log, at the rate of the last slice; QEMU's `expected-downtime`.
  public var dirtyDowntime = Duration.zero
  /// Pages per second over the last slice of time.
  public var pagesPerSecond: UInt64 = 0
  /// Time since the start.
  public var elapsed = Duration.zero
  /// Time until the START sections were written; nil before.
  public var setupTime: Duration?
  /// How long the machine stood still; nil before the end, and if it was not running.
  public var downtime: Duration?
  /// Pages sent as they are; counted by the RAM handlers.
  public var normalPages: UInt64 = 0
  /// Pages sent as zero; counted by the RAM handlers.
  public var zeroPages: UInt64 = 0
  /// Pages sent as deltas, or compressed one by one; counted by the RAM handlers.
  public var codedPages: UInt64 = 0
  /// Dirty pages still to be sent; counted by the RAM handlers.
  public var dirtyPagesLeft: UInt64 = 0
  /// How often the dirty log was read; counted by the RAM handlers.
  public var dirtySyncCount: UInt64 = 0
  /// Bytes that were to be sent at the last look at the dirty log; counted by the RAM handlers.
  public var dirtyBytesAtLastSync: UInt64 = 0
  /// Pages that the machine dirtied per second; measured by the RAM handlers.
  public var dirtyPagesPerSecond: UInt64 = 0

  /// The start of a save.
  public init() {}
}

/// How far a load has come.
public struct LoadProgress: Sendable, Hashable {
  /// Bytes of the stream taken in so far.
  public var loadedBytes: UInt64 = 0
  /// The size of the stream, where the channel knows it.
  public var totalBytes: UInt64?
  /// Sections and commands begun so far.
  public var sections = 0
  /// Pages loaded; counted by the RAM handlers.
  public var pages: UInt64 = 0

  /// The start of a load.
  public init() {}
}
