import VMState

/// Takes the pieces of a stream, one after another.
public protocol PieceVisitor {
  /// Takes a piece.
  ///
  /// - Parameters:
  ///   - piece: Pointers in it are valid for the time of the call.
  ///   - range: Where it stands, counted from the stream's first byte; empty for problems.
  /// - Throws: What ends the walk.
  mutating func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError)

  /// True if most page records may come as runs, without their content, in place of pieces of
  /// their own: a walk of many gigabytes of zero pages is some times faster. False by default.
  static var takesPageRuns: Bool { get }

  /// Takes a run of page records.
  ///
  /// - Parameter range: Where the records stand, counted from the stream's first byte.
  /// - Throws: What ends the walk.
  mutating func visit(_ run: RAMPageRun, _ range: Range<UInt64>) throws(VMStateError)
}

extension PieceVisitor {
  /// Every page is a piece.
  public static var takesPageRuns: Bool { false }
  /// Nothing.
  public mutating func visit(_ run: RAMPageRun, _ range: Range<UInt64>) {}
}
