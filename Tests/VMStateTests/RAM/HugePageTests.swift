import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@testable import VMState

/// Memory of pages of 2 MiB: reserved ones where the machine has some, else transparent ones.
private enum HugeMemory {
  static let page = 2 << 20

  static func make(pages: Int) throws -> GuestMemory {
    let length = pages * page
    #if os(Linux)
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | 0x40000  // MAP_HUGETLB
      if let base = mmap(nil, length, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED {
        print("reserved huge pages")
        let address = UInt(bitPattern: base)
        return GuestMemory(at: base, length: UInt64(length)) {
          munmap(UnsafeMutableRawPointer(bitPattern: address), length)
        }
      }
    #endif
    let mapping = try AnonymousMapping(length: UInt64(length + page))
    let excess = Int(UInt(bitPattern: mapping.base) % UInt(page))
    let base = mapping.base + (page - excess)
    #if os(Linux)
      madvise(base, length, 14)  // MADV_HUGEPAGE; refused where there are none
    #endif
    return GuestMemory(at: base, length: UInt64(length)) { _ = mapping }
  }

  static func block(
    pages: Int, _ protection: RAMBlock.LoadProtection = .disposable
  ) throws -> RAMBlock {
    try RAMBlock(
      "huge", memory: make(pages: pages), usedLength: UInt64(pages * page),
      protection: protection, pageSize: UInt64(page))
  }
}

@Suite struct HugePageTests {
  private func source(pages: Int = 2) throws -> RAMFixture {
    try RAMFixture([HugeMemory.block(pages: pages), .make("plain", pages: 3)])
  }

  @Test func aBegunHugePageIsSentToItsEnd() throws {
    let source = try source()
    _ = try source.setup()
    _ = try source.iterate()
    // Written pages of both huge pages; the limit is reached with the first record.
    for page in [3, 400, 511, 512, 700] { source.first.put(1, at: UInt64(page) * 4096) }
    _ = source.handlers.pendingExact(source.context)
    source.context.counters.limitPerWindow = 1
    var rounds: [[Int]] = []
    while source.handlers.pendingEstimate(source.context).total > 0 {
      source.context.counters.restartWindow()
      rounds.append(try RecordList(source.iterate().bytes).records.map(\.page))
    }
    // Where the search stands after the first pass does not matter.
    #expect(rounds.joined().sorted() == [3, 400, 511, 512, 700])
    for round in rounds where round.contains(400) {
      #expect(round.contains(3) && round.contains(511))
    }
    source.handlers.saveCleanup()
  }

  @Test func aRoundEndsBetweenHugePages() throws {
    let source = try source()
    source.handlers.roundTime = .zero
    _ = try source.setup()
    // At most one page is looked for before the clock is.
    let first = try RecordList(source.iterate().bytes).records.map(\.page)
    #expect(first == Array(0..<512))
    source.handlers.saveCleanup()
  }

  @Test(arguments: [RAMBlock.LoadProtection.disposable, .protected])
  func arrivesWhole(protection: RAMBlock.LoadProtection) throws {
    let source = try source(pages: 1)
    for page in stride(from: 1, to: 512, by: 7) {
      source.first.put(7, at: UInt64(page) * 4096 + 5)
    }
    let sections = try source.saveAll()
    let target = try RAMFixture([
      HugeMemory.block(pages: 1, protection), .make("plain", pages: 3),
    ])
    target.first.put(9, at: 0)
    try target.load(sections)
    #expect(target.content == source.content)
  }

  @Test func aFailedLoadLeavesZeros() throws {
    let source = try source(pages: 1)
    for page in 0..<512 { source.first.put(7, at: UInt64(page) * 4096) }
    var sections = try source.saveAll()
    sections[1].removeLast(4097)
    let target = try self.source(pages: 1)
    #expect(throws: VMStateError.self) { try target.load(sections) }
    #expect(target.first.content == pageBytes(0, HugeMemory.page))
  }

  @Test func theListCarriesThePageSizeWithPostcopyOnly() throws {
    let source = try RAMFixture(
      [HugeMemory.block(pages: 1)], capabilities: ["postcopy-ram"])
    let setup = try source.setup()
    source.handlers.saveCleanup()
    #expect(
      setup
        == hex("0000000000200004 04 68756765 0000000000200000 0000000000200000 0000000000000010"))
  }

  #if os(Linux)
    @Test func oneWriteMakesAWholeHugePageDirtyForTheKernel() throws {
      let tracking: ScanDirtyTracking
      do throws(VMStateError) {
        tracking = try ScanDirtyTracking()
      } catch {
        return print("not permitted here: \(error)")
      }
      let block = try HugeMemory.block(pages: 2)
      // Touched first, so that it is there as huge pages if there are any.
      for page in 0..<1024 { block.put(1, at: UInt64(page) * 4096) }
      try tracking.start(block)
      defer { tracking.stop(block) }
      block.memory.base.storeBytes(of: 2, toByteOffset: 600 * 4096, as: UInt8.self)
      let bitmap = PageBitmap(pageCount: 1024)
      try tracking.sync(block, into: bitmap)
      let found = Set((0..<1024).filter(bitmap.contains))
      #expect(found.contains(600) && found.isDisjoint(with: 0..<512))
    }
  #endif
}
