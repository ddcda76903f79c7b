import VMState

/// A block as a picture of its pages, for a terminal.
public enum BlockPicture {
  /// What the characters mean, in one line.
  public static let legend =
    "· never sent   ░ zeros   ▒ some content   ▓ mostly content   █ content   "
    + "z compressed   x patched by XBZRLE"

  /// The picture's lines: a title, then rows of cells, each with its first address.
  ///
  /// - Parameters:
  ///   - width: Cells in a row, at least 1.
  ///   - rows: Most rows; a cell stands for as many pages as that takes.
  public static func lines(
    _ index: MemoryIndex, block: Int, width: Int = 64, rows: Int = 32
  ) -> [String] {
    guard index.blocks.indices.contains(block) else { return [] }
    let shape = index.blocks[block]
    let grid = PageGrid(index, block: block, cells: max(1, width) * max(1, rows))
    let counts = index.count(block: block)
    let content = counts.filter { $0.key != .absent && $0.key != .zero }.values.reduce(0, +)
    var lines = [
      "\(PrintableText.escaped(shape.idstr))  \(PrintableText.bytes(shape.length)), "
        + "\(shape.pages) pages: \(content) with content, \(counts[.zero] ?? 0) zero, "
        + "\(counts[.absent] ?? 0) never sent; a cell is \(grid.pagesPerCell) "
        + (grid.pagesPerCell == 1 ? "page" : "pages")
    ]
    for first in stride(from: 0, to: grid.cells.count, by: max(1, width)) {
      let cells = grid.cells[first..<min(grid.cells.count, first + max(1, width))]
      let address = UInt64(first) * UInt64(grid.pagesPerCell) * UInt64(shape.pageSize)
      let digits = String(address, radix: 16)
      let padding = String(repeating: "0", count: max(0, 10 - digits.count))
      lines.append("  " + padding + digits + "  " + cells.map { String(sign($0)) }.joined())
    }
    return lines
  }

  private static func sign(_ cell: PageGrid.Cell) -> Character {
    if cell.content == 0 { return cell.zero > 0 ? "░" : "·" }
    if cell.patched == cell.content { return "x" }
    if cell.compressed == cell.content { return "z" }
    let total = cell.content + cell.zero + cell.absent
    if cell.content == total { return "█" }
    return cell.content * 2 >= total ? "▓" : "▒"
  }
}

/// The pages of a block counted in cells of equal size.
struct PageGrid {
  /// Counts of one cell.
  struct Cell {
    var absent = 0
    var zero = 0
    /// All pages with bytes, those below included.
    var content = 0
    var compressed = 0
    var patched = 0
  }

  /// Pages of a cell; the last one may have fewer.
  let pagesPerCell: Int
  private(set) var cells: [Cell]

  /// - Parameter cells: Most cells.
  init(_ index: MemoryIndex, block: Int, cells limit: Int) {
    let table = index.tables[block]
    pagesPerCell = max(1, (table.count + limit - 1) / limit)
    let count = (table.count + pagesPerCell - 1) / pagesPerCell
    cells = (0..<count).map { [pagesPerCell] cell in
      Cell(absent: min(pagesPerCell, table.count - cell * pagesPerCell))
    }
    var page = table.next(from: 0)
    while page < table.count {
      let entry = PageEntry(rawValue: table[page])
      if entry.kind != .absent { cells[page / pagesPerCell].add(entry.kind) }
      page = table.next(from: page + 1)
    }
  }
}

extension PageGrid.Cell {
  fileprivate mutating func add(_ kind: PageEntry.Kind) {
    absent -= 1
    switch kind {
    case .zero: zero += 1
    case .compressed:
      content += 1
      compressed += 1
    case .patched:
      content += 1
      patched += 1
    default: content += 1
    }
  }
}
