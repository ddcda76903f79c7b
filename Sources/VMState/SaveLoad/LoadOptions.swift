/// How a load is done.
public struct LoadOptions: Sendable {
  /// Which of the format's forms is accepted.
  public var profile: StreamProfile
  /// This machine's configuration, compared with the stream's.
  public var configuration: MachineConfiguration
  /// Bounds on what the stream may demand.
  public var limits = Limits()
  /// Refuses what would be a warning.
  public var isStrict = false
  /// Hands the text of the JSON description to the caller.
  public var keepsDescription = false

  /// Called by the load's thread at the begin of each RAM section and every 32768 pages, so
  /// that an owner whose only thread this is can do other work. The device lock is not held.
  /// It must not touch what is being loaded.
  public var giveWay: (@Sendable () -> Void)?

  /// When the sums of a stream are looked at.
  public var integrity = IntegrityCheck.whenPresent

  /// Makes options.
  public init(configuration: MachineConfiguration, profile: StreamProfile = .qemu10_0) {
    self.configuration = configuration
    self.profile = profile
  }
}

/// When a load looks at the sums that a stream may carry in its JSON description.
public enum IntegrityCheck: Sendable, Hashable {
  /// Never.
  case never
  /// When the end of the stream says that there are some; that can be seen beforehand where
  /// the channel has positions (a file, memory), and elsewhere they are not looked at.
  case whenPresent
  /// Always; a stream without sums is refused.
  case required
}

/// What a completed load did.
public struct LoadResult: Sendable {
  /// The configuration section, or nil where none is sent.
  public let configuration: ReceivedConfiguration?
  /// What was accepted though it is odd, in stream order, at most a thousand.
  public let warnings: [LoadWarning]
  /// Warnings beyond those kept.
  public let droppedWarnings: Int
  /// The text of the JSON description, when it was asked for and is complete.
  public let description: [UInt8]?
  /// The sums that were found right, if the stream carried some and they were looked at.
  public let integrity: StreamIntegrity?
  /// Bytes taken in, the JSON description included.
  public let bytes: UInt64
  /// The entries that were loaded, in the order in which they were put in place.
  public let loadedEntries: [String]
  /// The progress at the end.
  public let progress: LoadProgress
}
