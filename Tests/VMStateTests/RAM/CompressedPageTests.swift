import TestSupport
import Testing

@testable import VMState

@Suite struct CompressedPageTests {
  private let end = hex("0000000000000010")

  private func fixture(
    pages: Int = 4, protection: RAMBlock.LoadProtection = .protected,
    _ capabilities: Set<String> = ["compress"]
  ) throws -> RAMFixture {
    try RAMFixture(
      [.make("a", pages: pages, protection: protection)], capabilities: capabilities,
      profile: .qemu7_2)
  }

  private func zlib(_ page: [UInt8], level: Int = 1) throws -> [UInt8] {
    let deflater = try ZlibDeflater(.zlib, level: level)
    var output = [UInt8](repeating: 0, count: 8192)
    let step = try page.withUnsafeBytes { input in
      try output.withUnsafeMutableBytes { output in
        try deflater.process(input, into: output, flush: .finish)
      }
    }
    #expect(step.isFinished)
    return Array(output[..<step.produced])
  }

  private func record(_ word: String, _ zlib: [UInt8]) -> [UInt8] {
    hex(word) + [0, 0, UInt8(zlib.count >> 8), UInt8(zlib.count & 255)] + zlib
  }

  @Test func compressesAllButTheFirstPageOfABlockAndZeros() throws {
    let source = try fixture()
    source.first.fill(page: 0, with: 1)
    source.first.fill(page: 1, with: 2)
    source.first.fill(page: 3, with: 3)
    _ = try source.setup()
    let part =
      hex("0000000000000008 01 61") + pageBytes(1)
      + record("0000000000001120", try zlib(pageBytes(2)))
      + hex("0000000000002022 00") + record("0000000000003120", try zlib(pageBytes(3))) + end
    #expect(try source.iterate().bytes == part)
    let values = source.handlers.progress.current
    #expect(values.normalPages == 1 && values.zeroPages == 1 && values.compression.pages == 2)
    #expect(values.recordBytes == UInt64(part.count) + 8)
  }

