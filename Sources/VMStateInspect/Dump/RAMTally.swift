import VMState

/// Counts the page records of each block in each `ram` section.
struct RAMTally {
  private var names: [String] = []
  private var counts: [PageTally] = []
  private var mapped: (pageSize: UInt64, count: UInt64)?
  private var iteration = 0

  /// Takes a record; gives the lines that it completes.
  mutating func add(_ record: RAMPiece) -> [String] {
    switch record {
    case .setup(let setup, let pageSize):
      names = setup.entries.map(\.idstr)
      counts = setup.entries.map { _ in PageTally() }
      return ["page size \(pageSize.bytes)"] + setup.entries.map(Self.line)
    case .mappedSetup:
      names = []
      counts = []
      return ["pages at fixed places of the file"]
    case .mappedBlock(let block):
      names.append(block.entry.idstr)
      counts.append(PageTally())
      return [Self.line(block)]
    case .mappedPages: return []
    case .page(let page):
      count(page)
      return []
    case .mark(let word): return word.kind == .endOfSection ? take() : []
    }
  }

  /// Takes pages that follow each other.
  mutating func add(_ run: RAMPageRun) {
    if run.block < counts.count { counts[run.block].count(run.kind, records: UInt64(run.count)) }
  }

  private mutating func count(_ page: RAMPagePiece) {
    if page.block < counts.count { counts[page.block].count(page.word.kind) }
  }

  /// The end of a section: a line for each block of which it had pages.
  private mutating func take() -> [String] {
    var lines: [String] = []
    for (index, count) in counts.enumerated() where count.total > 0 {
      lines.append("iteration \(iteration)  \(names[index])  pages: \(Self.text(count))")
      counts[index] = PageTally()
    }
    iteration += 1
    return lines
  }

  private static func text(_ pages: PageTally) -> String {
    [
      (pages.normal, "normal"), (pages.zero, "zero"), (pages.xbzrle, "xbzrle"),
      (pages.compressed, "compressed"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }

  private static func line(_ entry: RAMSetupRecord.Entry) -> String {
    var line = "block \(entry.idstr), \(PrintableText.bytes(entry.length))"
    if let size = entry.pageSize { line += ", page size \(size)" }
    if let offset = entry.regionOffset { line += ", region offset \(offset)" }
    return line
  }

  private static func line(_ block: MappedBlock) -> String {
    let present = block.bitmap.reduce(0) { $0 + $1.nonzeroBitCount }
    return line(block.entry)
      + ", page size \(block.pageSize), bitmap at \(block.bitmapOffset), "
      + "pages at \(block.pagesOffset), \(present) pages present"
  }
}
