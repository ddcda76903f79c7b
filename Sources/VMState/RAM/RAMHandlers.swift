/// Saves and loads guest memory: the entry `ram`, version 4.
///
/// Register it as a live entry under `idstr` with `version`. One object serves one machine;
/// a save and a load at the same time are not possible, as for the machine itself.
///
/// **Save.** Live, in rounds, while other threads write memory and mark what they wrote; or
/// offline, with the machine stopped, by the same calls. Pages go to the channel straight
/// from guest memory.
///
/// **Load.** All or nothing. `protected` blocks get a second mapping that is copied over at
/// the commit; `disposable` ones are loaded in place, and are zero after a failure.
///
/// The capability `release-ram` is accepted and has no effect: it gives memory back only after
/// the destination has started, and a save by these handlers ends before that.
///
/// QEMU: `savevm_ram_handlers`, migration/ram.c.
public final class RAMHandlers: SaveVMHandlers {
  /// The section's name.
  public static let idstr = "ram"
  /// The section's version: the only one written and accepted.
  public static let version = 4

  /// The machine's memory.
  public let blocks: RAMBlockList
  /// With the capability `x-ignore-shared`: only shared blocks that are backed by a named file
  /// stay where they are; false leaves every shared block out. nil takes the profile's rule.
  public let ignoredNeedNamedFile: Bool?
  /// Where dirty pages are known from; nil serves only machines that are stopped.
  public let tracking: (any DirtyTracking)?
  /// Channels beside the main one for the next save or load; nil sends and expects all pages
  /// on the main one. Both sides must use as many (capability `multifd`). They are let go when
  /// the transfer has ended.
  public var multifd: MultifdChannels?
  /// How the memory of an instant is kept (capability `background-snapshot`).
  public var snapshotOptions = SnapshotOptions()
  /// Methods that were wanted more for the last background snapshot, and refused.
  public internal(set) var snapshotRefusals: [SnapshotMethod.Refusal] = []
  /// Numbers of the save, readable from any thread.
  public let progress = RAMProgress()
  /// Numbers of the load, readable from any thread.
  public let loadProgress = RAMProgress()

  /// Who follows the saves.
  public let notifiers = PrecopyNotifiers()
  /// Where a device says which pages the guest does not use.
  public let freePageHints = FreePageHints()
  /// A transport that moves pages by itself, on a save or a load.
  public var controlHooks: (any RAMControlHooks)?
  /// Slows the guest down, with the capabilities `auto-converge` and `dirty-limit`.
  public var throttle: (any GuestThrottle)?
  /// What the system said when the last load's non-volatile blocks were written back.
  public internal(set) var writeBackFailures: [VMStateError] = []

  private let settings = Guarded(RAMParameters())

  var saving: RAMSaveRun?
  // From `savePrepare` to the cleanup.
  var snapshot: PreparedSnapshot?
  var loading: RAMLoadRun?
  // An error of `pendingExact`, which cannot throw.
  var deferredError: VMStateError?
  // QEMU's bound; tests that count pages of a round take a longer one.
  var roundTime = Duration.milliseconds(50)
  // Rates are measured, and the guest is slowed down, after more than this; a test's periods
  // are shorter.
  var ratePeriod = Duration.seconds(1)
  // A test brings its own time.
  var now: () -> ContinuousClock.Instant = { .now }
  // Tests step in here.
  var seam: ((RAMSaveMoment, RAMBlock, Int) -> Void)?

  /// Makes the entry for a machine's memory.
  ///
  /// - Parameters:
  ///   - tracking: The blocks' own logs, unless an accelerator knows better.
  ///   - ignoredNeedNamedFile: nil for the rule of the stream's generation.
  public init(
    _ blocks: RAMBlockList, tracking: (any DirtyTracking)? = SoftwareDirtyTracking(),
    ignoredNeedNamedFile: Bool? = nil
  ) {
    self.blocks = blocks
    self.tracking = tracking
    self.ignoredNeedNamedFile = ignoredNeedNamedFile
  }

  func options(_ capabilities: Set<String>, _ profile: StreamProfile) -> RAMOptions {
    RAMOptions(
      capabilities, ignoredNeedNamedFile: ignoredNeedNamedFile ?? profile.ignoredNeedNamedFile)
  }

  /// The parameters as they are now.
  public var parameters: RAMParameters { settings.withLock { $0 } }

  /// Changes the parameters, from any thread; a save that is under way takes a cache size up at
  /// its next batch of pages, the rest at its begin.
  ///
  /// - Throws: `valueOutOfRange`.
  public func setParameters(_ parameters: RAMParameters) throws(VMStateError) {
    try parameters.check(blocks.targetPageSize)
    settings.withLock { $0 = parameters }
  }
}
