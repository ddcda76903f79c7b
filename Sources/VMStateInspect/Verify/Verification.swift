import VMState

/// What the check of one stream came to.
public struct Verification: Sendable {
  /// The first byte that comes out otherwise than it stands in the stream.
  public struct Difference: Sendable, Hashable {
    /// Its offset.
    public var offset: UInt64
    /// What the stream has; nil behind its end.
    public var original: UInt8?
    /// What was written; nil if too little was.
    public var written: UInt8?
    /// The section and field that hold it.
    public var place: String
  }

  /// A section whose layout is not that of the good stream.
  public struct OtherLayout: Sendable, Hashable {
    /// The section.
    public var section: String
    /// The first place where they part.
    public var difference: LayoutDifference
  }

  /// What the stream is.
  public var summary: StreamSummary
  /// The problems with all that can be told about them.
  public var diagnoses: [Diagnosis] = []
  /// The first byte that is not reproduced.
  public var difference: Difference?
  /// Sections laid out otherwise than in the good stream.
  public var otherLayouts: [OtherLayout] = []
  /// What the sums that the stream carries say; nil if it carries none, or they could not be
  /// compared because it passed by only once.
  public var integrity: IntegrityReport?
  /// Bytes that were compared.
  public var comparedBytes: UInt64 = 0

  /// Nothing stops a destination, and every byte is reproduced.
  public var isGood: Bool {
    summary.problems.isEmpty && difference == nil && otherLayouts.isEmpty
      && summary.remarks.isEmpty && integrity?.isWhole != false && integrity?.hasFiles != false
  }
}

extension Verification {
  /// Decodes a stream down to its fields, pages and records, writes it again, and compares;
  /// meanwhile everything is checked for consistency.
  ///
  /// - Parameters:
  ///   - channel: The stream.
  ///   - original: What the result is compared with, if that is not the stream itself; it has
  ///     positions.
  ///   - good: A stream of such a machine that loads.
  ///   - beside: Opens the files of which the stream carries digests; nil leaves them out.
  /// - Throws: The channels' errors.
  public static func make(
    _ channel: any ByteChannel, against original: (any ByteChannel)? = nil,
    good: GoodStream? = nil, beside: BesideOpener? = nil, _ options: WalkOptions = WalkOptions()
  ) throws(VMStateError) -> Verification {
    // What passes by only once is kept until it has been compared.
    let echo = channel.capabilities.contains(.positioned) ? nil : EchoChannel(channel)
    let source: any ByteChannel = echo ?? channel
    let comparing = ComparingChannel(with: original ?? source)
    var visitor = VerifyVisitor(PieceSink(comparing), good, options.limits)
    try StreamWalk.walk(source, options, visitor: &visitor)
    try visitor.sink.finish()
    var result = Verification(summary: visitor.collector.finish())
    result.otherLayouts = visitor.otherLayouts
    result.comparedBytes = comparing.end
    result.diagnoses = result.summary.problems.prefix(32).map {
      Diagnosis($0, in: source, good: good)
    }
    let size = original?.size ?? echo?.end ?? channel.size
    try result.noteDifference(comparing, source, size: size, options)
    if original == nil { try result.compareSums(channel, options, beside) }
    return result
  }

  private mutating func compareSums(
    _ channel: any ByteChannel, _ options: WalkOptions, _ beside: BesideOpener?
  ) throws(VMStateError) {
    do throws(VMStateError) {
      if summary.carriesSums {
        integrity = try IntegrityReport.make(channel, options, open: beside)
      }
      let endsSo = try channel.endsWithSums()
      guard integrity == nil, endsSo else { return }
      summary.remarks.append(
        StreamSummary.Remark(
          code: "sums",
          text: "it ends as a description with sums does, but the description cannot be read"))
    } catch {
      guard error.code == .badDescription || error.code == .malformedJSON else { throw error }
      summary.remarks.append(
        StreamSummary.Remark(code: "sums", text: "\(error)"))
    }
  }

