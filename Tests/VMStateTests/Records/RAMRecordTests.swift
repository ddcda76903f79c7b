import TestSupport
import Testing
import VMState

/// Runs a coder over memory and gives the bytes.
func written(_ body: (inout StreamWriter) throws -> Void) rethrows -> [UInt8] {
  let channel = MemoryChannel()
  var writer = StreamWriter(channel)
  try body(&writer)
  try? writer.flush()
  return channel.bytes
}

@Suite struct RAMRecordWordTests {
  @Test func splitsAWordIntoOffsetAndFlags() {
    let word = RAMRecordWord(rawValue: 0x0000_0000_0010_0060)
    #expect(word.offset == 0x10_0000)
    #expect(word.flags == [.xbzrle, .continue])
    #expect(word.kind == .xbzrle)
  }

  @Test func splitsAtTheTargetPageSize() throws {
    let small = try #require(TargetPageSize(1024))
    let word = RAMRecordWord(rawValue: 0x1808, pageSize: small)
    #expect(word.offset == 0x1800)
    #expect(word.flags == .page)
    #expect(RAMRecordWord(rawValue: 0x1808).flags.rawValue == 0x808)
  }

  @Test func acceptsPowersOfTwoFrom1024AsPageSizes() {
    #expect(TargetPageSize(4096) == .standard)
    #expect(TargetPageSize(512) == nil)
    #expect(TargetPageSize(4095) == nil)
    #expect(TargetPageSize(-4096) == nil)
    #expect(TargetPageSize(65536)?.bits == 16)
    #expect(TargetPageSize.standard.pages(in: 0x3fff) == 3)
  }

  @Test func namesEveryFlagAsQEMUDoes() {
    #expect("\(RAMRecordFlags.page.union(.continue))" == "PAGE|CONTINUE")
    #expect(
      "\(RAMRecordFlags(rawValue: 0x3ff))"
        == "FULL|ZERO|MEM_SIZE|PAGE|EOS|CONTINUE|XBZRLE|HOOK|COMPRESS_PAGE|MULTIFD_FLUSH")
    #expect("\(RAMRecordFlags(rawValue: 0x402))" == "ZERO|0x400")
    #expect("\(RAMRecordFlags(rawValue: 0))" == "0x0")
  }

  @Test func hasTheValueOfEveryFlag() {
    let flags: [RAMRecordFlags] = [
      .full, .zero, .memSize, .page, .endOfSection, .continue, .xbzrle, .hook, .compressPage,
      .multifdFlush,
    ]
    #expect(flags.map(\.rawValue) == (0...9).map { 1 << $0 })
  }
}

@Suite struct RAMPageHeaderTests {
  @Test func writesTheNameUnlessItContinues() {
    let named = RAMPageHeader(name: Array("pc.ram".utf8), offset: 0, kind: .page)
    #expect(written { named.encode(to: &$0) } == hex("0000000000000008 06 70632e72616d"))
    #expect(named.length == 15)
    // Zero page at 0x1000; its payload, one byte 00, is not part of the header.
    let next = RAMPageHeader(name: nil, offset: 0x1000, kind: .zero)
    #expect(written { next.encode(to: &$0) } == hex("0000000000001022"))
    #expect(next.length == 8)
  }

  @Test func readsBackWhatItWrote() throws {
    for name in [nil, Array("/rom@etc/acpi/rsdp".utf8)] {
      let header = RAMPageHeader(name: name, offset: 0x4000, kind: .page)
      var reader = StreamReader(MemoryChannel(written { header.encode(to: &$0) }))
      let word = RAMRecordWord(rawValue: try reader.get())
      let back = try RAMPageHeader(after: word, from: &reader)
      #expect(back == header)
      #expect(reader.position == UInt64(header.length))
    }
  }

  @Test func refusesANameThatIsCutShort() throws {
    var reader = StreamReader(MemoryChannel(hex("06 70632e")))
    let word = RAMRecordWord(offset: 0, flags: .page)
    let error = #expect(throws: VMStateError.self) {
      try RAMPageHeader(after: word, from: &reader)
    }
    #expect(error?.code == .endOfStream)
  }
}

@Suite struct RAMSetupRecordTests {
  private func decode(
    _ bytes: [UInt8], maximumEntries: Int = 100,
    members: (RAMSetupRecord.Entry) throws(VMStateError) -> RAMSetupRecord.OptionalMembers =
      { _ throws(VMStateError) in [] }
  ) throws(VMStateError) -> RAMSetupRecord {
    var reader = StreamReader(MemoryChannel(bytes))
    let word = RAMRecordWord(rawValue: try reader.get())
    return try RAMSetupRecord(
      after: word, from: &reader, maximumEntries: maximumEntries, members: members)
  }

  // Total 0x3000; "a" of 0x1000, "bc" of 0x2000.
  private let plain = hex(
    "0000000000003004 01 61 0000000000001000 02 6263 0000000000002000")

  @Test func readsAndWritesNamesAndLengths() throws {
    let record = try decode(plain)
    #expect(record.entries.map(\.idstr) == ["a", "bc"])
    #expect(record.entries.map(\.length) == [0x1000, 0x2000])
    #expect(record.entries.map(\.position) == [8, 18])
    #expect(record.total == 0x3000)
    #expect(written { record.encode(to: &$0) } == plain)
  }

  @Test func carriesPageSizeAndRegionOffsetWhereAsked() throws {
    // "a": 0x1000 bytes, pages of 2 MiB, region offset 0xc0000.
    let bytes = hex("0000000000001004 01 61 0000000000001000 0000000000200000 00000000000c0000")
    let record = try decode(bytes) { _ throws(VMStateError) in [.pageSize, .regionOffset] }
    #expect(record.entries[0].pageSize == 0x20_0000)
    #expect(record.entries[0].regionOffset == 0xc_0000)
    #expect(written { record.encode(to: &$0) } == bytes)
  }

  @Test func anEmptyListIsATotalOfZero() throws {
    #expect(try decode(hex("0000000000000004")).entries.isEmpty)
    #expect(written { RAMSetupRecord([]).encode(to: &$0) } == hex("0000000000000004"))
  }

  @Test func refusesLengthsThatDoNotAddUp() {
    // 0x1000 + 0x3000 are more than the total of 0x3000; the second entry is at 18.
    let overshoot = hex("0000000000003004 01 61 0000000000001000 02 6263 0000000000003000")
    let error = #expect(throws: VMStateError.self) { try decode(overshoot) }
    #expect(error?.code == .badRAMRecord)
    #expect(error?.offset == 18)
    #expect(error?.path == ["bc"])
    // A length of zero would let a list go on for ever.
    let zero = hex("0000000000001004 01 61 0000000000000000")
    #expect(throws: VMStateError.self) { try decode(zero) }
    // The largest length must not wrap.
    let huge = hex("0000000000001004 01 61 fffffffffffff000")
    #expect(throws: VMStateError.self) { try decode(huge) }
  }

  @Test func refusesMoreEntriesThanTheLimit() {
    let error = #expect(throws: VMStateError.self) { try decode(plain, maximumEntries: 1) }
    #expect(error?.code == .limitExceeded)
    #expect(error?.offset == 18)
  }

  @Test func refusesAListCutAnywhere() {
    for count in 0..<plain.count {
      let error = #expect(throws: VMStateError.self) { try decode(Array(plain[..<count])) }
      #expect(error?.code == .endOfStream)
    }
  }
}
