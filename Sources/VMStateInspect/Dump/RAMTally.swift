import VMState

/// Counts the page records of each block in each `ram` section.
struct RAMTally {
  private struct Count {
    var zero: UInt64 = 0
    var normal: UInt64 = 0
    var xbzrle: UInt64 = 0
    var compressed: UInt64 = 0

    var isEmpty: Bool { zero + normal + xbzrle + compressed == 0 }

    var text: String {
      [(normal, "normal"), (zero, "zero"), (xbzrle, "xbzrle"), (compressed, "compressed")]
        .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
  }

  private var names: [String] = []
  private var counts: [Count] = []
  private var mapped: (pageSize: UInt64, count: UInt64)?
  private var iteration = 0

  /// Takes a record; gives the lines that it completes.
  mutating func add(_ record: RAMPiece) -> [String] {
    switch record {
    case .setup(let setup, let pageSize):
      names = setup.entries.map(\.idstr)
      counts = setup.entries.map { _ in Count() }
      return ["page size \(pageSize.bytes)"] + setup.entries.map(Self.line)
    case .mappedSetup:
      names = []
      counts = []
      return ["pages at fixed places of the file"]
    case .mappedBlock(let block):
      names.append(block.entry.idstr)
      counts.append(Count())
      return [Self.line(block)]
    case .mappedPages: return []
    case .page(let page):
      count(page)
      return []
    case .mark(let word): return word.kind == .endOfSection ? take() : []
    }
  }

  private mutating func count(_ page: RAMPagePiece) {
    guard page.block < counts.count else { return }
    switch page.word.kind {
    case .zero: counts[page.block].zero += 1
    case .page: counts[page.block].normal += 1
    case .xbzrle: counts[page.block].xbzrle += 1
    default: counts[page.block].compressed += 1
    }
  }

  /// The end of a section: a line for each block of which it had pages.
  private mutating func take() -> [String] {
    var lines: [String] = []
    for (index, count) in counts.enumerated() where !count.isEmpty {
      lines.append("iteration \(iteration)  \(names[index])  pages: \(count.text)")
      counts[index] = Count()
    }
    iteration += 1
    return lines
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
