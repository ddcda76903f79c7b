import TestSupport
import Testing

@testable import VMState

@Suite struct XBZRLESaveTests {
  private let end = hex("0000000000000010")

  /// A machine whose two pages have been sent once, and again in full so that the cache has them.
  private func warm(cache: UInt64 = 8192) throws -> RAMFixture {
    let source = try RAMFixture([.make("a", pages: 2)], capabilities: ["xbzrle"])
    var parameters = RAMParameters()
    parameters.xbzrleCacheSize = cache
    try source.handlers.setParameters(parameters)
    source.first.fill(page: 0, with: 1)
    source.first.fill(page: 1, with: 2)
    _ = try source.setup()
    _ = try source.iterate()
    #expect(source.handlers.progress.current.xbzrle.cacheMisses == 0)
    source.first.put(3, at: 0)
    source.first.put(3, at: 0x1000)
    _ = try source.iterateAfterSync()
    #expect(source.handlers.progress.current.xbzrle.cacheMisses == 2)
    return source
  }

  @Test func sendsWhatChangedSinceAPageWasKept() throws {
    let source = try warm()
    source.first.put(0x96, at: 0x1123)
    source.first.put(0xe7, at: 0x1200)
    // Skip 0x123, one byte, skip 0xdc, one byte.
    let expected = hex("0000000000001060 01 0008 a302 01 96 dc01 01 e7") + end
    #expect(try source.iterateAfterSync() == expected)
    let values = source.handlers.progress.current.xbzrle
    #expect(values.pages == 1 && values.bytes == 11 && values.overflows == 0)
    #expect(values.cacheSize == 8192)
  }

  @Test func sendsAPageInFullTheFirstTimeAndWhereTheCacheHasNoPlace() throws {
    let source = try RAMFixture([.make("a", pages: 2)], capabilities: ["xbzrle"])
    var parameters = RAMParameters()
    parameters.xbzrleCacheSize = 4096
    try source.handlers.setParameters(parameters)
    _ = try source.setup()
    _ = try source.iterate()
    for round in 0..<3 {
      source.first.put(UInt8(round + 1), at: 0)
      source.first.put(UInt8(round + 1), at: 0x1000)
      // Page 0 has the only slot and is young: from the second round on a delta of it.
      let first =
        round == 0
        ? hex("0000000000000028") + source.first.content[..<4096]
        : hex("0000000000000060 01 0003 00 01") + [UInt8(round + 1)]
      let second = hex("0000000000001028") + source.first.content[4096...]
      #expect(try source.iterateAfterSync() == first + second + end)
    }
    #expect(source.handlers.progress.current.xbzrle.cacheMisses == 4)
  }

  @Test func sendsNothingForAPageThatIsAsTheReceiverHasIt() throws {
    let source = try warm()
    source.first.put(3, at: 0)
    #expect(try source.iterateAfterSync() == end)
    let values = source.handlers.progress.current
    #expect(values.xbzrle.pages == 1 && values.xbzrle.bytes == 0 && values.dirtyPages == 0)
  }

  @Test func sendsAPageInFullWhereItsDeltaIsTooLong() throws {
    let source = try warm()
    source.first.fill(page: 0, with: 9)
    #expect(try source.iterateAfterSync() == hex("0000000000000028") + pageBytes(9) + end)
    let values = source.handlers.progress.current.xbzrle
    #expect(values.overflows == 1 && values.bytes == 4096 && values.pages == 1)
    // The cache has taken it up.
    source.first.put(8, at: 4095)
    #expect(try source.iterateAfterSync() == hex("0000000000000060 01 0004 ff1f 01 08") + end)
  }

  @Test func takesAPageOfZerosIntoTheCache() throws {
    let source = try warm()
    source.first.fill(page: 0, with: 0)
    #expect(try source.iterateAfterSync() == hex("0000000000000022 00") + end)
    source.first.put(1, at: 0)
    #expect(try source.iterateAfterSync() == hex("0000000000000060 01 0003 00 01 01") + end)
  }

  @Test func sendsTheLastPassAgainstTheCacheAsItIs() throws {
    let source = try warm()
    source.first.put(7, at: 1)
    source.first.fill(page: 1, with: 9)
    let expected =
      hex("0000000000000060 01 0003 01 01 07") + hex("0000000000001028") + pageBytes(9) + end
    #expect(try source.complete() == expected)
    source.handlers.saveCleanup()
  }

  @Test func beginsWithAnEmptyCacheWhenItsSizeChanges() throws {
    let source = try warm()
    var parameters = RAMParameters()
    parameters.xbzrleCacheSize = 16384
    try source.handlers.setParameters(parameters)
    source.first.put(4, at: 0)
    let page = Array(source.first.content[..<4096])
    #expect(try source.iterateAfterSync() == hex("0000000000000028") + page + end)
    #expect(source.handlers.progress.current.xbzrle.cacheSize == 16384)
    #expect(source.handlers.progress.current.xbzrle.cacheMisses == 3)
  }

  @Test func forgetsTheCacheWhenTheListOfBlocksChanges() throws {
    let source = try warm()
    try source.list.add(.make("b", pages: 1))
    source.first.put(4, at: 0)
    let page = Array(source.first.content[..<4096])
    // The search begins anew and deltas begin after its first round.
    #expect(
      try source.iterateAfterSync()
        == hex("0000000000000008 01 61") + page + hex("0000000000000002 01 62 00") + end)
    source.first.put(5, at: 0)
    let again = Array(source.first.content[..<4096])
    #expect(try source.iterateAfterSync() == hex("0000000000000008 01 61") + again + end)
  }

  @Test func refusesSizesThatAreNoPowersOfTwo() throws {
    let source = try RAMFixture(pages: 1)
    for size: UInt64 in [0, 2048, 4097, 12288, .max, 1 << 63] {
      var parameters = RAMParameters()
      parameters.xbzrleCacheSize = size
      #expect(throws: VMStateError.self) { try source.handlers.setParameters(parameters) }
    }
    #expect(source.handlers.parameters == RAMParameters())
  }

  @Test func roundsOfRandomChangesArriveAsTheyAre() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let source = try RAMFixture([.make("a", pages: 40)], capabilities: ["xbzrle"])
      var parameters = RAMParameters()
      parameters.xbzrleCacheSize = 65536
      try source.handlers.setParameters(parameters)
      var sections = [try source.setup()]
      for _ in 0..<30 {
        for _ in 0..<30 {
          let page = Int.random(in: 0..<40, using: &random)
          let byte = UInt8.random(in: 0...3, using: &random)
          if Bool.random(using: &random) {
            source.first.fill(page: page, with: byte)
          } else {
            let offset = Int.random(in: 0..<4096, using: &random)
            source.first.put(byte, at: UInt64(page << 12 + offset))
          }
        }
        sections.append(try source.iterateAfterSync())
      }
      sections.append(try source.complete())
      let values = source.handlers.progress.current.xbzrle
      #expect(values.pages > 0 && values.cacheMisses > 0 && values.overflows > 0)
      let target = try RAMFixture(pages: 40, protection: protection)
      if protection == .protected { target.first.fill(page: 3, with: 0xee) }
      try target.load(sections)
      #expect(target.content == source.content, "seed \(seed)")
      #expect(target.handlers.loadProgress.current.xbzrle.pages > 0)
    }
  }
}
