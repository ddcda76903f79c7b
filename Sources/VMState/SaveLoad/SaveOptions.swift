/// How a save is done.
public struct SaveOptions: Sendable {
  /// When the rounds end and the machine is stopped.
  public enum Switchover: Sendable, Hashable {
    /// When the rest can be sent within the downtime limit.
    case downtimeLimit
    /// When a round reports that nothing is left, as for a snapshot in an image.
    case roundFinished
  }

  /// Which of the format's forms is written.
  public var profile: StreamProfile
  /// The machine's configuration section, and the options that shape the stream.
  public var configuration: MachineConfiguration
  /// When the rounds end.
  public var switchover = Switchover.downtimeLimit
  /// The longest the machine should stand still (default 300 ms).
  public var downtimeLimit = Duration.milliseconds(300)
  /// Bytes per second while the machine runs; 0 is no limit (default 128 MiB).
  public var maximumBandwidth: UInt64 = 128 << 20
  /// Bytes per second expected once the machine is stopped; 0 takes the measured rate.
  public var availableSwitchoverBandwidth: UInt64 = 0
  /// True starts the machine again after a good save too (a checkpoint); otherwise it stays
  /// stopped, since it goes on elsewhere.
  public var resumesAfterSave = false

  /// What else the JSON description carries so that a load can tell damage; nil for nothing.
  /// QEMU skips it. It needs a description; pages are copied once then.
  public var integrity: IntegrityOptions?

  /// Makes options with QEMU's defaults.
  public init(configuration: MachineConfiguration, profile: StreamProfile = .qemu10_0) {
    self.configuration = configuration
    self.profile = profile
  }

  /// The limit of one slice of 100 ms.
  var bytesPerSlice: UInt64 { maximumBandwidth == 0 ? 0 : max(1, maximumBandwidth / 10) }
}

/// The sums that a stream carries in its JSON description.
public struct IntegrityOptions: Sendable, Hashable {
  /// A SHA-256 over the whole stream beside the CRC-32C of it and of each section.
  public var isStrong: Bool
  /// Files beside the stream that belong to this state.
  public var files: [StreamIntegrity.File]

  /// Makes options.
  public init(isStrong: Bool = false, files: [StreamIntegrity.File] = []) {
    self.isStrong = isStrong
    self.files = files
  }
}

/// What a completed save did.
public struct SaveResult: Sendable {
  /// Bytes of the stream.
  public let bytes: UInt64
  /// Bytes of the JSON description, 0 without one.
  public let descriptionBytes: Int
  /// The progress at the end: rounds, pages, time.
  public let progress: SaveProgress
  /// How long the machine had been stopped when the channel was closed; with a background
  /// snapshot, how long it stood still for it. nil if it was not running.
  public let downtime: Duration?
}
