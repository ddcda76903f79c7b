import VMState

extension ReportPage {
  /// Cells in a row of a heat map.
  private static let columns = 128
  /// Most rows of a heat map.
  private static let rows = 40

  /// Every block as a picture of its pages at the end of the stream.
  mutating func putMemory() throws(VMStateError) {
    let memory = examination.memory
    guard !memory.blocks.isEmpty else { return }
    try text.put(
      """
      <section class="card" id="memory"><h2>Memory after the last byte</h2>
      <div class="legend" style="margin:0 0 16px"><span><i style="background:var(--absent)"></i>\
      never sent</span><span><i style="background:var(--zero)"></i>zeros</span>\
      <span><i style="background:linear-gradient(90deg,var(--low),var(--high))"></i>content, \
      few to all pages of a cell</span><span><i style="background:var(--patched)"></i>patched by \
      XBZRLE</span><span><i style="background:var(--packed)"></i>compressed</span></div>

      """)
    for index in memory.blocks.indices.prefix(limits.pictures) { try putBlock(index) }
    if memory.blocks.count > limits.pictures {
      try text.put(
        "<p class=\"note\">\(memory.blocks.count - limits.pictures) more blocks</p>\n")
    }
    try text.put("</section>\n")
  }

  private mutating func putBlock(_ index: Int) throws(VMStateError) {
    let memory = examination.memory
    let block = memory.blocks[index]
    let grid = PageGrid(memory, block: index, cells: Self.columns * Self.rows)
    let counts = memory.count(block: index)
    let zero = counts[.zero] ?? 0
    let absent = counts[.absent] ?? 0
    let cells = String(grid.cells.map(Self.sign))
    let step = grid.pagesPerCell * block.pageSize
    let title = HTMLText.escaped(block.idstr)
    try text.put(
      """
      <div class="block"><header><h3 class="mono">\(title)</h3>\
      <p>\(PrintableText.bytes(block.length)) · \
      \(HTMLText.grouped(block.pages - zero - absent)) pages with content, \
      \(HTMLText.grouped(zero)) zero, \(HTMLText.grouped(absent)) never sent · a cell is \
      \(PrintableText.bytes(UInt64(step)))</p></header>
      <canvas role="img" aria-label="Pages of \(title)" data-columns="\(Self.columns)" \
      data-step="\(step)" data-cells="\(cells)"></canvas>
      <div class="axis"><span>0x0</span><span>\(HTMLText.address(block.length))</span></div></div>

      """)
  }

  private static func sign(_ cell: PageGrid.Cell) -> Character {
    if cell.content == 0 { return cell.zero > 0 ? "z" : "a" }
    if cell.patched == cell.content { return "x" }
    if cell.compressed == cell.content { return "c" }
    let total = cell.content + cell.zero + cell.absent
    return digit(Double(cell.content) / Double(total))
  }

  /// 0 to 9 for a share of more than nothing.
  private static func digit(_ share: Double) -> Character {
    Character(String(min(9, max(0, Int((share * 10).rounded(.up)) - 1))))
  }

  /// The followed blocks by section: which part was sent when.
  mutating func putHistory() throws(VMStateError) {
    let history = examination.history
    let shown = history.followed.filter { $0.counts.count > 1 }
    guard !shown.isEmpty else { return }
    let rows =
      history.sectionsPerRow == 1
      ? "one <code>ram</code> section" : "\(history.sectionsPerRow) <code>ram</code> sections"
    try text.put(
      """
      <section class="card" id="history"><h2>Pages by iteration</h2>
      <p class="note">From top to bottom as they were sent; a row is \(rows). Left to right by \
      address. Darker: more page records.</p><div class="two">

      """)
    for block in shown { try putHistory(block) }
    try text.put("</div></section>\n")
  }

  private mutating func putHistory(_ block: PageHistory.Block) throws(VMStateError) {
    let most = block.counts.lazy.flatMap { $0 }.max() ?? 0
    guard most > 0 else { return }
    var cells = ""
    for count in block.counts.lazy.flatMap({ $0 }) {
      cells.append(count == 0 ? "a" : Self.level(count, most))
    }
    let records = block.counts.reduce(UInt64(0)) { sum, row in
      row.reduce(sum) { $0 + UInt64($1) }
    }
    let step = max(1, block.length / UInt64(PageHistory.columns))
    let title = HTMLText.escaped(block.idstr)
    try text.put(
      """
      <div class="block"><header><h3 class="mono">\(title)</h3>\
      <p>\(HTMLText.grouped(records)) page records in \(block.counts.count) rows</p></header>
      <canvas role="img" aria-label="Iterations of \(title)" \
      data-columns="\(PageHistory.columns)" data-rows="\(block.counts.count)" data-height="7" \
      data-step="\(step)" data-cells="\(cells)"></canvas>
      <div class="axis"><span>0x0</span><span>\(HTMLText.address(block.length))</span></div></div>

      """)
  }

  /// 0 to 9 by the number of binary digits.
  private static func level(_ count: UInt32, _ most: UInt32) -> Character {
    let bits = 32 - count.leadingZeroBitCount
    let all = max(1, 32 - most.leadingZeroBitCount)
    return Character(String(min(9, bits * 9 / all)))
  }
}
