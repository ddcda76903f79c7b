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
}
