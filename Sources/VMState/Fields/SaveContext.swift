/// What a save lends to hooks, codecs and live sections.
///
/// A new need adds a member here and breaks nobody. One context belongs to one save and to
/// the thread that runs it.
public final class SaveContext {
  /// Which of the format's forms is written.
  public let profile: StreamProfile
  /// The version of the description that is being written (of the innermost one).
  public internal(set) var version: Int {
    get { frame.pointee }
    set { frame.pointee = newValue }
  }
  // Changed by every table, outside of the object: no access check for each.
  private let frame: UnsafeMutablePointer<Int>
  /// Set by the owner to stop the save.
  public let cancellation: CancellationFlag
  /// Sees every step, or nil.
  public let observer: (any TransferObserver)?
  /// The transferred-byte count and the rate limit.
  public let counters: TransferCounters
  /// Names from the section down; kept only while there is an observer.
  public internal(set) var path: [String] = []

  /// The migration capabilities that are on, by their names on the wire.
  public let capabilities: Set<String>
  /// The option `store-global-state`: the machine's run state travels along.
  public internal(set) var storesGlobalState = true
  /// The machine's run state just before the save stopped it; nil while it still runs.
  public internal(set) var runStateBeforeStop: RunState?
  /// Bytes that can be sent within the downtime limit at the present rate.
  public internal(set) var thresholdBytes: UInt64 = 0
  /// How far the save has come; RAM handlers count their pages here.
  public var progress = SaveProgress()
  /// The machine runs; as the saver saw it last.
  public internal(set) var isMachineRunning = true
  /// The progress as it was reported last, for other threads.
  let live = LiveProgress()
  /// Subsections that are not needed are written too, in a form that no stream has; for frames
  /// in memory only.
  var keepsIdle = false
  /// The sections so far with their sums; nil where none are asked for.
  var sectionSums: [SectionSum]?
  /// The channels that take pieces of states; set by the handlers that opened them.
  var stateBuffers: (any StateBufferSink)?
  /// States can travel over channels beside the stream: sections are asked for
  /// `stateBufferWriter`, and need not write all in `saveComplete`.
  public var sendsStateBuffers: Bool { stateBuffers != nil }
  /// Gets the progress once per batch; set by the saver.
  var onProgress: ((SaveProgress) -> Void)?

  /// Makes a context.
  public init(
    profile: StreamProfile = .qemu10_0, cancellation: CancellationFlag = CancellationFlag(),
    observer: (any TransferObserver)? = nil, counters: TransferCounters = TransferCounters(),
    capabilities: Set<String> = []
  ) {
    self.profile = profile
    self.capabilities = capabilities
    self.cancellation = cancellation
    self.observer = observer
    self.counters = counters
    frame = .allocate(capacity: 1)
    frame.initialize(to: 0)
  }

  deinit { frame.deallocate() }

  /// Ends a batch of work: reports the progress and looks at the cancel flag.
  ///
  /// - Throws: `cancelled`.
  public func batchDone() throws(VMStateError) {
    reportProgress()
    try cancellation.check()
  }

  /// Reports the progress.
  func reportProgress() {
    progress.transferredBytes = counters.transferred
    live.current = progress
    onProgress?(progress)
  }
}
