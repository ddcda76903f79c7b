/// Which parts of a save an entry with handlers takes part in.
public struct SavePhases: OptionSet, Sendable {
  /// The bits.
  public let rawValue: Int
  /// From bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// A START section, written by `saveSetup`.
  public static let setup = Self(rawValue: 1)
  /// PART sections, written by `saveIterate`.
  public static let iterate = Self(rawValue: 2)
  /// An END section, written by `saveComplete`.
  public static let complete = Self(rawValue: 4)
  /// One FULL section, written by `saveState` (the old style).
  public static let wholeState = Self(rawValue: 8)

  /// A live section: setup, iterate, complete.
  public static let live: Self = [.setup, .iterate, .complete]
}

/// What is left to send, in bytes.
public struct PendingBytes: Sendable, Hashable {
  /// Bytes that must go before the destination can start.
  public var mustPrecopy: UInt64
  /// Bytes that may follow after the destination has started.
  public var canPostcopy: UInt64
  /// Both together, saturating.
  public var total: UInt64 {
    let (sum, overflow) = mustPrecopy.addingReportingOverflow(canPostcopy)
    return overflow ? .max : sum
  }
  /// Makes an amount.
  public init(mustPrecopy: UInt64 = 0, canPostcopy: UInt64 = 0) {
    self.mustPrecopy = mustPrecopy
    self.canPostcopy = canPostcopy
  }
}

/// What one round of a live section achieved.
public enum IterationResult: Sendable {
  /// There is more to send.
  case more
  /// Nothing was left at the end of the round.
  case done
}

/// A section that is saved while the machine runs, RAM above all.
///
/// The order on a successful save is `savePrepare`, `saveSetup`, then rounds of
/// `pendingEstimate`, `pendingExact` (only when the estimate is below the threshold) and
/// `saveIterate`; the machine stops; `saveComplete`; `saveCleanup`. On a load it is
/// `loadSetup`, `loadState` for each section, `switchoverStart`, then `commitLoad` or
/// `abortLoad`, then `loadCleanup`. Every callback has a default that does nothing.
///
/// Locks: "device lock" is `MachineControl.withDeviceLock`. Iterating runs without it, in the
/// saving thread, while the machine runs; everything else runs under it.
///
/// QEMU: `SaveVMHandlers`, include/migration/register.h.
public protocol SaveVMHandlers: AnyObject {
  /// Which sections this entry writes. Default: a live section.
  var phases: SavePhases { get }
  /// False leaves the entry out of prepare, setup, iterate, complete, pending and load setup.
  /// Default: true.
  var isActive: Bool { get }
  /// False leaves the entry out of the rounds only. Default: true.
  var isIterationActive: Bool { get }
  /// The entry may go on after the destination has started. Default: false.
  var hasPostcopy: Bool { get }

  /// Source, under the device lock, before anything is written. A throw ends the save with
  /// nothing written.
  func savePrepare(_ context: SaveContext) throws
  /// Source, under the device lock: the body of the START section.
  func saveSetup(to writer: inout StreamWriter, _ context: SaveContext) throws
  /// Source, without the lock, every pass: a cheap estimate of what is left.
  func pendingEstimate(_ context: SaveContext) -> PendingBytes
  /// Source, without the lock, when the estimate is below the threshold: what is really left;
  /// may be expensive. Default: the estimate.
  func pendingExact(_ context: SaveContext) -> PendingBytes
  /// Source, without the lock, each round: the body of a PART section. Returns when
  /// `writer.isRateExceeded`, after a bounded time, or when nothing is left.
  func saveIterate(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws -> IterationResult
  /// Source, under the lock, machine stopped: the body of the END section.
  func saveComplete(to writer: inout StreamWriter, _ context: SaveContext) throws
  /// Source, just before the switch to postcopy, machine running: the body of a PART section
  /// (profiles 11.x).
  func savePostcopyPrepare(to writer: inout StreamWriter, _ context: SaveContext) throws
  /// Source, under the lock, machine stopped: the body of a FULL section (old style).
  func saveState(to writer: inout StreamWriter, _ context: SaveContext) throws
  /// Source, once at the end of every attempt, good or not, also when `saveSetup` never ran.
  func saveCleanup()
  /// Source, when a broken postcopy is taken up again.
  func resumePrepare(_ context: SaveContext) throws

  /// False: the handler writes into live state while it loads, so a load with it is not
  /// all-or-nothing; the loader reports that beforehand. Default: true.
  var stagesLoad: Bool { get }
  /// Destination, after the configuration and before the first section.
  func loadSetup(_ context: LoadContext) throws
  /// Destination, for each START, PART, END and FULL section of the entry: reads exactly the
  /// body, keeping what it reads apart from the live state.
  ///
  /// - Parameter version: From the entry's START or FULL header.
  func loadState(
    from reader: inout StreamReader, version: Int, kind: SectionKind, _ context: LoadContext
  ) throws
  /// Destination: a buffer that came over another channel for this entry.
  func loadStateBuffer(_ bytes: UnsafeRawBufferPointer, _ context: LoadContext) throws
  /// Destination, on the command `SWITCHOVER_START`.
  func switchoverStart(_ context: LoadContext) throws
  /// Destination: the source is to wait for this entry's word before it switches over.
  var needsSwitchoverAck: Bool { get }
  /// Destination, once everything proved good and can no longer fail: puts the staged state
  /// into place.
  func commitLoad()
  /// Destination, after a failure: forgets the staged state.
  func abortLoad()
  /// Destination, once at the end of every attempt, good or not.
  func loadCleanup()
}

extension SaveVMHandlers {
  public var phases: SavePhases { .live }
  public var isActive: Bool { true }
  public var isIterationActive: Bool { true }
  public var hasPostcopy: Bool { false }
  public func savePrepare(_ context: SaveContext) throws {}
  public func saveSetup(to writer: inout StreamWriter, _ context: SaveContext) throws {}
  public func pendingEstimate(_ context: SaveContext) -> PendingBytes { PendingBytes() }
  public func pendingExact(_ context: SaveContext) -> PendingBytes { pendingEstimate(context) }
  public func saveIterate(
    to writer: inout StreamWriter, _ context: SaveContext
  ) throws -> IterationResult { .done }
  public func saveComplete(to writer: inout StreamWriter, _ context: SaveContext) throws {}
  public func savePostcopyPrepare(to writer: inout StreamWriter, _ context: SaveContext) throws {}
  public func saveState(to writer: inout StreamWriter, _ context: SaveContext) throws {}
  public func saveCleanup() {}
  public func resumePrepare(_ context: SaveContext) throws {}
  public var stagesLoad: Bool { true }
  public func loadSetup(_ context: LoadContext) throws {}
  public func loadStateBuffer(_ bytes: UnsafeRawBufferPointer, _ context: LoadContext) throws {}
  public func switchoverStart(_ context: LoadContext) throws {}
  public var needsSwitchoverAck: Bool { false }
  public func commitLoad() {}
  public func abortLoad() {}
  public func loadCleanup() {}
}
