import VMState

/// Compares guest memory page by page.
struct MemoryComparison {
  /// Ranges that are kept of a block.
  private static let keptRanges = 256

  private let first: MemoryIndex
  private let second: MemoryIndex
  private let ignoring: [GlobPattern]

  /// What differs.
  struct Result {
    var blocks: [StreamDifference] = []
    var pages: [MemoryDifference] = []
    var ignored = 0
  }

  init(_ first: MemoryIndex, _ second: MemoryIndex, _ ignoring: [GlobPattern]) {
    self.first = first
    self.second = second
    self.ignoring = ignoring
  }

  func run() throws(VMStateError) -> Result {
    var result = Result()
    let partners = Dictionary(
      second.blocks.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { one, _ in one })
    var found: Set<[UInt8]> = []
    for (index, block) in first.blocks.enumerated() where found.insert(block.name).inserted {
      let path = "ram/\(block.idstr)"
      if ignoring.contains(where: { $0.matches(path) || $0.matches("ram") }) {
        result.ignored += 1
        continue
      }
      guard let other = partners[block.name] else {
        result.blocks.append(StreamDifference(.memory, path, Self.size(block), nil))
        continue
      }
      let partner = second.blocks[other]
      if partner.length != block.length || partner.pageSize != block.pageSize {
        result.blocks.append(
          StreamDifference(.memory, path, Self.size(block), Self.size(partner)))
      }
      guard partner.pageSize == block.pageSize else { continue }
      if let pages = try compare(index, other) { result.pages.append(pages) }
    }
    for block in second.blocks where !found.contains(block.name) {
      result.blocks.append(
        StreamDifference(.memory, "ram/\(block.idstr)", nil, Self.size(block)))
    }
    return result
  }

  private static func size(_ block: MemoryBlock) -> String {
    PrintableText.bytes(block.length)
      + (block.pageSize == 4096 ? "" : " in pages of \(block.pageSize)")
  }

  private func compare(
    _ one: Int, _ other: Int
  ) throws(VMStateError) -> MemoryDifference? {
    let block = first.blocks[one]
    let count = min(first.tables[one].count, second.tables[other].count)
    var result = MemoryDifference(
      idstr: block.idstr, pageSize: block.pageSize, pages: 0, total: block.pages, ranges: [],
      isCut: false)
    var left = [UInt8](repeating: 0, count: block.pageSize)
    var right = left
    var page = 0
    while page < count {
      // Parts that neither stream has.
      page = min(first.tables[one].next(from: page), second.tables[other].next(from: page))
      guard page < count else { break }
      if try differs((one, other), page, &left, &right) { result.add(page, Self.keptRanges) }
      page += 1
    }
    return result.pages > 0 ? result : nil
  }

  private func differs(
    _ block: (Int, Int), _ page: Int, _ left: inout [UInt8], _ right: inout [UInt8]
  ) throws(VMStateError) -> Bool {
    let one = first.entry(block: block.0, page: page)
    let other = second.entry(block: block.1, page: page)
    if !one.hasContent, !other.hasContent { return false }
    let size = first.blocks[block.0].size(ofPage: page)
    guard size == second.blocks[block.1].size(ofPage: page) else { return true }
    if left.count != size { left = [UInt8](repeating: 0, count: size) }
    if right.count != size { right = [UInt8](repeating: 0, count: size) }
    try first.fill(&left, block.0, page)
    try second.fill(&right, block.1, page)
    return left != right
  }
}

extension MemoryIndex {
  fileprivate func fill(
    _ bytes: inout [UInt8], _ block: Int, _ page: Int
  ) throws(VMStateError) {
    var failure: VMStateError?
    bytes.withUnsafeMutableBytes { raw in
      do throws(VMStateError) {
        try read(block: block, page: page, into: raw)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}

extension MemoryDifference {
  fileprivate mutating func add(_ page: Int, _ limit: Int) {
    pages += 1
    let start = UInt64(page) * UInt64(pageSize)
    let end = start + UInt64(pageSize)
    if let last = ranges.last, last.upperBound == start {
      ranges[ranges.count - 1] = last.lowerBound..<end
    } else if ranges.count < limit {
      ranges.append(start..<end)
    } else {
      isCut = true
    }
  }
}
