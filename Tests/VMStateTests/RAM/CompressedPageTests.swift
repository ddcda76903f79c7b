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
}
