/// The answer to "would this load there?", with its reasons.
public struct CheckReport: Sendable {
  /// The four answers.
  public enum Answer: String, Sendable {
    /// It loads, whole.
    case loads
    /// It loads, and something is lost; `losses` says what.
    case loss
    /// It is refused; `blockers` says why.
    case refused
    /// What is known of the target does not tell; `untold` says what to supply.
    case unknown
  }

  /// One reason for a refusal.
  public struct Blocker: Sendable, Equatable {
    /// The kind of obstacle.
    public var kind: CheckKind
    /// Section, then descriptions and fields.
    public var path: [String]
    /// Offset in the source's stream.
    public var offset: UInt64?
    /// What it is about, as a sentence without its full stop.
    public var message: String
    /// What the destination wants.
    public var expected: String?
    /// What the stream has.
    public var found: String?
    /// What to do about it.
    public var advice: String
    /// What QEMU says: the words of its first line, of each release where they differ.
    public var words: [String]
    /// QEMU ends on an assertion instead of a message.
    public var aborts = false
  }

  /// One thing that does not arrive although the stream loads.
  public struct Loss: Sendable, Equatable {
    /// The kind of loss.
    public var kind: CheckKind
    /// Section, then descriptions and fields.
    public var path: [String]
    /// What is lost, as a sentence without its full stop.
    public var message: String
    /// A save right after the load shows it.
    public var isShown: Bool
  }

  /// One thing that the target does not tell.
  public struct Untold: Sendable, Equatable {
    /// Section, then descriptions and fields.
    public var path: [String]
    /// What is not known, as a sentence without its full stop.
    public var message: String
    /// What to supply, so that it is.
    public var supply: String
  }

  /// What the target's QEMU is thought to be.
  public internal(set) var release: String = ""
  /// Reasons for a refusal in the order in which a destination would meet them.
  public internal(set) var blockers: [Blocker] = []
  /// What is lost after a load.
  public internal(set) var losses: [Loss] = []
  /// What is not known.
  public internal(set) var untold: [Untold] = []
  /// What is not compared by anybody, QEMU included.
  public internal(set) var notes: [String] = []

  /// Blockers, losses and unknown things.
  var size: Int { blockers.count + losses.count + untold.count }

  /// The answer.
  public var answer: Answer {
    if !blockers.isEmpty { return .refused }
    if !untold.isEmpty { return .unknown }
    return losses.isEmpty ? .loads : .loss
  }

  /// The tool's exit code: 0 where the stream loads whole, 1 for the other answers.
  public var exitCode: Int32 { answer == .loads ? 0 : 1 }
}

/// The kinds of obstacles and losses; the raw values are stable names in JSON.
public enum CheckKind: String, Sendable {
  /// The file header.
  case header
  /// The configuration section as a whole.
  case configuration
  /// The machine type.
  case machine
  /// The page size.
  case pageSize = "page-size"
  /// The UUID.
  case uuid
  /// A capability.
  case capability
  /// A section that the destination does not have.
  case unknownSection = "unknown-section"
  /// A version above the destination's.
  case versionTooNew = "version-too-new"
  /// A version below the lowest accepted.
  case versionTooOld = "version-too-old"
  /// The body is longer or shorter than the destination reads.
  case length
  /// A footer.
  case footer
  /// A type byte that cannot stand there.
  case sectionType = "section-type"
  /// The data ends too early.
  case truncated
  /// A subsection that the destination does not know.
  case unknownSubsection = "unknown-subsection"
  /// A value that must equal the destination's, or lie in a range.
  case value
  /// The PCI configuration space.
  case pciConfiguration = "pci-configuration"
  /// A virtio queue, feature or vector.
  case virtio
  /// The list of RAM blocks.
  case ramBlock = "ram-block"
  /// A RAM record.
  case ramRecord = "ram-record"
  /// A command.
  case command
  /// A section that the stream lacks.
  case missingSection = "missing-section"
  /// A subsection that the stream lacks.
  case missingSubsection = "missing-subsection"
  /// A section that came twice.
  case repeatedSection = "repeated-section"
  /// Memory that the stream lacks.
  case missingMemory = "missing-memory"
  /// What stands after an early end.
  case dropped
  /// The accelerator.
  case accelerator
  /// A part that is taken over and not sent on.
  case notSentOn = "not-sent-on"
}
