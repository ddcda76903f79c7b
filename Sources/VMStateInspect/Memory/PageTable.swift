import VMState

/// Eight bytes for each page of a block; parts that nobody touched take no memory.
final class PageTable {
  private static let chunkBits = 9
  private static let chunkCount = 1 << chunkBits

  /// Number of pages.
  let count: Int
  // Chunks in use, those of all tables that share the budget.
  private let budget: PageTableBudget
  private var chunks: [UnsafeMutablePointer<UInt64>?]

  init(count: Int, budget: PageTableBudget) {
    self.count = count
    self.budget = budget
    let chunkCount = (count + Self.chunkCount - 1) >> Self.chunkBits
    chunks = [UnsafeMutablePointer<UInt64>?](repeating: nil, count: chunkCount)
  }

  deinit { for chunk in chunks { chunk?.deallocate() } }

  /// A page's value; 0 for one that was never set.
  subscript(page: Int) -> UInt64 {
    guard page >= 0, page < count, let chunk = chunks[page >> Self.chunkBits] else { return 0 }
    return chunk[page & (Self.chunkCount - 1)]
  }

  /// Sets a page's value.
  ///
  /// - Parameter page: Below `count`.
  /// - Throws: `limitExceeded` when the tables grow above their budget.
  @inline(__always)
  func set(_ page: Int, _ value: UInt64) throws(VMStateError) {
    let index = page >> Self.chunkBits
    if let chunk = chunks[index] {
      chunk[page & (Self.chunkCount - 1)] = value
    } else if value != 0 {
      try make(index)[page & (Self.chunkCount - 1)] = value
    }
  }

  /// Sets values to 0; costs nothing where nothing was set.
  func clear(_ pages: Range<Int>) {
    var page = max(0, pages.lowerBound)
    let end = min(count, pages.upperBound)
    while page < end {
      let next = min(end, (page >> Self.chunkBits + 1) << Self.chunkBits)
      if let chunk = chunks[page >> Self.chunkBits] {
        for place in page..<next { chunk[place & (Self.chunkCount - 1)] = 0 }
      }
      page = next
    }
  }

  /// The first page from one on that may have a value: parts that nobody touched are skipped.
  func next(from page: Int) -> Int {
    var page = page
    while page < count, chunks[page >> Self.chunkBits] == nil {
      page = (page >> Self.chunkBits + 1) << Self.chunkBits
    }
    return min(page, count)
  }

  private func make(_ index: Int) throws(VMStateError) -> UnsafeMutablePointer<UInt64> {
    try budget.take(Self.chunkCount * 8)
    let chunk = UnsafeMutablePointer<UInt64>.allocate(capacity: Self.chunkCount)
    chunk.initialize(repeating: 0, count: Self.chunkCount)
    chunks[index] = chunk
    return chunk
  }
}

/// The memory that page tables may take together.
final class PageTableBudget {
  private var left: Int

  init(bytes: Int) { left = bytes }

  func take(_ bytes: Int) throws(VMStateError) {
    guard bytes <= left else {
      throw VMStateError(
        .limitExceeded, "the stream has more guest pages than the limit on memory allows")
    }
    left -= bytes
  }
}
