import TestSupport
import Testing

@testable import VMState

/// Runs of zero records: what they do to the memory, and that none is taken unchecked.
@Suite struct RAMLoadZerosTests {
  private static let pages = 700
  private let end = TwoPages.end

  /// A block list that names "a" with its length.
  private func setup(_ pages: Int = pages) -> [UInt8] {
    let length = UInt64(pages) << 12
    return word(length | 4) + hex("01 61") + word(length) + end
  }

  private func word(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
  }

  /// A record of a page of zeros that continues the block.
  private func zero(_ page: Int, byte: UInt8 = 0) -> [UInt8] {
    word(UInt64(page) << 12 | 0x22) + [byte]
  }

  /// A zero record for page 0 that names "a", then one for each page of a range.
  private func zeros(_ pages: Range<Int> = 1..<pages) -> [UInt8] {
    hex("0000000000000002 01 61 00") + pages.flatMap { zero($0) }
  }

  /// Bytes of the stream before the records of `zeros`, and to record `page` of them.
  private func offset(of page: Int) -> UInt64 { 26 + 11 + 9 * UInt64(page - 1) }

  @Test func clearsContentWhateverTheProtection() throws {
    for protection in [RAMBlock.LoadProtection.disposable, .alwaysDisposable, .protected] {
      let target = try RAMFixture(pages: Self.pages, protection: protection)
      for page in [0, 1, 255, 256, 511, 512, 699] { target.first.fill(page: page, with: 0xee) }
      target.first.put(1, at: 300 * 4096 + 4095)
      try target.load([setup(), zeros() + end])
      #expect(target.content[0].allSatisfy { $0 == 0 })
      #expect(target.handlers.loadProgress.current.zeroPages == UInt64(Self.pages))
    }
  }

