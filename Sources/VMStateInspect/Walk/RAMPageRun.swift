import VMState

/// Page records of one kind that lie one behind the other, each for the page after the last
/// one's: whole pages, or pages of one byte throughout.
///
/// What a visitor gets that counts pages and does not look into them; see
/// `PieceVisitor.takesPageRuns`.
public struct RAMPageRun: Sendable {
  /// Offset and flags of the first record.
  public var word: RAMRecordWord
  /// Index of the block in the block list.
  public var block: Int
  /// Number of records, at least 1.
  public var count: Int

  /// `page` or `zero`.
  @inlinable public var kind: RAMRecordFlags { word.kind }
  /// Number of the first page in its block.
  @inlinable public var firstPage: UInt64 { word.offset >> UInt64(word.pageSize.bits) }
}
