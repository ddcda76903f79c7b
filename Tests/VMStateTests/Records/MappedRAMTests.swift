import TestSupport
import Testing
import VMState

@Suite struct MappedRAMHeaderTests {
  // The observed header of pc.ram: version, page size, bitmap, pages.
  private let bytes = hex("00000001 0000000000001000 000000000000008e 0000000000100000")

  @Test func readsAndWritesTheObservedHeader() throws {
    let (header, consumed) = try decoded(bytes) { try MappedRAMHeader(from: &$0) }
    #expect(header == MappedRAMHeader(bitmapOffset: 0x8E, pagesOffset: 0x10_0000))
    #expect(consumed == MappedRAMHeader.length)
    #expect(try written { try header.write(to: &$0) } == bytes)
  }

  @Test func placesBlocksAsQEMUDoes() throws {
    // 64 MiB at 0x72, then 128 KiB: as observed in a file of 10.0.
    let first = try MappedRAMHeader(placedAt: 0x72, blockLength: 64 << 20)
    #expect(first == MappedRAMHeader(bitmapOffset: 0x8E, pagesOffset: 0x10_0000))
    let second = try MappedRAMHeader(placedAt: 0x410_001D, blockLength: 128 << 10)
    #expect(second == MappedRAMHeader(bitmapOffset: 0x410_0039, pagesOffset: 0x420_0000))
    // A bitmap that ends exactly at a MiB is followed by the pages at once.
    let exact = try MappedRAMHeader(placedAt: 0x10_0000 - 28 - 8, blockLength: 64 * 4096)
    #expect(exact.pagesOffset == 0x10_0000)
  }

  @Test func hasNoPlaceForABlockBeyondAFile() {
    for (position, length) in [(UInt64(0), UInt64.max), (.max, 4096), (1 << 62, 1 << 62)] {
      let error = #expect(throws: VMStateError.self) {
        try MappedRAMHeader(placedAt: position, blockLength: length)
      }
      #expect(error?.code == .valueOutOfRange)
    }
  }

  @Test(arguments: [
    ("00000002 0000000000001000 000000000000008e 0000000000100000", UInt64(0)),
    ("00000001 0000000000000000 000000000000008e 0000000000100000", 4),
    ("00000001 0000000000001001 000000000000008e 0000000000100000", 4),
    ("00000001 8000000000000000 000000000000008e 0000000000100000", 4),
    ("00000001 0000000000001000 000000000000008e 0000000000100800", 20),
  ])
  func refusesAHeaderThatCannotBe(_ text: String, _ place: UInt64) {
    let error = refusal(hex(text)) { try MappedRAMHeader(from: &$0) }
    #expect(error?.code == .badRAMRecord && error?.offset == place)
  }

  @Test func refusesAHeaderCutAnywhere() {
    expectCutsRefused(bytes) { try MappedRAMHeader(from: &$0) }
  }
}

@Suite struct MappedRAMBlockTests {
  private func block(
    _ name: String = "a", length: UInt64 = 0x4000, bitmap: UInt64, pages: UInt64,
    headerEnd: UInt64 = 100
  ) throws(VMStateError) -> MappedRAMBlock {
    try MappedRAMBlock(
      name: utf8(name), length: length,
      header: MappedRAMHeader(bitmapOffset: bitmap, pagesOffset: pages), headerEnd: headerEnd)
  }

  @Test func knowsItsPlaces() throws {
    let block = try block(bitmap: 100, pages: 0x10_0000)
    #expect(block.pages == 4)
    #expect(block.bitmapRange == 100..<108)
    #expect(block.pagesRange == 0x10_0000..<0x10_4000)
    #expect(block.position(ofPage: 3) == 0x10_3000)
  }

