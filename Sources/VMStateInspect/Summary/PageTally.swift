import VMState

/// Page records by kind.
public struct PageTally: Sendable, Hashable {
  /// Whole pages.
  public var normal: UInt64 = 0
  /// Pages of zeros, or of another byte throughout.
  public var zero: UInt64 = 0
  /// XBZRLE deltas.
  public var xbzrle: UInt64 = 0
  /// Compressed pages.
  public var compressed: UInt64 = 0
  /// Records for pages that had come before; they are among the others, too.
  public var repeated: UInt64 = 0

  /// No page.
  public init() {}

  /// All records.
  public var total: UInt64 { normal + zero + xbzrle + compressed }

  /// Adds those of another tally.
  public static func += (left: inout PageTally, right: PageTally) {
    left.normal += right.normal
    left.zero += right.zero
    left.xbzrle += right.xbzrle
    left.compressed += right.compressed
    left.repeated += right.repeated
  }

  @inline(__always)
  mutating func count(_ kind: RAMRecordFlags, records: UInt64 = 1) {
    switch kind {
    case .zero: zero += records
    case .page: normal += records
    case .xbzrle: xbzrle += records
    default: compressed += records
    }
  }
}

/// Which pages of a block have come: a bit a page, in pieces that are made when they are needed.
///
/// A hostile stream can name pages far apart, so the pieces of all blocks together are bounded.
struct PagesSeen {
  // 32768 pages of 4 KiB: 128 MiB of guest memory in 4 KiB.
  private static let pagesOfPiece: UInt64 = 1 << 15
  private var pieces: [UInt64: [UInt64]] = [:]
  // The piece in use is kept out of the dictionary: pages mostly come in order.
  private var current: [UInt64] = []
  private var currentKey = UInt64.max
  /// Pages that came at least once.
  private(set) var count: UInt64 = 0

  /// Notes a page.
  ///
  /// - Parameter budget: Pieces that may still be made.
  /// - Returns: True if it had come before; nil if that cannot be told any more.
  @inline(__always)
  mutating func insert(_ page: UInt64, budget: inout Int) -> Bool? {
    let key = page / Self.pagesOfPiece
    if key != currentKey, !change(to: key, &budget) { return nil }
    let bit = page % Self.pagesOfPiece
    let mask: UInt64 = 1 << (bit % 64)
    let word = Int(bit / 64)
    if current[word] & mask != 0 { return true }
    current[word] |= mask
    count += 1
    return false
  }

  /// Notes pages that follow each other.
  ///
  /// - Parameters:
  ///   - pages: Numbers of pages.
  ///   - budget: Pieces that may still be made.
  /// - Returns: How many had come before, and whether that can be told of all of them.
  mutating func insert(
    _ pages: Range<UInt64>, budget: inout Int
  ) -> (repeated: UInt64, isKnown: Bool) {
    var result = (repeated: UInt64(0), isKnown: true)
    var page = pages.lowerBound
    while page < pages.upperBound {
      let key = page / Self.pagesOfPiece
      let end = min(pages.upperBound, (key + 1) * Self.pagesOfPiece)
      if key == currentKey || change(to: key, &budget) {
        let first = page % Self.pagesOfPiece
        result.repeated += insert(inPiece: first..<first + (end - page))
      } else {
        result.isKnown = false
      }
      page = end
    }
    return result
  }

  /// Sets bits of the piece in use, a word at a time; how many were set.
  private mutating func insert(inPiece bits: Range<UInt64>) -> UInt64 {
    var repeated = 0
    var bit = bits.lowerBound
    while bit < bits.upperBound {
      let here = min(64 - bit % 64, bits.upperBound - bit)
      let mask = (UInt64.max >> (64 - here)) << (bit % 64)
      let word = Int(bit / 64)
      repeated += (current[word] & mask).nonzeroBitCount
      current[word] |= mask
      bit += here
    }
    count += UInt64(bits.count - repeated)
    return UInt64(repeated)
  }

  private mutating func change(to key: UInt64, _ budget: inout Int) -> Bool {
    var next = pieces.removeValue(forKey: key)
    if next == nil {
      guard budget > 0 else { return false }
      budget -= 1
      next = [UInt64](repeating: 0, count: Int(Self.pagesOfPiece / 64))
    }
    if currentKey != .max { pieces[currentKey] = current }
    current = next ?? []
    currentKey = key
    return true
  }
}
