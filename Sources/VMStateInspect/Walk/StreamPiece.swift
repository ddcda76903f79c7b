import VMState

/// One piece of a stream. The pieces of a walk follow each other without a gap and lose
/// nothing: written one after another they are the stream again.
public enum StreamPiece {
  /// Magic and version at the very start: `51 45 56 4d`, be32 version.
  case fileHeader(version: UInt32)
  /// The configuration section, its type byte included.
  case configuration(ConfigurationRecord)
  /// What stands before a section's body.
  case sectionHeader(SectionHeader)
  /// The body of a section that something describes.
  case fields(DescribedBodyPiece)
  /// A part of the body of a `ram` section.
  case ram(RAMPiece)
  /// A record of another live section, or of a multifd channel.
  case record(HandlerRecord)
  /// What follows a record; valid for the time of the call. Long ones come in parts.
  case payload(UnsafeRawBufferPointer)
  /// Bytes that nothing describes; valid for the time of the call. Long runs come in parts.
  case bytes(UnsafeRawBufferPointer, OpaqueReason)
  /// A section's footer: `7e`, be32 section id.
  case footer(sectionID: UInt32)
  /// A command with its payload. After a package's command its content comes as pieces.
  case command(WalkedCommand)
  /// The end of the package that a command announced.
  case packageEnd
  /// The byte `00` that ends the sections.
  case endOfFile
  /// The JSON description, from its type byte on; the text as it stands.
  case description([UInt8])
  /// Something is wrong here. No bytes of the stream.
  case problem(StreamProblem)
}

/// What stands before a section's body.
///
/// Wire: type byte, be32 section id; for START and FULL a counted idstr, be32 instance id,
/// be32 version.
public struct SectionHeader: Sendable, Hashable {
  /// START, PART, END or FULL.
  public var kind: SectionKind
  /// The id, unique in the stream.
  public var sectionID: UInt32
  /// The idstr's bytes; of the START section for PART and END.
  public var name: [UInt8]
  /// The instance id.
  public var instance: UInt32
  /// The version.
  public var version: UInt32

  /// The idstr as text.
  public var idstr: String { String(decoding: name, as: UTF8.self) }

  /// True for the kinds whose header holds name, instance and version.
  public var isWhole: Bool { kind == .start || kind == .full }

  /// Writes the header.
  public func encode(to writer: inout StreamWriter) {
    writer.put(kind.rawValue)
    writer.put(sectionID)
    guard isWhole else { return }
    writer.put(UInt8(truncatingIfNeeded: name.count))
    writer.put(bytes: name)
    writer.put(instance)
    writer.put(version)
  }
}

/// A described body.
public struct DescribedBodyPiece: Sendable {
  /// Where a layout came from.
  public enum Origin: String, Sendable {
    /// The stream's own JSON description.
    case stream
    /// The description of another stream.
    case learned
    /// The tables that the library knows.
    case builtIn = "built-in"
  }

  /// The layout.
  public var table: DescribedTable
  /// The content.
  public var state: DescribedState
  /// Where the layout came from.
  public var origin: Origin

  /// A body.
  public init(table: DescribedTable, state: DescribedState, origin: Origin) {
    self.table = table
    self.state = state
    self.origin = origin
  }
}

/// Why bytes come without a meaning.
public enum OpaqueReason: Sendable, Hashable {
  /// Nothing describes the section; its end was found by its footer.
  case undescribed
  /// The section could not be read to its end; the end was found by its footer, a guess.
  case broken
  /// After a problem with no way to go on.
  case unread
  /// Behind the end of the stream.
  case trailing
  /// Content of a mapped-ram file that no bitmap claims: stale pages, gaps that are not zero.
  case unclaimed

  /// False for what lies behind the last byte that was understood.
  var isInStream: Bool { self != .unread && self != .trailing }
}

/// Something wrong in a stream.
public struct StreamProblem: Sendable {
  /// What is wrong, with offset and path.
  public var error: VMStateError
  /// The fields of the section that were read before it, if any.
  public var partial: DescribedBodyPiece?
  /// Where the walk goes on by a guess; nil if it ends here.
  public var resumes: UInt64?
  /// The bytes around it, of a stream that cannot be read again.
  public var surroundings: Surroundings?
}