  private mutating func noteDifference(
    _ comparing: ComparingChannel, _ channel: any ByteChannel, size: UInt64?,
    _ options: WalkOptions
  ) throws(VMStateError) {
    var found = comparing.difference.map {
      Difference(offset: $0.offset, original: $0.expected, written: $0.found, place: "")
    }
    if found == nil, !summary.isMapped, let size, comparing.end < size {
      found = Difference(offset: comparing.end, original: nil, written: nil, place: "")
    }
    guard var found else { return }
    defer { difference = found }
    guard channel.capabilities.contains(.positioned) else { return }
    try channel.seek(to: 0)
    var locator = PlaceLocator(offset: found.offset)
    try StreamWalk.walk(channel, options, visitor: &locator)
    found.place = locator.place
  }
}

extension ByteChannel {
  /// True if the last bytes are those of a description with sums.
  fileprivate func endsWithSums() throws(VMStateError) -> Bool {
    let mark = Array("\"end\": \"vmstate\"}}".utf8)
    guard capabilities.contains(.positioned), let size, size >= UInt64(mark.count) else {
      return false
    }
    return try bytes(at: size - UInt64(mark.count), upTo: mark.count) == mark
  }
}

/// Writes pieces for a visitor, which is copied and cannot own the encoder.
final class PieceSink {
  private var encoder: PieceEncoder

  init(_ channel: any ByteChannel) { encoder = PieceEncoder(channel) }

  @inline(__always)
  func put(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    try encoder.put(piece, range)
  }

  func finish() throws(VMStateError) { try encoder.finish() }
}

/// Summarises, writes again, and compares layouts.
struct VerifyVisitor: PieceVisitor {
  let sink: PieceSink
  let good: GoodStream?
  var collector: SummaryCollector
  var otherLayouts: [Verification.OtherLayout] = []

  init(_ sink: PieceSink, _ good: GoodStream?, _ limits: Limits) {
    self.sink = sink
    self.good = good
    collector = SummaryCollector(limits: limits)
  }

  mutating func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    try sink.put(piece, range)
    try collector.visit(piece, range)
    if good != nil, case .fields(let body) = piece { compare(body) }
  }

  private mutating func compare(_ body: DescribedBodyPiece) {
    guard let good, let header = collector.open?.header, otherLayouts.count < 256,
      var other = good.table(header, body.table)
    else { return }
    var own = body.table
    // Which subsections are sent depends on the moment.
    other.subsections = other.subsections.filter { one in
      own.subsections.contains { $0.name == one.name }
    }
    own.subsections = own.subsections.filter { one in
      other.subsections.contains { $0.name == one.name }
    }
    // Fields that were divided otherwise but end in the same place do no harm.
    guard own.fixedSize != other.fixedSize || own.version != other.version,
      let difference = LayoutDifference.first(own, other)
    else { return }
    otherLayouts.append(
      Verification.OtherLayout(
        section: SummaryCollector.name(header.idstr, header.instance), difference: difference))
  }
}

/// Finds out what holds a byte of a stream.
struct PlaceLocator: PieceVisitor {
  let offset: UInt64
  private(set) var place = "behind the end"
  private var section = ""
  private var blocks: [String] = []

  init(offset: UInt64) { self.offset = offset }

  mutating func visit(_ piece: StreamPiece, _ range: Range<UInt64>) {
    if case .sectionHeader(let header) = piece {
      section = SummaryCollector.name(header.idstr, header.instance)
    }
    if case .ram(.setup(let setup, _)) = piece { blocks = setup.entries.map(\.idstr) }
    guard range.contains(offset) else { return }
    switch piece {
    case .fileHeader: place = "the file header"
    case .configuration: place = "the configuration section"
    case .sectionHeader: place = "the header of section '\(section)'"
    case .fields(let body):
      let field = BodyFields(body).place(at: Int(offset - range.lowerBound))
      place = "section '\(section)'" + (field.map { ", field '\($0.pathText)' (\($0.type))" } ?? "")
    case .ram(.page(let page)) where page.block < blocks.count:
      place = "the page 0x\(String(page.offset, radix: 16)) of memory block '\(blocks[page.block])'"
    case .ram, .record, .payload: place = "a record of section '\(section)'"
    case .bytes: place = "bytes that nothing describes"
    case .footer: place = "the footer of section '\(section)'"
    case .command(let command):
      place = "the command \(command.command?.name ?? "\(command.number)")"
    case .endOfFile: place = "the EOF byte"
    case .description: place = "the JSON description"
    case .packageEnd, .problem: break
    }
  }
}
