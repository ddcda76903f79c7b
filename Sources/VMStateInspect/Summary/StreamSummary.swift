import VMState

/// What a stream is, in a form that stays small whatever the stream's length.
public struct StreamSummary: Sendable {
  /// Where the stream was found: `plain stream` unless the caller knows better.
  public var container = "plain stream"
  /// The configuration section, if there is one.
  public internal(set) var configuration: ConfigurationRecord?
  /// Bytes of a guest page.
  public internal(set) var pageSize = 4096
  /// The run state's name, from `globalstate`.
  public internal(set) var runState: String?
  /// CPUs: sections named `cpu_common`.
  public internal(set) var cpuCount = 0
  /// The RAM blocks in stream order.
  public internal(set) var blocks: [Block] = []
  /// Blocks beyond those that are kept.
  public internal(set) var furtherBlocks = 0
  /// The pages stand at fixed places of the file (`mapped-ram`).
  public internal(set) var isMapped = false
  /// RAM has no END: so a background snapshot is written.
  public internal(set) var isBackgroundSnapshot = false
  /// Points of synchronisation with multifd channels.
  public internal(set) var multifdFlushes: UInt64 = 0
  /// What a CPR state file holds; nil for everything else.
  public internal(set) var cpr: CPRState?
  /// The multifd channels that were given.
  public internal(set) var channels: [Channel] = []
  /// One for each `ram` section that holds pages.
  public internal(set) var iterations: [Iteration] = []
  /// Pages in sections beyond those that are kept.
  public internal(set) var furtherIterations = PageTally()
  /// Whether it could be told for every page if it had come before.
  public internal(set) var countsRepeats = true
  /// Sections by name and instance, in order of first appearance.
  public internal(set) var sections: [Section] = []
  /// Sections beyond those that are kept.
  public internal(set) var furtherSections = 0
  /// Commands by number, in order of first appearance.
  public internal(set) var commands: [Command] = []
  /// Where the JSON description stands, from its type byte on.
  public internal(set) var descriptionRange: Range<UInt64>?
  /// The description carries sums.
  var carriesSums = false
  /// What the description's form and other signs tell of the QEMU that wrote it.
  public internal(set) var origin = OriginSigns()
  /// The end of the sections was reached.
  public internal(set) var isComplete = false
  /// Bytes from the header to the end of the last thing that was understood.
  public internal(set) var length: UInt64 = 0
  /// Bytes after the stream's end.
  public internal(set) var trailingBytes: UInt64 = 0
  /// Bytes after a problem with no way to go on.
  public internal(set) var unreadBytes: UInt64 = 0
  /// Bytes of a mapped-ram file that no bitmap claims and that are not zero.
  public internal(set) var unclaimedBytes: UInt64 = 0
  /// Bytes of sections that nothing describes.
  public internal(set) var opaqueBytes: UInt64 = 0
  /// The guest was asleep when it was saved.
  public internal(set) var wasSuspended = false
  /// The clock counts instructions (`-icount`).
  public internal(set) var countsInstructions = false
  /// Bytes of a TPM emulator's state in the stream; nil without a TPM emulator.
  public internal(set) var tpmBytes: Int?
  /// What stops a destination, in stream order.
  public internal(set) var problems: [Problem] = []
  /// Problems beyond those that are kept.
  public internal(set) var furtherProblems = 0
  /// What is odd, or lost without a word.
  public internal(set) var remarks: [Remark] = []

  /// An empty summary.
  public init() {}

  /// All page records.
  public var pages: PageTally { blocks.reduce(into: PageTally()) { $0 += $1.pages } }
  /// Bytes of all blocks; saturating.
  public var memoryBytes: UInt64 {
    blocks.reduce(0) { sum, block in
      let (next, overflow) = sum.addingReportingOverflow(block.length)
      return overflow ? .max : next
    }
  }
}

extension StreamSummary {
  /// A RAM block.
  public struct Block: Sendable, Hashable {
    /// Its name.
    public var idstr: String
    /// Its size in bytes.
    public var length: UInt64
    /// Where its region lies in the region around it, if the stream says so.
    public var regionOffset: UInt64?
    /// Page records.
    public var pages = PageTally()
    /// Pages that came at least once.
    public var pagesPresent: UInt64 = 0
  }

  /// A multifd channel.
  public struct Channel: Sendable, Hashable {
    /// Its number.
    public var number: UInt8
    /// Packets with pages or device state, and those of synchronisation.
    public var packets: UInt64 = 0
    /// The pages in its packets.
    public var pages = PageTally()
    /// Bytes of the channel.
    public var length: UInt64 = 0
  }

  /// The pages of one `ram` section.
  public struct Iteration: Sendable, Hashable {
    /// Offset of the section.
    public var offset: UInt64
    /// START, PART or END.
    public var kind: SectionKind
    /// The section's bytes.
    public var length: UInt64 = 0
    /// Page records.
    public var pages = PageTally()
  }

  /// The sections of one name and instance.
  public struct Section: Sendable, Hashable {
    /// The name.
    public var idstr: String
    /// The instance id.
    public var instance: UInt32
    /// The version in the first header.
    public var version: UInt32
    /// START for a live section, FULL for a device's state.
    public var kind: SectionKind
    /// How often it came.
    public var count = 0
    /// Bytes from type byte to footer, of all of them.
    public var length: UInt64 = 0
    /// Bytes that nothing describes.
    public var opaqueBytes: UInt64 = 0
    /// An END has come.
    public var hasEnded = false
  }

  /// The commands of one number.
  public struct Command: Sendable, Hashable {
    /// The number.
    public var number: UInt16
    /// How often it came.
    public var count = 0
    /// Its name.
    public var name: String {
      MigrationCommand(rawValue: number)?.name ?? "command \(number)"
    }
  }

  /// Something wrong, and the section it stands in.
  public struct Problem: Sendable {
    /// What is wrong.
    public var error: VMStateError
    /// The section's header.
    public var header: SectionHeader?
    /// Where the section begins.
    public var sectionOffset: UInt64?
    /// Where its body begins.
    public var bodyOffset: UInt64?
    /// Where the layout says that the body ends.
    public var describedEnd: UInt64?
    /// What was read of the body before it.
    public var partial: DescribedBodyPiece?
    /// Where the walk went on, by a guess.
    public var resumes: UInt64?
    /// The bytes around it, of a stream that cannot be read again.
    public var surroundings: Surroundings?
  }

  /// Something odd.
  public struct Remark: Sendable, Hashable {
    /// A stable word for programs.
    public var code: String
    /// A sentence.
    public var text: String
    /// The section, if it is about one.
    public var section: String?
  }
}
