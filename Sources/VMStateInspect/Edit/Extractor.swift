import VMState

/// Takes the raw bytes of a section or of a field out of a stream.
public enum Extractor {
  /// Writes the body of a section, without header and footer; of a live section the bodies of
  /// all its parts one after another; or the bytes of one field.
  ///
  /// - Parameters:
  ///   - section: A name or pattern that one section fits; `name#3` asks for an instance.
  ///   - field: A path in the section, with or without the section's name in front.
  ///   - target: Takes the bytes; it is not closed.
  /// - Returns: The number of bytes.
  /// - Throws: `unknownSection` if none fits or several do; `badDescription` for a field that
  ///   is not there; `unsupported` for a mapped-ram file's RAM; the channels' errors.
  public static func extract(
    _ channel: any ByteChannel, section: GlobPattern, field: String? = nil,
    walk: WalkOptions = WalkOptions(), to target: any ByteChannel
  ) throws(VMStateError) -> UInt64 {
    var visitor = ExtractVisitor(section, field, target)
    let isFound = try StreamWalk.walkIndexed(
      channel, walk, onlyFull: false, visitor: &visitor,
      wanted: { section.matches(section: $0, instance: $1) })
    if !isFound { try StreamWalk.walk(channel, walk, visitor: &visitor) }
    return try visitor.finish()
  }
}

/// Writes what belongs to the section.
private final class ExtractVisitor: PieceVisitor {
  private let section: GlobPattern
  private let field: String?
  private let target: any ByteChannel
  private var encoder: PieceEncoder
  // The section that was found, and whether the walk is inside it.
  private var found: SectionHeader?
  private var isInside = false
  private var count: UInt64 = 0
  private var problem: VMStateError?

  init(_ section: GlobPattern, _ field: String?, _ target: any ByteChannel) {
    self.section = section
    self.field = field
    self.target = target
    encoder = PieceEncoder(target)
  }

  func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    switch piece {
    case .sectionHeader(let header): try enter(header)
    case .footer, .command, .endOfFile: isInside = false
    case .problem(let problem): if isInside { self.problem = problem.error }
    case .ram(.mappedSetup) where isInside:
      throw VMStateError(
        .unsupported, "the pages of a mapped-ram file stand apart from the section")
    case .ram(.setup):
      // The names of the blocks are needed for the records to come.
      try put(piece)
    default: if isInside { try put(piece) }
    }
  }

  private func enter(_ header: SectionHeader) throws(VMStateError) {
    isInside = section.matches(section: header.idstr, instance: header.instance)
    guard isInside else { return }
    if let found, found.sectionID != header.sectionID || header.isWhole {
      throw VMStateError(
        .unknownSection, "more than one section fits", expected: "one section",
        found: "\(SectionLabel.text(found.idstr, found.instance)) and "
          + SectionLabel.text(header.idstr, header.instance))
    }
    found = header
  }

  private func put(_ piece: StreamPiece) throws(VMStateError) {
    guard isInside else { return }
    if case .fields(let body) = piece, let field, let found {
      return try put(field, of: body, SectionLabel.text(found.idstr, found.instance))
    }
    guard field == nil else { return }
    let first = encoder.position
    try encoder.put(piece, first..<first + 1)
    count += encoder.position - first
  }

  private func put(
    _ field: String, of body: DescribedBodyPiece, _ section: String
  ) throws(VMStateError) {
    let inner = try FieldPlace.find("\(section)/\(field)", in: body, section: section)
    let whole = try FieldPlace.find(field, in: body, section: section)
    guard let place = (inner + whole).first else { return }
    let bytes = try body.wireBytes()[place.offset..<place.offset + place.length]
    try Array(bytes).visit { raw throws(VMStateError) in try self.target.writeFully(raw) }
    count += UInt64(bytes.count)
    self.foundField = true
  }

  private var foundField = false

  func finish() throws(VMStateError) -> UInt64 {
    try encoder.finish()
    guard let found else {
      throw problem
        ?? VMStateError(
          .unknownSection, "no section fits", expected: section.text, found: "none")
    }
    if let field, !foundField {
      throw problem
        ?? VMStateError(
          .badDescription, "the section has no such field, or nothing describes it",
          expected: field, found: "none"
        ).within(found.idstr)
    }
    if let problem { throw problem }
    return count
  }
}
