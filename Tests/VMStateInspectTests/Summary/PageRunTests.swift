import TestSupport
import Testing
import VMState

@testable import VMStateInspect

/// Pages that are counted in runs are the pages that are counted one by one.
@Suite struct PageRunTests {
  /// The summary's collector, without runs.
  private struct PageByPage: PieceVisitor {
    var inner: SummaryCollector
    mutating func visit(
      _ piece: StreamPiece, _ range: Range<UInt64>
    ) throws(VMStateError) { try inner.visit(piece, range) }
  }

  private static let pageCount: UInt64 = 70_000

  private static func number<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian, Array.init)
  }

  /// A stream without devices: two blocks, some sections of records.
  private static func stream(_ generator: inout SeededGenerator) -> [UInt8] {
    let (section, end): ([UInt8], [UInt8]) = (number(UInt32(2)), number(UInt64(0x10)))
    let footer = [0x7E] + section
    let length = pageCount << 12
    let ram: [UInt8] = Array("\u{3}ram".utf8)
    var bytes = Array("QEVM".utf8) + number(UInt32(3)) + [1] + section + ram
    bytes += number(UInt32(0)) + number(UInt32(4)) + number(2 * length | 4)
    for name in ["\u{1}a", "\u{1}b"] { bytes += Array(name.utf8) + number(length) }
    bytes += end + footer
    for _ in 0..<3 {
      bytes += [2] + section + number(UInt64(0x02)) + Array("\u{1}a".utf8) + [0]
      for _ in 0..<40 { bytes += records(&generator) }
      bytes += end + footer
    }
    return bytes + [3] + section + end + footer + [0]
  }

  /// Some records, mostly for pages that follow each other.
  private static func records(_ generator: inout SeededGenerator) -> [UInt8] {
    let isZero = Int.random(in: 0..<4, using: &generator) > 0
    let count = UInt64.random(in: 1...(isZero ? 4000 : 9), using: &generator)
    // One in a hundred runs leaves the block.
    let room = Int.random(in: 0..<100, using: &generator) == 0 ? pageCount : pageCount - count
    let first = UInt64.random(in: 0...room, using: &generator)
    var bytes: [UInt8] = []
    if Int.random(in: 0..<5, using: &generator) == 0 {
      bytes += number(first << 12 | 0x02) + Array("\u{1}b".utf8) + [0]
    }
    let fill = UInt8.random(in: 0...1, using: &generator)
    for page in first..<first + count {
      bytes += number(page << 12 | (isZero ? 0x22 : 0x28))
      bytes += isZero ? [fill] : [UInt8](repeating: 0x5A, count: 4096)
    }
    return bytes
  }

  private func expectTheSame(_ bytes: [UInt8], _ note: String) throws {
    let options = WalkOptions()
    let runs = try StreamSummary.make(MemoryChannel(bytes), options)
    var single = PageByPage(inner: SummaryCollector(limits: options.limits))
    try StreamWalk.walk(MemoryChannel(bytes), options, visitor: &single)
    let pages = single.inner.finish()
    #expect(runs.json(file: "") == pages.json(file: ""), "\(note)")
  }

  @Test func countWhatSinglePagesCount() throws {
    let seed = UInt64.random(in: 0...1 << 40)
    for round in 0..<4 {
      var generator = SeededGenerator(seed: seed &+ UInt64(round))
      let bytes = Self.stream(&generator)
      try expectTheSame(bytes, "seed \(seed), round \(round)")
      let cut = Int.random(in: 0..<bytes.count, using: &generator)
      try expectTheSame(Array(bytes[..<cut]), "seed \(seed), round \(round), cut at \(cut)")
    }
  }

  @Test(arguments: ["7.2/rounds", "10.0/pc", "10.0/xbzrle"])
  func countARealStreamsPages(name: String) throws {
    try expectTheSame(try Fixture.stream(name), name)
  }
}
