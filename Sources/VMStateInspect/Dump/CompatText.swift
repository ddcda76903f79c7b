import VMState

/// What QEMU's stream analyzer prints, character for character.
///
/// QEMU: scripts/analyze-migration.py with `-d state` and `-d desc`. Where the analyzer fails
/// and prints nothing (deltas, commands, mapped-ram) this goes on as long as the state can be
/// shown in the same form; what cannot is an error.
public enum CompatText {
  /// Prints all sections' states (`-d state`).
  ///
  /// - Throws: `badDescription` if there is no description, or a section that it does not
  ///   hold; the stream's first problem; the channels' errors. Some text may have been written.
  public static func state(
    _ channel: any ByteChannel, walk: WalkOptions = WalkOptions(), to output: any TextOutput
  ) throws(VMStateError) {
    let found = try DescriptionLocator.find(in: channel, limits: walk.limits)
    guard let found else { throw missing }
    var dumper = CompatDumper(output)
    try StreamWalk.walk(channel, description: found.description, walk, visitor: &dumper)
    try dumper.finish()
  }

  /// Prints the JSON description (`-d desc`).
  ///
  /// - Throws: `badDescription` if there is none; the channels' errors.
  public static func description(
    _ channel: any ByteChannel, walk: WalkOptions = WalkOptions(), to output: any TextOutput
  ) throws(VMStateError) {
    guard let found = try DescriptionLocator.find(in: channel, limits: walk.limits) else {
      throw missing
    }
    var bytes = [UInt8](repeating: 0, count: found.range.count - 5)
    _ = try channel.readFully(into: &bytes, at: found.range.lowerBound + 5)
    let value = try JSONValue.parse(bytes, limits: walk.limits)
    var text = TextBuffer(output)
    try text.put(PythonJSON.bytes(PythonJSON.merged(value), level: 0))
    try text.line("")
    try text.flush()
  }

  private static var missing: VMStateError {
    VMStateError(.badDescription, "the stream has no JSON description", expected: "one at its end")
  }
}

/// Prints the sections one by one.
final class CompatDumper: PieceVisitor {
  // Live sections that the analyzer knows and shows as an empty string.
  private static let emptySections: Set<String> = ["s390-storage_attributes", "spapr/htab"]

  private var text: TextBuffer
  private var header: SectionHeader?
  private var isFirst = true
  // The sizes of the `ram` section's blocks.
  private var blocks: [JSONValue.Member] = []

  init(_ output: any TextOutput) { text = TextBuffer(output) }

  // Pages are not shown.
  static var takesPageRuns: Bool { true }

  func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    switch piece {
    case .sectionHeader(let header): try begin(header)
    case .fields(let body):
      if let header { try put(header, try CompatState.value(body.table, body.state)) }
    case .ram(.setup(let setup, _)): add(setup.entries)
    case .ram(.mappedBlock(let block)): add([block.entry])
    case .bytes(_, .undescribed), .record: try checkKnown(range)
    case .footer, .command, .endOfFile: try putMemory()
    case .problem(let problem): throw problem.error
    default: break
    }
  }

  func finish() throws(VMStateError) {
    try text.put(isFirst ? "{}\n" : "\n}\n")
    try text.flush()
  }

  private func begin(_ header: SectionHeader) throws(VMStateError) {
    try putMemory()
    self.header = header
    if header.isWhole, Self.emptySections.contains(header.idstr) {
      try put(header, .string(""))
    }
  }

  private func checkKnown(_ range: Range<UInt64>) throws(VMStateError) {
    guard let header, !Self.emptySections.contains(header.idstr) else { return }
    throw VMStateError(
      .badDescription, "the description does not hold this section; the analyzer stops here",
      offset: range.lowerBound)
  }

  // MARK: RAM

  private func add(_ entries: [RAMSetupRecord.Entry]) {
    for entry in entries {
      let size = JSONValue.string(LeafText.hex(entry.length, 8))
      blocks.append(JSONValue.Member(key: entry.idstr, value: size))
    }
  }

  /// The `ram` section's list, when its START section has ended.
  private func putMemory() throws(VMStateError) {
    defer { header = nil }
    guard let header, header.kind == .start, header.idstr == "ram" else { return }
    try put(
      header,
      .object([JSONValue.Member(key: "section sizes", value: PythonJSON.merged(.object(blocks)))]))
    blocks = []
  }

  // MARK: Text

  private func put(_ header: SectionHeader, _ value: JSONValue) throws(VMStateError) {
    try text.put(isFirst ? "{\n    " : ",\n    ")
    isFirst = false
    var line = PythonJSON.quoted("\(header.idstr) (\(header.sectionID))")
    line.append(contentsOf: ": ".utf8)
    line.append(contentsOf: PythonJSON.bytes(value, level: 1))
    try text.put(line)
  }
}
