import VMState

/// A part of the body of a `ram` section, or of a channel that carries page records.
public enum RAMPiece {
  /// The block list of a stream that carries its pages in records.
  case setup(RAMSetupRecord, TargetPageSize)
  /// The word before the blocks of a mapped-ram file.
  case mappedSetup(RAMRecordWord)
  /// A block of a mapped-ram file: list entry, header and bitmap. Its pages follow as pieces;
  /// then the stream goes on behind them.
  case mappedBlock(MappedBlock)
  /// Pages of a mapped-ram file that lie side by side and whose bits are set.
  case mappedPages(MappedPages)
  /// A page record.
  case page(RAMPagePiece)
  /// A record without content: the end of the section, a multifd flush.
  case mark(RAMRecordWord)
}

/// A page record; the payload is valid for the time of the call.
public struct RAMPagePiece {
  /// Offset and flags.
  public var word: RAMRecordWord
  /// Index of the block in the block list.
  public var block: Int
  /// What follows word and name: the zero byte, the page, the delta with its header, the
  /// compressed bytes with their length.
  public var payload: UnsafeRawBufferPointer

  /// The page's offset in its block.
  @inlinable public var offset: UInt64 { word.offset }
  /// The record names its block, in place of `CONTINUE`.
  @inlinable public var namesBlock: Bool { !word.flags.contains(.continue) }
}

/// A block of a mapped-ram file.
public struct MappedBlock: Sendable {
  /// Index in the block list.
  public var index: Int
  /// Name and length.
  public var entry: RAMSetupRecord.Entry
  /// Version in the header, 1.
  public var version: UInt32
  /// Page size in the header.
  public var pageSize: UInt64
  /// Where the bitmap stands in the file.
  public var bitmapOffset: UInt64
  /// Where page 0 would stand in the file.
  public var pagesOffset: UInt64
  /// The bitmap's bytes as in the file: bit `k & 7` of byte `k >> 3` for page `k`, if the
  /// saving host was little-endian.
  public var bitmap: [UInt8]
}

/// Pages of a mapped-ram file; the bytes are valid for the time of the call.
public struct MappedPages {
  /// Index of the block.
  public var block: Int
  /// Offset of the first page in its block.
  public var offset: UInt64
  /// Where it stands in the file.
  public var position: UInt64
  /// The content.
  public var bytes: UnsafeRawBufferPointer
}
