import VMState

/// A stream as JSON that loses nothing: `Assembler` makes the same bytes of it again.
///
/// One object with a format name, a schema number and an array of pieces, one piece on a line
/// in the order of the stream. Offsets are for the reader; the assembler goes by the order.
/// Every described field has name, type, size, offset and value; a value may be edited.
public enum DumpJSON {
  /// The number of this form; a reader refuses any other.
  public static let schema = 1
  /// What the member `format` says.
  public static let format = "vmstate-dump"

  /// What a dump came to.
  public struct Result: Sendable {
    /// The first thing that is wrong with the stream.
    public var error: VMStateError?
    /// Bytes that nothing describes.
    public var opaqueBytes: UInt64 = 0
    /// Bytes of the stream.
    public var length: UInt64 = 0
  }

  /// Dumps a stream.
  ///
  /// - Parameters:
  ///   - files: Where pages go; without it they stand in the text.
  /// - Throws: The channel's, the output's and the files' errors; what is wrong with the stream
  ///   is in the text and in the result.
  public static func dump(
    _ channel: any ByteChannel, walk: WalkOptions = WalkOptions(), files: PageFiles? = nil,
    to output: any TextOutput
  ) throws(VMStateError) -> Result {
    var dumper = JSONDumper(output, files)
    try dumper.begin()
    try StreamWalk.walk(channel, walk, visitor: &dumper)
    try dumper.finish()
    return dumper.result
  }
}

/// Writes the pieces as JSON.
final class JSONDumper: PieceVisitor {
  private var output: TextBuffer
  private var isFirst = true
  // Behind the piece before; another place needs a jump.
  private var expected: UInt64 = 0
  private var text = DescriptionText()
  var pages: JSONPages
  var result = DumpJSON.Result()

  init(_ output: any TextOutput, _ files: PageFiles?) {
    self.output = TextBuffer(output)
    pages = JSONPages(files)
  }

  func begin() throws(VMStateError) {
    try output.put(
      "{\"format\": \"\(DumpJSON.format)\", \"schema\": \(DumpJSON.schema), \"pieces\": [")
  }

  func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    if case .ram(.page(let page)) = piece {
      try jump(to: range)
      if let done = try pages.add(page, range) { try putLine(done) }
      expected = range.upperBound
      return
    }
    try putPages()
    try jump(to: range)
    text.beginObject()
    try put(piece, range)
    text.endObject()
    try endLine()
    if !range.isEmpty { expected = range.upperBound }
    result.length = max(result.length, range.upperBound)
  }

  func finish() throws(VMStateError) {
    try putPages()
    try output.put("\n]}\n")
    try output.flush()
    try pages.finish()
  }

  // MARK: Lines

  private func endLine() throws(VMStateError) {
    try putLine(text.bytes)
    text.removeAll()
  }

  private func putLine(_ line: [UInt8]) throws(VMStateError) {
    try output.put(isFirst ? "\n" : ",\n")
    isFirst = false
    try output.put(line)
  }

  private func putPages() throws(VMStateError) {
    if let done = pages.take() { try putLine(done) }
  }

  /// A piece that stands elsewhere than behind the one before (mapped-ram).
  private func jump(to range: Range<UInt64>) throws(VMStateError) {
    guard !range.isEmpty, range.lowerBound != expected else { return }
    try putPages()
    text.beginObject()
    text.put("piece", "seek")
    text.put("to", range.lowerBound)
    text.endObject()
    try endLine()
  }

  // MARK: Pieces

  private func put(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    switch piece {
    case .fileHeader(let version):
      head("file", range)
      text.put("version", UInt64(version))
    case .configuration(let record):
      head("configuration", range)
      text.put(record)
    case .sectionHeader(let header):
      head("section", range)
      text.put(header)
    case .fields(let body):
      head("fields", range)
      text.put(rendered: "\"length\": \(range.count)".utf8)
      text.put("layout", body.origin.rawValue)
      try text.put(body.table, body.state, at: range.lowerBound)
    case .ram(let record): try put(record, range)
    case .record(let record):
      head("record", range)
      text.put("handler", RecordText.handler(record))
      text.put("shows", RecordText.line(record))
      text.put("hex", HexText.text(try record.wireBytes()))
    case .payload(let bytes):
      head("payload", range)
      try pages.put(payload: bytes, to: &text)
    case .bytes(let bytes, let reason): put(bytes, reason, range)
    case .footer(let id):
      head("footer", range)
      text.put("id", UInt64(id))
    case .command(let command):
      head("command", range)
      text.put("number", UInt64(command.number))
      if let name = command.command?.name { text.put("name", name) }
      text.put("payload", HexText.text(command.payload))
    case .packageEnd: head("package end", range)
    case .endOfFile: head("end", range)
    case .description(let description):
      head("description", range)
      text.put(description: description)
    case .problem(let problem): try put(problem, range)
    }
  }

  private func head(_ piece: String, _ range: Range<UInt64>) {
    text.put("piece", piece)
    text.put("offset", range.lowerBound)
  }

  private func put(
    _ bytes: UnsafeRawBufferPointer, _ reason: OpaqueReason, _ range: Range<UInt64>
  ) {
    result.opaqueBytes += UInt64(bytes.count)
    head("bytes", range)
    text.put("reason", reason.name)
    text.put(hex: bytes)
  }

  private func put(_ problem: StreamProblem, _ range: Range<UInt64>) throws(VMStateError) {
    if result.error == nil { result.error = problem.error }
    head("problem", range)
    text.put(problem.error)
    if let offset = problem.resumes { text.put("resumes", offset) }
    guard let partial = problem.partial else { return }
    text.beginObject("before")
    try text.put(partial.table, partial.state, at: range.lowerBound)
    text.endObject()
  }

  // MARK: RAM

  private func put(_ record: RAMPiece, _ range: Range<UInt64>) throws(VMStateError) {
    switch record {
    case .setup(let setup, let pageSize):
      pages.begin(setup.entries.map(\.name), pageSize)
      head("ram blocks", range)
      text.put(setup, pageSize)
    case .mappedSetup(let word):
      pages.begin([], word.pageSize)
      head("mapped ram", range)
      text.put("word", word.rawValue)
    case .mappedBlock(let block):
      pages.append(block.entry.name)
      head("mapped block", range)
      text.put(block)
    case .mappedPages(let run):
      head("mapped pages", range)
      try pages.put(run, to: &text)
    case .mark(let word):
      head("ram mark", range)
      text.put("kind", word.kind == .endOfSection ? "end" : "multifd flush")
      text.put("word", word.rawValue)
    case .page: break
    }
  }
}

extension OpaqueReason {
  /// A word for programs.
  var name: String {
    switch self {
    case .undescribed: "undescribed"
    case .broken: "broken"
    case .unread: "unread"
    case .trailing: "trailing"
    case .unclaimed: "unclaimed"
    }
  }
}
