/// What a save lends to hooks, codecs and live sections.
///
/// A new need adds a member here and breaks nobody. One context belongs to one save and to
/// the thread that runs it.
public final class SaveContext {
  /// Which of the format's forms is written.
  public let profile: StreamProfile
  /// The version of the description that is being written (of the innermost one).
  public internal(set) var version = 0
  /// Set by the owner to stop the save.
  public let cancellation: CancellationFlag
  /// Sees every step, or nil.
  public let observer: (any TransferObserver)?
  /// The transferred-byte count and the rate limit.
  public let counters: TransferCounters
  /// Names from the section down; kept only while there is an observer.
  public internal(set) var path: [String] = []

  /// Makes a context.
  public init(
    profile: StreamProfile = .qemu10_0, cancellation: CancellationFlag = CancellationFlag(),
    observer: (any TransferObserver)? = nil, counters: TransferCounters = TransferCounters()
  ) {
    self.profile = profile
    self.cancellation = cancellation
    self.observer = observer
    self.counters = counters
  }
}