  @Test func refusesPlacesThatOverlapOrLeaveTheFile() {
    let cases: [(bitmap: UInt64, pages: UInt64, length: UInt64)] = [
      (99, 0x10_0000, 0x4000),  // inside the header
      (100, 0, 0x4000),  // pages before the header
      (.max, 0x10_0000, 0x4000), (100, UInt64.max & ~0xFFF, 0x4000),
      (100, 0x10_0000, .max & ~0xFFF), (0x10_0000, 0x10_0000, 0x4000),
      (0x10_0FF8 - 4, 0x10_1000, 0x2_0000_0000),  // 256 KiB of bitmap over the pages
      (100, 0x10_0000, 0x4001),
    ]
    for (bitmap, pages, length) in cases {
      let error = #expect(throws: VMStateError.self) {
        try block(length: length, bitmap: bitmap, pages: pages)
      }
      #expect(error?.code == .badRAMRecord && error?.path == ["a"])
      #expect(error?.offset == 72)
    }
  }

  @Test func seesBlocksThatShareBytes() throws {
    let first = try block(bitmap: 100, pages: 0x10_0000)
    let apart = try block("b", bitmap: 0x10_4100, pages: 0x20_0000, headerEnd: 0x10_4080)
    #expect(throws: Never.self) { try MappedRAMBlock.checkDisjoint([first, apart]) }
    let overlapping = [
      try block("b", bitmap: 200, pages: 0x10_3000, headerEnd: 150),
      try block("b", bitmap: 107, pages: 0x20_0000, headerEnd: 105),
      try block("b", bitmap: 300, pages: 0x20_0000, headerEnd: 120),
    ]
    for other in overlapping {
      for blocks in [[first, other], [other, first]] {
        let error = #expect(throws: VMStateError.self) {
          try MappedRAMBlock.checkDisjoint(blocks)
        }
        #expect(error?.code == .badRAMRecord)
      }
    }
  }
}

@Suite struct MappedRAMBitmapTests {
  private func bitmap(
    _ bytes: [UInt8], pages: Int, _ order: MappedRAMBitmap.ByteOrder = .little
  ) throws(VMStateError) -> MappedRAMBitmap {
    var result: Result<MappedRAMBitmap, VMStateError>?
    bytes.withUnsafeBytes { raw in
      do throws(VMStateError) {
        result = .success(try MappedRAMBitmap(raw, pages: pages, byteOrder: order, at: 50))
      } catch {
        result = .failure(error)
      }
    }
    return try result!.get()
  }

  @Test func readsTheBitsInTheOrderOfTheHost() throws {
    // c1: pages 0, 6 and 7.
    let little = try bitmap(hex("c100000000000000"), pages: 64)
    #expect((0..<64).filter { little[$0] } == [0, 6, 7])
    #expect(little.count == 3)
    #expect(little.bytes() == hex("c100000000000000"))
    let big = try bitmap(hex("00000000000000c1"), pages: 64, .big)
    #expect(big == little)
    #expect(big.bytes(.big) == hex("00000000000000c1"))
  }

  @Test func givesRunsAsAnUnhurriedSearchDoes() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    for pages in [1, 63, 64, 65, 200, 1000] {
      var bits = MappedRAMBitmap(pages: pages)
      let density = Int.random(in: 1...20, using: &random)
      for page in 0..<pages where Int.random(in: 0..<20, using: &random) < density {
        bits[page] = true
      }
      let limit = Int.random(in: 1...100, using: &random)
      var found: [Int] = []
      var page = 0
      while let run = bits.nextRun(from: page, limit: limit) {
        #expect(!run.isEmpty && run.count <= limit)
        found += run
        page = run.upperBound
      }
      #expect(found == (0..<pages).filter { bits[$0] }, "seed \(seed)")
      #expect(bits.count == found.count)
      #expect(try bitmap(bits.bytes(), pages: pages) == bits)
    }
  }

  @Test func fullAndEmptyBitmapsHaveOneRunAndNone() {
    var bits = MappedRAMBitmap(pages: 130)
    #expect(bits.nextRun(from: 0) == nil && bits.nextRun(from: 130) == nil)
    for page in 0..<130 { bits[page] = true }
    #expect(bits.nextRun(from: 0) == 0..<130)
    bits[64] = false
    #expect(bits.nextRun(from: 0) == 0..<64 && bits.nextRun(from: 64) == 65..<130)
  }

  @Test func refusesAnotherLengthAndBitsBeyondTheBlock() throws {
    for (text, pages) in [("c1000000000000", 64), ("", 1), ("c100000000000000", 65)] {
      let error = #expect(throws: VMStateError.self) { try bitmap(hex(text), pages: pages) }
      #expect(error?.code == .badRAMRecord && error?.offset == 50)
    }
    #expect(throws: VMStateError.self) { try bitmap(hex("c100000000000000"), pages: 7) }
    #expect(try bitmap(hex("c100000000000000"), pages: 8).count == 3)
    #expect(try bitmap([], pages: 0).count == 0)
  }
}
