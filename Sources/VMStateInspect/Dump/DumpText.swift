import VMState

/// All values of a stream as text, section by section.
///
/// Memory is bounded: one section's fields at a time. Text from the stream comes with its
/// control characters escaped.
public enum DumpText {
  /// What a dump came to.
  public struct Result: Sendable {
    /// The first thing that is wrong with the stream.
    public var error: VMStateError?
    /// Fields that were shown.
    public var fields = 0
    /// Sections that were shown.
    public var sections = 0
  }

  /// Dumps a stream.
  ///
  /// - Throws: The channel's and the output's errors; what is wrong with the stream is in the
  ///   text and in the result.
  public static func dump(
    _ channel: any ByteChannel, _ options: DumpOptions = DumpOptions(),
    walk: WalkOptions = WalkOptions(), to output: any TextOutput
  ) throws(VMStateError) -> Result {
    var dumper = TextDumper(output, options)
    // Fields stand in FULL sections only.
    var isFound = false
    if !options.isComplete {
      isFound = try StreamWalk.walkIndexed(
        channel, walk, onlyFull: options.sections.isEmpty, visitor: &dumper,
        wanted: { options.shows(idstr: $0, instance: $1) })
    }
    if !isFound { try StreamWalk.walk(channel, walk, visitor: &dumper) }
    try dumper.finish()
    return dumper.result
  }
}

/// Writes the pieces as text.
final class TextDumper: PieceVisitor {
  let options: DumpOptions
  var text: TextBuffer
  var result = DumpText.Result()
  var memory = RAMTally()
  private var header: SectionHeader?
  private var isShown = true
  private var showsPayload = false
  private var opaque: (reason: OpaqueReason?, offset: UInt64, count: UInt64, shown: [UInt8])?

  init(_ output: any TextOutput, _ options: DumpOptions) {
    text = TextBuffer(output)
    self.options = options
  }

