import VMState

extension ByteChannel {
  /// Where the next byte that is not in a hole may lie, at or behind a position; nil if only a
  /// hole follows.
  func dataPosition(from position: UInt64) throws(VMStateError) -> UInt64? { position }
}
