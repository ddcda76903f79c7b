import VMState

/// What a destination's stream shows of the destination. Everything that `check` knows of a
/// walked stream goes through here.
public struct StreamFacts: Sendable {
  /// One FULL section, or the START of a live one.
  public struct Section: Sendable {
    /// START or FULL.
    public var kind: SectionKind
    /// The number in header and footer, in the order of registration.
    public var sectionID: UInt32
    /// The name, path included.
    public var idstr: String
    /// The instance id.
    public var instance: UInt32
    /// The version.
    public var version: UInt32
    /// The layout, for a section that is described.
    public var table: DescribedTable?
    /// The values, for a section that is described.
    public var state: DescribedState?
  }

  /// One RAM block.
  public struct Block: Sendable {
    /// The name.
    public var idstr: String
    /// The size in bytes.
    public var length: UInt64
    /// The offset of its region, with `x-ignore-shared`.
    public var regionOffset: UInt64?
  }

  /// The configuration section, or nil where the stream has none.
  public var configuration: ConfigurationRecord?
  /// The sections in stream order.
  public var sections: [Section] = []
  /// The commands: number and payload.
  public var commands: [(number: UInt16, payload: [UInt8])] = []
  /// The RAM blocks.
  public var blocks: [Block] = []
  /// Every section has a footer.
  public var hasFooters = true
  /// The stream ends with a JSON description.
  public var hasDescription = false
  /// The description has a member for the configuration section.
  public var describesConfiguration = false
  /// The stream was understood to its end.
  public var isComplete = false
  /// Some pages are compressed.
  public var hasCompressedPages = false
  /// Bytes of a guest page.
  public var pageSize = 4096

  /// No facts.
  public init() {}

  /// The facts of a walked stream.
  public init(_ stream: WalkedStream) {
    configuration = stream.configuration
    hasDescription = stream.descriptionRange != nil
    describesConfiguration = stream.description?.configuration != nil
    isComplete = stream.error == nil
    pageSize = stream.description?.pageSize ?? 4096
    blocks = stream.memory.blocks.map {
      Block(idstr: $0.idstr, length: $0.length, regionOffset: $0.regionOffset)
    }
    hasCompressedPages = stream.memory.blocks.contains { $0.pages.compressed > 0 }
    for element in stream.elements { add(element) }
  }

  private mutating func add(_ element: WalkedElement) {
    switch element {
    case .command(let command): commands.append((command.number, command.payload))
    case .section(let section):
      hasFooters = hasFooters && section.hasFooter
      guard section.kind == .full || section.kind == .start else { return }
      sections.append(
        Section(
          kind: section.kind, sectionID: section.sectionID, idstr: section.idstr,
          instance: section.instance, version: section.version, table: section.table,
          state: section.state))
    }
  }

  /// Walks a destination's stream; one without a JSON description is tried with the source's
  /// layouts, which hold if every footer is where they say.
  public init(_ channel: any ByteChannel, layouts: StreamDescription? = nil) {
    self.init(StreamWalk.collect(channel, WalkOptions(learned: layouts)))
  }
}