  @Test func loadsWhatItSaves() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    for level in [0, 1, 9] {
      let source = try fixture(pages: 32)
      var parameters = RAMParameters()
      parameters.compressLevel = level
      try source.handlers.setParameters(parameters)
      for page in 0..<32 {
        for offset in stride(from: 0, to: 4096, by: page % 8 + 1) {
          source.first.put(
            UInt8.random(in: 0...255, using: &random), at: UInt64(page << 12 + offset))
        }
      }
      let sections = try source.saveAll()
      for protection in [RAMBlock.LoadProtection.protected, .disposable] {
        let target = try fixture(pages: 32, protection: protection)
        try target.load(sections, context: target.loadContext())
        #expect(target.content == source.content, "seed \(seed)")
        #expect(target.handlers.loadProgress.current.compression.pages == 31)
      }
    }
  }

  @Test func sendsDeltasInsteadOnceTheyHaveBegun() throws {
    let source = try fixture(["compress", "xbzrle"])
    for page in 0..<4 { source.first.fill(page: page, with: 1) }
    _ = try source.setup()
    _ = try source.iterate()
    source.first.put(2, at: 0)
    let page = Array(source.first.content[..<4096])
    #expect(try source.iterateAfterSync() == hex("0000000000000028") + page + end)
    source.first.put(3, at: 0)
    #expect(try source.iterateAfterSync() == hex("0000000000000060 01 0003 00 01 03") + end)
  }

  @Test func refusesGenerationsAndCapabilitiesThatDoNotKnowIt() throws {
    let late = try RAMFixture([.make("a", pages: 1)], capabilities: ["compress"])
    let error = #expect(throws: VMStateError.self) { try late.setup() }
    #expect(error?.code == .unsupported)
    let multifd = try fixture(["compress", "multifd"])
    let conflict = #expect(throws: VMStateError.self) { try multifd.setup() }
    #expect(conflict?.code == .configurationMismatch)
  }

  @Test func refusesBadZlibDataAtItsPlace() throws {
    let good = try zlib(pageBytes(5))
    var damaged = good
    damaged[damaged.count - 1] ^= 1
    let cases: [([UInt8], VMStateError.Code)] = [
      (damaged, .badCompression), (Array(good.dropLast()), .badCompression),
      (good + [0], .badCompression), (try zlib(pageBytes(5, 4095)), .badCompression),
      (try zlib(pageBytes(0, 4097)), .badCompression), ([], .badCompression),
      (pageBytes(0x78, 4111), .badRAMRecord),
    ]
    for (bytes, code) in cases {
      for protection in [RAMBlock.LoadProtection.protected, .disposable] {
        let target = try fixture(pages: 2, protection: protection)
        let part =
          hex("0000000000000008 01 61") + pageBytes(1) + record("0000000000001120", bytes) + end
        do throws(VMStateError) {
          try target.load([TwoPages.setup, part], context: target.loadContext())
          Issue.record("accepted \(bytes.count) bytes")
        } catch {
          #expect(error.code == code)
          // 26 bytes of setup, 10 and a page, then the word, then the length.
          #expect(error.offset == 26 + 10 + 4096 + 8 + (code == .badRAMRecord ? 0 : 4))
          #expect(error.path == ["ram", "a"])
        }
        #expect(target.content == [pageBytes(0, 8192)])
      }
    }
  }

  /// A machine whose pages are of all kinds, with parameters.
  private func mixed(_ parameters: RAMParameters) throws -> RAMFixture {
    let source = try fixture(pages: 100)
    try source.handlers.setParameters(parameters)
    var random = SeededGenerator(seed: 7)
    for page in 0..<100 where page % 4 != 1 {
      source.first.fill(page: page, with: UInt8(page + 1))
      for index in 0..<40 {
        source.first.put(
          UInt8.random(in: 0...255, using: &random), at: UInt64(page << 12 + index * 3))
      }
    }
    return source
  }

  @Test(arguments: [1, 2, 8]) func theStreamIsTheSameForAnyNumberOfThreads(threads: Int) throws {
    var parameters = RAMParameters()
    parameters.compressThreads = 1
    let alone = try mixed(parameters)
    parameters.compressThreads = threads
    parameters.decompressThreads = threads
    let source = try mixed(parameters)
    let sections = try source.saveAll()
    #expect(try alone.saveAll() == sections)
    #expect(source.handlers.progress.current.compression.busy == 0)
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let target = try fixture(pages: 100, protection: protection)
      try target.handlers.setParameters(parameters)
      try target.load(sections, context: target.loadContext())
      #expect(target.content == source.content)
    }
  }

  @Test func pagesGoAsTheyAreWhereNoThreadIsWaitedFor() throws {
    var parameters = RAMParameters()
    parameters.compressThreads = 2
    parameters.compressWaitsForThreads = false
    let source = try mixed(parameters)
    let sections = try source.saveAll()
    let values = source.handlers.progress.current
    #expect(values.compression.busy > 0 && values.compression.pages > 0)
    #expect(values.normalPages == values.compression.busy + 1)
    #expect(values.normalPages + values.compression.pages + values.zeroPages == 100)
    let target = try fixture(pages: 100)
    try target.load(sections, context: target.loadContext())
    #expect(target.content == source.content)
  }

  /// However the threads run, the last record for a page counts.
  @Test func recordsForTheSamePageKeepTheirOrder() throws {
    var part = hex("0000000000000008 01 61") + pageBytes(1)
    for round in 0..<60 {
      let byte = UInt8(round + 1)
      part += record("0000000000001120", try zlib(pageBytes(byte)))
      switch round % 3 {
      case 0: part += hex("0000000000001028") + pageBytes(byte &+ 100)
      case 1: part += hex("0000000000001022 00")
      default: part += hex("0000000000001060 01 0003 00 01") + [byte &+ 1]
      }
    }
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let target = try fixture(pages: 2, protection: protection)
      try target.load([TwoPages.setup, part + end], context: target.loadContext())
      #expect(target.content == [pageBytes(1) + [61] + pageBytes(60, 4095)])
    }
  }

  @Test func tellsTheFirstErrorOfTheStreamAndUndoesTheLoad() throws {
    let good = try zlib(pageBytes(5))
    var bad = good
    bad[bad.count - 1] ^= 1
    var part = hex("0000000000000008 01 61") + pageBytes(1)
    var place = 0
    for round in 0..<40 {
      if round == 17 { place = 26 + part.count + 12 }
      part += record("0000000000001120", round == 17 || round > 20 ? bad : good)
    }
    // A record of no kind ends the section besides.
    for rest in [end, hex("0000000000001003")] {
      for protection in [RAMBlock.LoadProtection.protected, .disposable] {
        let target = try fixture(pages: 2, protection: protection)
        let error = #expect(throws: VMStateError.self) {
          try target.load([TwoPages.setup, part + rest], context: target.loadContext())
        }
        #expect(error?.code == .badCompression && error?.offset == UInt64(place))
        #expect(error?.path == ["ram", "a"])
        #expect(target.content == [pageBytes(0, 8192)])
      }
    }
  }

  @Test func refusesNumbersOfThreadsThatCannotBe() throws {
    for (compress, decompress) in [(0, 2), (256, 2), (8, 0), (8, -1)] {
      var parameters = RAMParameters()
      (parameters.compressThreads, parameters.decompressThreads) = (compress, decompress)
      let error = #expect(throws: VMStateError.self) {
        try fixture().handlers.setParameters(parameters)
      }
      #expect(error?.code == .valueOutOfRange)
    }
  }
}