  func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    if case .bytes(let bytes, let reason) = piece {
      return try add(bytes, reason, range.lowerBound)
    }
    if case .payload(let bytes) = piece {
      if showsPayload { try add(bytes, nil, range.lowerBound) }
      return
    }
    try putOpaque()
    switch piece {
    case .fileHeader(let version):
      try putHead("stream version \(version)", at: range)
    case .configuration(let record): try put(record, range)
    case .sectionHeader(let header): try begin(header, range)
    case .fields(let body): try put(body, range)
    case .ram(let record): try put(record, range)
    case .record(let record): try put(record, range)
    case .footer: header = nil
    case .command(let command): try put(command, range)
    case .packageEnd: try putHead("end of the package", at: range)
    case .endOfFile: try putHead("end of the sections", at: range)
    case .description(let description):
      try putHead("JSON description, \(description.count) bytes of text", at: range)
    case .problem(let problem): try put(problem, range)
    case .bytes, .payload: break
    }
  }

  func finish() throws(VMStateError) {
    try putOpaque()
    try text.flush()
  }

  // MARK: Framing

  /// A line between sections; left out where sections or fields were asked for.
  private func putHead(_ line: String, at range: Range<UInt64>) throws(VMStateError) {
    guard options.isComplete else { return }
    try text.line("\(line) at \(range.lowerBound)")
  }

  private func put(
    _ record: ConfigurationRecord, _ range: Range<UInt64>
  ) throws(VMStateError) {
    guard options.isComplete else { return }
    try putHead("configuration, \(range.count) bytes", at: range)
    try text.line("    machine type = " + PrintableText.escaped(record.machineTypeText))
    for part in record.parts {
      switch part.body {
      case .pageBits(let bits): try text.line("    target page bits = \(bits)")
      case .uuid(let uuid): try text.line("    uuid = \(uuid)")
      case .capabilities(let names):
        let list = names.map { PrintableText.escaped(String(decoding: $0, as: UTF8.self)) }
        try text.line("    capabilities = " + list.joined(separator: ", "))
      }
    }
  }

  private func begin(_ header: SectionHeader, _ range: Range<UInt64>) throws(VMStateError) {
    self.header = header
    isShown = options.shows(section: header)
    guard isShown, options.fields.isEmpty else { return }
    result.sections += 1
    let version = header.isWhole ? ", version \(header.version)" : ""
    try text.line(
      "\(PrintableText.escaped(header.idstr)) (instance \(header.instance)\(version), "
        + "\(header.kind.title), section \(header.sectionID)) at \(range.lowerBound)")
  }

  private func put(
    _ command: WalkedCommand, _ range: Range<UInt64>
  ) throws(VMStateError) {
    guard options.isComplete else { return }
    let name = command.command?.name ?? "unknown command \(command.number)"
    try putHead("command \(name), \(command.payload.count) bytes", at: range)
    for line in HexDump.lines(command.payload) { try text.line("    " + line) }
  }

  // MARK: Fields

  private func put(
    _ body: DescribedBodyPiece, _ range: Range<UInt64>
  ) throws(VMStateError) {
    guard let header, isShown else { return }
    if body.origin != .stream, options.fields.isEmpty {
      try text.line("    (layout: \(body.origin.rawValue))")
    }
    try putFields(body, header, at: range.lowerBound)
  }

  private func putFields(
    _ body: DescribedBodyPiece, _ header: SectionHeader, at offset: UInt64
  ) throws(VMStateError) {
    let section = SectionLabel.text(header.idstr, header.instance)
    try FieldTree.visit(body, section: section, at: offset) {
      [self] entry throws(VMStateError) in
      if options.shows(field: entry.path, in: section) { try put(entry) }
      return true
    }
  }

  private func put(_ entry: FieldEntry) throws(VMStateError) {
    result.fields += 1
    for line in FieldText.lines(entry, isAlone: !options.fields.isEmpty) {
      try text.line(line)
    }
    for line in options.decode?(entry) ?? [] {
      try text.line(FieldText.indent(entry, isAlone: !options.fields.isEmpty) + line)
    }
  }

  // MARK: RAM

  static var takesPageRuns: Bool { true }

  func visit(_ run: RAMPageRun, _ range: Range<UInt64>) throws(VMStateError) {
    try putOpaque()
    if isShown, options.fields.isEmpty { memory.add(run) }
  }

  private func put(_ record: RAMPiece, _ range: Range<UInt64>) throws(VMStateError) {
    guard isShown, options.fields.isEmpty else { return }
    for line in memory.add(record) { try text.line("    " + PrintableText.escaped(line)) }
  }

  /// A record of another live section or of a channel. Disks' and pages' bytes are not shown.
  private func put(_ record: HandlerRecord, _ range: Range<UInt64>) throws(VMStateError) {
    let isInChannel = header == nil
    guard isInChannel ? options.isComplete : isShown && options.fields.isEmpty else { return }
    let line = "\(RecordText.handler(record)): \(RecordText.line(record))"
    try text.line(
      PrintableText.right("\(range.lowerBound)", 10) + "  " + PrintableText.escaped(line))
    if case .cpr(let state) = record {
      for line in state.lines { try text.line("    " + PrintableText.escaped(line)) }
    }
    switch record {
    case .block, .multifdPacket: showsPayload = false
    default: showsPayload = true
    }
  }

  // MARK: What is not understood

  private func add(
    _ bytes: UnsafeRawBufferPointer, _ reason: OpaqueReason?, _ offset: UInt64
  ) throws(VMStateError) {
    if let open = opaque, open.reason == reason, open.offset + open.count == offset {
      opaque?.count += UInt64(bytes.count)
    } else {
      try putOpaque()
      opaque = (reason, offset, UInt64(bytes.count), [])
    }
    let room = options.opaqueBytes - (opaque?.shown.count ?? 0)
    if room > 0 { opaque?.shown += bytes.prefix(room) }
  }

  private func putOpaque() throws(VMStateError) {
    guard let run = opaque else { return }
    opaque = nil
    guard options.fields.isEmpty, header == nil ? options.isComplete : isShown else { return }
    let title = run.reason?.title ?? "of the record"
    try text.line("    \(run.count) bytes at \(run.offset), \(title)")
    for line in HexDump.lines(run.shown, base: run.offset) { try text.line("    " + line) }
    let left = run.count - UInt64(run.shown.count)
    if left > 0 { try text.line("    … \(left) more bytes") }
  }

  private func put(
    _ problem: StreamProblem, _ range: Range<UInt64>
  ) throws(VMStateError) {
    if result.error == nil { result.error = problem.error }
    if let partial = problem.partial, let header, isShown {
      try text.line("    fields before the problem:")
      try putFields(partial, header, at: range.lowerBound)
    }
    try text.line("problem: " + PrintableText.escaped("\(problem.error)"))
    if let offset = problem.resumes {
      try text.line("    goes on at \(offset), where a footer stands (a guess)")
    }
  }
}

extension SectionKind {
  /// The name in capitals, as in QEMU's sources.
  var title: String {
    switch self {
    case .start: "START"
    case .part: "PART"
    case .end: "END"
    default: "FULL"
    }
  }
}

extension OpaqueReason {
  /// The reason in words.
  public var title: String {
    switch self {
    case .undescribed: "which nothing describes"
    case .broken: "the rest of a section that could not be read"
    case .unread: "which could not be read"
    case .trailing: "behind the end of the stream"
    case .unclaimed: "which no bitmap claims"
    }
  }
}
