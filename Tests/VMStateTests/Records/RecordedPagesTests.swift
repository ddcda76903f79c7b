import TestSupport
import Testing
import VMState

/// The page records that QEMU sent, replayed: every delta is decoded on the content that came
/// before and encoded again.
@Suite struct RecordedPagesTests {
  @Test(arguments: [("7.2/xbzrle-pages", 763), ("10.0/xbzrle-pages", 2185)])
  func decodesAndEncodesEveryRecordedDelta(_ name: String, _ count: Int) throws {
    let bytes = try Fixture.records(name)
    var reader = StreamReader(MemoryChannel(bytes))
    var pages: [UInt64: [UInt8]] = [:]
    var block: [UInt8] = []
    var deltas = 0
    while true {
      let word = RAMRecordWord(rawValue: try reader.get())
      if word == .endOfSection { break }
      let header = try RAMPageHeader(after: word, from: &reader)
      // Every delta is of the same block; an offset alone tells its pages apart.
      if let name = header.name { block = name }
      if word.kind == .xbzrle {
        let start = Int(reader.position)
        let record = try XBZRLERecord(from: &reader)
        let again = written { writer in try? record.write(to: &writer) }
        #expect(again == Array(bytes[start..<start + 3]))
        let old = try #require(pages[word.offset])
        let delta = Array(bytes[start + 3..<start + 3 + Int(record.length)])
        var new = old
        try apply(record, to: &new, &reader)
        #expect(block == utf8("pc.ram"))
        #expect(xbzrle(old, new) == delta, "page \(word.offset)")
        pages[word.offset] = new
        deltas += 1
      } else {
        let page = try plainPage(word.kind, &reader)
        if block == utf8("pc.ram") { pages[word.offset] = page }
      }
    }
    #expect(deltas == count)
    #expect(Int(reader.position) == bytes.count)
  }

  private func apply(
    _ record: XBZRLERecord, to page: inout [UInt8], _ reader: inout StreamReader
  ) throws {
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: page.count, alignment: 16)
    defer { target.deallocate() }
    target.copyBytes(from: page)
    try record.apply(to: target, from: &reader)
    page = Array(target)
  }

  private func plainPage(
    _ kind: RAMRecordFlags, _ reader: inout StreamReader
  ) throws -> [UInt8] {
    if kind == .page { return try reader.getBytes(4096, limit: 4096) }
    #expect(kind == .zero)
    #expect(try reader.get(UInt8.self) == 0)
    return [UInt8](repeating: 0, count: 4096)
  }

  @Test func readsAndWritesRecordedCompressedPages() throws {
    let bytes = try Fixture.records("7.2/compressed-pages")
    var reader = StreamReader(MemoryChannel(bytes))
    var compressed = 0
    let again = try written { writer in
      while true {
        let word = RAMRecordWord(rawValue: try reader.get())
        if word == .endOfSection { return writer.put(word.rawValue) }
        try RAMPageHeader(after: word, from: &reader).encode(to: &writer)
        if word.kind == .compressPage {
          let record = try CompressedPageRecord(from: &reader)
          try record.write(to: &writer)
          // A zlib header: deflate with a window of 32 KiB, and a check by 31.
          let zlib = try reader.peek(2)
          #expect(zlib[0] == 0x78 && (Int(zlib[0]) << 8 + Int(zlib[1])) % 31 == 0)
          try reader.copy(UInt64(record.length), to: &writer)
          compressed += 1
        } else {
          try reader.copy(word.kind == .page ? 4096 : 1, to: &writer)
        }
      }
    }
    #expect(compressed == 166)
    #expect(again == bytes)
  }

  @Test func readsTheObservedRecords() throws {
    // 10.0: page 0x100000, XBZRLE|CONTINUE; flag 1, 8 bytes.
    let bytes = hex("0000000000100060 01 0008 a302 01 96 dc01 01 e7")
    var reader = StreamReader(MemoryChannel(bytes))
    let header = try RAMPageHeader(
      after: RAMRecordWord(rawValue: try reader.get()), from: &reader)
    #expect(header.word.offset == 0x10_0000 && header.word.kind == .xbzrle)
    let record = try XBZRLERecord(from: &reader)
    #expect(record.length == 8)
    var page = [UInt8](repeating: 0, count: 4096)
    try apply(record, to: &page, &reader)
    #expect(page[0x123] == 0x96 && page[0x200] == 0xE7)
    #expect(reader.position == 19)
    #expect(
      try decoded(hex("000001fa"), { try CompressedPageRecord(from: &$0) }).value.length == 506)
  }
}

@Suite struct PageRecordHeaderTests {
  @Test func refusesAnUnknownEncoding() {
    let error = refusal(hex("02 0008")) { try XBZRLERecord(from: &$0) }
    #expect(error?.code == .badRAMRecord && error?.offset == 0)
  }

  @Test func refusesADeltaLongerThanAPage() throws {
    let small = try #require(TargetPageSize(1024))
    #expect(refusal(hex("01 0400"), { try XBZRLERecord(from: &$0, pageSize: small) }) == nil)
    let error = refusal(hex("01 0401")) { try XBZRLERecord(from: &$0, pageSize: small) }
    #expect(error?.code == .badRAMRecord && error?.offset == 1)
    #expect(error?.expected == "at most 1024 bytes" && error?.found == "1025")
  }

  @Test func refusesACompressedPageAboveZlibsBound() {
    // compressBound(4096) = 4096 + 1 + 13 = 4110 = 0x100e
    #expect(CompressedPageRecord.bound(for: .standard) == 4110)
    #expect(refusal(hex("0000100e"), { try CompressedPageRecord(from: &$0) }) == nil)
    for text in ["0000100f", "ffffffff"] {
      let error = refusal(hex(text)) { try CompressedPageRecord(from: &$0) }
      #expect(error?.code == .badRAMRecord && error?.offset == 0)
    }
  }

  @Test func refusesRecordsCutAnywhere() {
    expectCutsRefused(hex("01 0008")) { try XBZRLERecord(from: &$0) }
    expectCutsRefused(hex("00000008")) { try CompressedPageRecord(from: &$0) }
    let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
    defer { page.deallocate() }
    page.initializeMemory(as: UInt8.self, repeating: 0)
    expectCutsRefused(hex("01 0003 00 01 aa")) { reader in
      try XBZRLERecord(from: &reader).apply(to: page, from: &reader)
    }
    #expect(page.allSatisfy { $0 == 0 })
  }

  @Test func appliesADeltaThatIsLongerThanTheReadersBuffer() throws {
    // A page of 64 KiB, three runs of 13000 bytes behind one that stays: 39 kB.
    let size = try #require(TargetPageSize(65536))
    var delta: [UInt8] = []
    for value in UInt8(1)...3 {
      XBZRLEReference.append(1, to: &delta)
      XBZRLEReference.append(13000, to: &delta)
      delta += [UInt8](repeating: value, count: 13000)
    }
    let bytes = written { writer in
      try? XBZRLERecord(length: UInt16(delta.count)).write(to: &writer)
      writer.put(bytes: delta)
      writer.put(UInt8(0x77))
    }
    let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
    defer { page.deallocate() }
    page.initializeMemory(as: UInt8.self, repeating: 0)
    var reader = StreamReader(MemoryChannel(bytes))
    try XBZRLERecord(from: &reader, pageSize: size).apply(to: page, from: &reader)
    #expect(page[0] == 0 && page[13000] == 1 && page[13001] == 0 && page[39002] == 3)
    #expect(try reader.get(UInt8.self) == 0x77)
  }
}
