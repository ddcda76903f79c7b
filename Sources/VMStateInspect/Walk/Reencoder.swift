import VMState

/// Decodes a stream down to its fields, pages and records, and writes it again.
public enum Reencoder {
  /// What a stream came to.
  public struct Result: Sendable {
    /// Bytes written that nothing describes, in runs by section.
    public var opaque: [OpaqueRun] = []
    /// Everything that is wrong with the stream.
    public var problems: [StreamProblem] = []
    /// Bytes of the stream.
    public var length: UInt64 = 0

    /// Bytes that nothing describes.
    public var opaqueBytes: UInt64 { opaque.reduce(0) { $0 + $1.count } }
  }

  /// A run of bytes that nothing describes.
  public struct OpaqueRun: Sendable, Hashable {
    /// The section; empty between sections.
    public var idstr: String
    /// Why.
    public var reason: OpaqueReason
    /// Where it begins.
    public var offset: UInt64
    /// Its bytes.
    public var count: UInt64
  }

  /// Writes a stream again.
  ///
  /// - Parameters:
  ///   - source: The stream.
  ///   - target: Takes the bytes; needs positions for a mapped-ram file.
  /// - Throws: The channels' errors.
  public static func reencode(
    _ source: any ByteChannel, to target: any ByteChannel, _ options: WalkOptions = WalkOptions()
  ) throws(VMStateError) -> Result {
    let visitor = Visitor(target)
    var shared = Sharing(visitor)
    try StreamWalk.walk(source, options, visitor: &shared)
    try visitor.finish()
    return visitor.result
  }

  /// The pieces go to one object, which owns the encoder.
  private struct Sharing: PieceVisitor {
    let visitor: Visitor
    init(_ visitor: Visitor) { self.visitor = visitor }
    mutating func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
      try visitor.visit(piece, range)
    }
  }

  private final class Visitor {
    private var encoder: PieceEncoder
    private var section = ""
    var result = Result()

    init(_ target: any ByteChannel) { encoder = PieceEncoder(target) }

    func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
      try encoder.put(piece, range)
      result.length = max(result.length, range.upperBound)
      switch piece {
      case .sectionHeader(let header): section = header.idstr
      case .footer, .command, .endOfFile: section = ""
      case .bytes(_, let reason): note(reason, range)
      case .problem(let problem): result.problems.append(problem)
      default: break
      }
    }

    private func note(_ reason: OpaqueReason, _ range: Range<UInt64>) {
      if let last = result.opaque.last, last.reason == reason, last.idstr == section,
        last.offset + last.count == range.lowerBound
      {
        result.opaque[result.opaque.count - 1].count += UInt64(range.count)
      } else {
        result.opaque.append(
          OpaqueRun(
            idstr: section, reason: reason, offset: range.lowerBound, count: UInt64(range.count)))
      }
    }

    func finish() throws(VMStateError) { try encoder.finish() }
  }
}