  @Test func clearsContentOfMemoryThatWasHandedIn() throws {
    let length = 16 * 4096
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: length, alignment: 4096)
    bytes.initializeMemory(as: UInt8.self, repeating: 0xee, count: length)
    defer { bytes.deallocate() }
    let memory = GuestMemory(at: bytes, length: UInt64(length))
    let block = try RAMBlock(
      "a", memory: memory, usedLength: UInt64(length), protection: .disposable)
    let target = try RAMFixture([block])
    try target.load([setup(16), zeros(1..<16) + end])
    #expect(target.content[0].allSatisfy { $0 == 0 })
  }

  @Test(.enabled(if: PageResidency() != nil, "the system does not tell"))
  func leavesMemoryUntouchedThatWasUntouched() throws {
    let target = try RAMFixture(pages: Self.pages, protection: .alwaysDisposable)
    let (base, length) = (target.first.memory.base, Self.pages << 12)
    for _ in 0..<2 {
      try target.load([setup(), zeros() + end])
      let residency = try #require(PageResidency())
      #expect(residency.untouchedBytes(from: base, count: length) == length)
    }
  }

  @Test func clearsAPageThatTheLoadItselfWrote() throws {
    for protection in [RAMBlock.LoadProtection.disposable, .protected] {
      let target = try RAMFixture(pages: 8, protection: protection)
      // The run makes the residency known, then page 5 gets content and is zero again.
      let records =
        zeros(1..<8) + word(0x5028) + pageBytes(7) + word(0x6028) + pageBytes(8)
        + zero(4) + zero(5) + end
      try target.load([setup(8), records])
      let content = target.content[0]
      #expect(content.indices.allSatisfy { content[$0] == ($0 >> 12 == 6 ? 8 : 0) })
    }
  }

  @Test func clearsWhatWasWrittenBetweenTwoSections() throws {
    let target = try RAMFixture(pages: 8, protection: .disposable)
    defer { target.handlers.loadCleanup() }
    let context = LoadContext()
    try target.stage([setup(8), zeros(1..<8) + end], context: context)
    target.first.fill(page: 3, with: 9)
    var reader = StreamReader(MemoryChannel((0..<8).flatMap { zero($0) } + end))
    try target.handlers.loadState(from: &reader, version: 4, kind: .part, context)
    target.handlers.commitLoad()
    #expect(target.content[0].allSatisfy { $0 == 0 })
  }

  @Test func keepsPagesThatARunLeavesOut() throws {
    for protection in [RAMBlock.LoadProtection.disposable, .protected] {
      let target = try RAMFixture(pages: 200, protection: protection)
      for page in 0..<200 { target.first.fill(page: page, with: 0xee) }
      let records = zeros(1..<63) + (66..<130).flatMap { zero($0) } + zero(190)
      try target.load([setup(200), records + end])
      for page in 0..<200 {
        let isZero = page < 63 || (66..<130).contains(page) || page == 190
        #expect(target.first.byte(at: page << 12) == (isZero ? 0 : 0xee), "page \(page)")
      }
    }
  }

  @Test func notesEveryPageOfARunAsReceived() throws {
    let target = try RAMFixture(pages: 200, protection: .disposable)
    defer { target.handlers.loadCleanup() }
    try target.stage([setup(200), zeros(1..<63) + (66..<130).flatMap { zero($0) } + end])
    let received = try #require(target.handlers.loading?.blocks[0].received)
    for page in 0..<200 {
      #expect(received.contains(page) == (page < 63 || (66..<130).contains(page)))
    }
  }

  @Test func takesTargetPagesOfOtherSizes() throws {
    for (size, count) in [(1024, 64), (16384, 40)] {
      let pageSize = try #require(TargetPageSize(size))
      let length = UInt64(size * count)
      let block = try RAMBlock(
        "a", memory: GuestMemory(mapping: length), usedLength: length, protection: .disposable,
        targetPageSize: pageSize)
      let target = try RAMFixture([block], targetPageSize: pageSize)
      block.fill(page: 3, with: 0xee)
      block.fill(page: 4, with: 0xdd)
      let named = hex("0000000000000002 01 61 00")
      let run = (1..<4).flatMap { word(UInt64($0 * size) | 0x22) + [0] }
      let list = word(length | 4) + hex("01 61") + word(length) + end
      try target.load([list, named + run + end])
      for page in 0..<count {
        #expect(block.byte(at: page * size + size - 1) == (page == 4 ? 0xdd : 0))
      }
    }
  }

  // MARK: - Refusals

  private func refusal(_ records: [UInt8], _ pages: Int = pages) throws -> VMStateError {
    let target = try RAMFixture(pages: pages, protection: .disposable)
    let error = #expect(throws: VMStateError.self) { try target.load([setup(pages), records]) }
    return try #require(error)
  }

  @Test func reportsABadByteInARunAtItsOwnOffset() throws {
    for page in [1, 2, 255, 256, 257, 400] {
      let records = zeros(1..<page) + zero(page, byte: 3) + zero(page + 1) + end
      let error = try refusal(records)
      #expect(error.code == .badRAMRecord)
      #expect(error.offset == offset(of: page) + 8)
      #expect(error.path == ["ram", "a"])
      #expect(error.found == "3")
    }
  }

  @Test func reportsAnOffsetPastTheBlockInARunAtItsOwnOffset() throws {
    for pages in [2, 256, 257, 300] {
      let error = try refusal(zeros(1..<pages + 3) + end, pages)
      #expect(error.code == .ramOffset)
      #expect(error.offset == offset(of: pages))
      #expect(error.path == ["ram", "a"])
      #expect(error.found == "\(pages << 12)")
    }
  }

  @Test func reportsBadFlagsInARunAtTheirOwnOffset() throws {
    let error = try refusal(zeros(1..<40) + word(40 << 12 | 0x26) + [0] + zero(41) + end)
    #expect(error.code == .badRAMRecord)
    #expect(error.offset == offset(of: 40))
    #expect(error.path == ["ram"])
  }

  @Test func reportsARunThatIsCutShort() throws {
    let whole = zeros(1..<50)
    for missing in 1...9 {
      let error = try refusal(Array(whole.dropLast(missing)))
      #expect(error.code == .endOfStream)
      #expect(error.offset == 26 + UInt64(whole.count - missing))
    }
  }

  @Test func marksWhatCameBeforeABadRecordAndNothingAfter() throws {
    let target = try RAMFixture(pages: 100, protection: .disposable)
    defer { target.handlers.loadCleanup() }
    let records = zeros(1..<70) + zero(70, byte: 1) + zero(71) + end
    #expect(throws: VMStateError.self) { try target.stage([setup(100), records]) }
    let received = try #require(target.handlers.loading?.blocks[0].received)
    for page in 0..<100 { #expect(received.contains(page) == (page < 70)) }
    #expect(target.handlers.loadProgress.current.zeroPages == 70)
  }

  @Test func looksAtTheCancellationAfterEachBatchOfARun() throws {
    let pages = 3000
    let target = try RAMFixture(pages: pages, protection: .disposable)
    defer { target.handlers.loadCleanup() }
    let context = LoadContext()
    var reports: [UInt64] = []
    context.onProgress = { progress in
      reports.append(progress.pages)
      if progress.pages >= 2048 { context.cancellation.cancel() }
    }
    let error = #expect(throws: VMStateError.self) {
      try target.stage([setup(pages), zeros(1..<pages) + end], context: context)
    }
    #expect(error?.code == .cancelled)
    // Setup's two looks, the named page, two batches of 1024.
    #expect(Array(reports.suffix(3)) == [1, 1025, 2049])
  }
}
