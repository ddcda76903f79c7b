import VMState

/// Every section and command of a stream, one at a time: nothing is kept, so that a stream of
/// any length can be listed.
public struct SectionLister: PieceVisitor {
  /// One line of the list.
  public struct Entry: Sendable, Hashable {
    /// What it is: `HEADER`, `CONFIG`, `FULL`, `START`, `PART`, `END`, `COMMAND`, `EOF`, `JSON`,
    /// `TRAILING`, `UNREAD`, `PROBLEM`.
    public var kind: String
    /// Offset of its first byte.
    public var offset: UInt64
    /// Its bytes.
    public var length: UInt64 = 0
    /// Offset of the body behind a section's header.
    public var bodyOffset: UInt64?
    /// The section id.
    public var sectionID: UInt32?
    /// The instance id.
    public var instance: UInt32?
    /// The version.
    public var version: UInt32?
    /// A footer follows; nil for what has none.
    public var hasFooter: Bool?
    /// Bytes that nothing describes.
    public var opaqueBytes: UInt64 = 0
    /// Name of section or command, or a problem's sentence.
    public var name: String
    /// Depth inside packages.
    public var depth = 0
    /// The error, for a problem.
    public var error: VMStateError?

    /// Equal in all that is shown.
    public static func == (left: Entry, right: Entry) -> Bool {
      left.kind == right.kind && left.offset == right.offset && left.length == right.length
        && left.name == right.name
    }

    /// Hashes what is shown.
    public func hash(into hasher: inout Hasher) {
      hasher.combine(kind)
      hasher.combine(offset)
    }
  }

  private let take: (Entry) -> Void
  private var open: Entry?
  private var depth = 0
  /// Something is wrong with the stream.
  public private(set) var problemCount = 0

  /// A lister that hands every entry on.
  public init(_ take: @escaping (Entry) -> Void) { self.take = take }

  /// Only where a section ends counts.
  public static var takesPageRuns: Bool { true }

  /// Takes a run of pages.
  public mutating func visit(_ run: RAMPageRun, _ range: Range<UInt64>) { grow(range) }

  /// Takes a piece.
  public mutating func visit(_ piece: StreamPiece, _ range: Range<UInt64>) {
    if case .ram(.page) = piece {
      grow(range)
      return
    }
    switch piece {
    case .sectionHeader(let header): begin(header, range)
    case .ram(.mappedPages): break
    case .record(.multifdInit(let first)):
      put("CHANNEL", range, "multifd channel \(first.channel)")
    case .record(.multifdPacket(let packet)): begin(packet, range)
    case .record(.cpr(let state)): put("CPR", range, RecordText.line(.cpr(state)))
    case .fields, .ram, .record, .payload: grow(range)
    case .bytes(_, .undescribed), .bytes(_, .broken):
      open?.opaqueBytes += UInt64(range.count)
      grow(range)
    case .footer:
      open?.hasFooter = true
      grow(range)
      finish()
    case .problem(let problem): note(problem, range)
    case .packageEnd:
      finish()
      depth = max(0, depth - 1)
    default: add(piece, range)
    }
  }

  private mutating func add(_ piece: StreamPiece, _ range: Range<UInt64>) {
    switch piece {
    case .fileHeader(let version): put("HEADER", range, "QEVM version \(version)")
    case .configuration(let record): put("CONFIG", range, record.machineTypeText)
    case .command(let command):
      put("COMMAND", range, command.command?.name ?? "unknown command \(command.number)")
      if command.command == .packaged { depth += 1 }
    case .endOfFile: put("EOF", range, "")
    case .description: put("JSON", range, "description")
    case .bytes(_, let reason):
      let kind = reason == .trailing ? "TRAILING" : reason == .unclaimed ? "UNCLAIMED" : "UNREAD"
      addRun(kind, range)
    default: break
    }
  }

  /// Bytes outside sections come in parts; they are one entry.
  private mutating func addRun(_ kind: String, _ range: Range<UInt64>) {
    if let last = open, last.kind == kind, last.offset + last.length == range.lowerBound {
      open?.length += UInt64(range.count)
      return
    }
    if kind == "UNCLAIMED" { return }
    finish()
    open = Entry(kind: kind, offset: range.lowerBound, length: UInt64(range.count), name: "")
  }

  private mutating func begin(_ header: SectionHeader, _ range: Range<UInt64>) {
    finish()
    var entry = Entry(
      kind: SectionsText.name(header.kind), offset: range.lowerBound,
      length: UInt64(range.count), name: header.idstr)
    entry.bodyOffset = range.upperBound
    entry.sectionID = header.sectionID
    entry.instance = header.instance
    entry.version = header.version
    entry.hasFooter = false
    open = entry
  }

  private mutating func begin(_ packet: MultifdPacket, _ range: Range<UInt64>) {
    finish()
    open = Entry(
      kind: "PACKET", offset: range.lowerBound, length: UInt64(range.count),
      name: Self.name(packet))
  }

  private static func name(_ packet: MultifdPacket) -> String {
    guard case .pages(let pages) = packet else { return "device state" }
    let zero = pages.layout == .zeroPages ? pages.zeroPages : 0
    guard pages.normalPages > 0 || zero > 0 else { return "synchronisation" }
    return "\(pages.idstr): \(pages.normalPages) normal, \(zero) zero"
  }

  private mutating func grow(_ range: Range<UInt64>) {
    guard let first = open?.offset, range.upperBound > first else { return }
    open?.length = range.upperBound - first
  }

  private mutating func put(_ kind: String, _ range: Range<UInt64>, _ name: String) {
    finish()
    open = Entry(kind: kind, offset: range.lowerBound, length: UInt64(range.count), name: name)
    finish()
  }

  private mutating func note(_ problem: StreamProblem, _ range: Range<UInt64>) {
    problemCount += 1
    var entry = Entry(kind: "PROBLEM", offset: range.lowerBound, name: "\(problem.error)")
    entry.error = problem.error
    entry.depth = depth
    if problem.resumes == nil { finish() }
    take(entry)
  }

  /// Hands on what is still open.
  public mutating func finish() {
    guard var entry = open else { return }
    open = nil
    entry.depth = depth
    take(entry)
  }
}
