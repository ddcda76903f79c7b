import VMState

/// How many pages of which block each `ram` section carried: what a heat map shows.
///
/// A row is a section, or several neighbouring ones of a long migration; a column is a part of
/// a block. Memory is bounded: rows are joined when there are too many.
public struct PageHistory: Sendable {
  /// Most rows.
  static let rows = 64
  /// Columns of each block.
  static let columns = 128
  /// Blocks that are followed; the others are counted only.
  static let blocks = 16

  /// One followed block.
  public struct Block: Sendable {
    /// The name.
    public var idstr: String
    /// Length in bytes.
    public var length: UInt64
    /// Page records by row and column.
    public internal(set) var counts: [[UInt32]] = []
  }

  /// The followed blocks: the first of the list, which are the largest.
  public private(set) var followed: [Block] = []
  /// Sections that a row stands for.
  public private(set) var sectionsPerRow = 1
  /// `ram` sections so far.
  public private(set) var sections = 0
  private var row = 0

  @inline(__always)
  mutating func take(_ record: RAMPiece) {
    switch record {
    case .page(let page):
      guard page.block < followed.count else { return }
      count(page.block, page.offset)
    case .setup(let setup, _):
      followed = setup.entries.prefix(Self.blocks).map { Block(idstr: $0.idstr, length: $0.length) }
    case .mappedSetup: followed = []
    case .mappedBlock(let block):
      guard followed.count < Self.blocks else { return }
      followed.append(Block(idstr: block.entry.idstr, length: block.entry.length))
    case .mappedPages(let pages):
      guard pages.block < followed.count else { return }
      for offset in stride(from: 0, to: UInt64(pages.bytes.count), by: 4096) {
        count(pages.block, pages.offset + offset)
      }
    case .mark(let word): if word.kind == .endOfSection { endSection() }
    }
  }

  @inline(__always)
  private mutating func count(_ block: Int, _ offset: UInt64) {
    if followed[block].counts.count <= row { grow(block) }
    let length = max(1, followed[block].length)
    let part = offset.multipliedReportingOverflow(by: UInt64(Self.columns))
    let column = part.overflow ? 0 : min(Self.columns - 1, Int(part.partialValue / length))
    followed[block].counts[row][column] &+= 1
  }

  private mutating func grow(_ block: Int) {
    while followed[block].counts.count <= row {
      followed[block].counts.append([UInt32](repeating: 0, count: Self.columns))
    }
  }

  private mutating func endSection() {
    sections += 1
    row = sections / sectionsPerRow
    guard row >= Self.rows else { return }
    sectionsPerRow *= 2
    row = sections / sectionsPerRow
    for block in followed.indices { followed[block].joinRows() }
  }
}

extension PageHistory.Block {
  /// Makes one row of each two.
  fileprivate mutating func joinRows() {
    counts = stride(from: 0, to: counts.count, by: 2).map { first in
      guard first + 1 < counts.count else { return counts[first] }
      return zip(counts[first], counts[first + 1]).map { $0 &+ $1 }
    }
  }
}
