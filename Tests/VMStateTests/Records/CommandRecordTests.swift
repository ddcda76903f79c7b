import TestSupport
import Testing
import VMState

@Suite struct CommandRecordTests {
  private static let pcRAM = utf8("pc.ram")

  /// Every command with its bytes.
  static let vectors: [(CommandRecord, String)] = [
    (.openReturnPath, "08 0001 0000"),
    (.ping(1), "08 0002 0004 00000001"),
    (
      .postcopyAdvise(PostcopyAdvice(pageSizes: 4096, targetPageSize: 4096)),
      "08 0003 0010 0000000000001000 0000000000001000"
    ),
    (.postcopyAdvise(nil), "08 0003 0000"),
    (.postcopyListen, "08 0004 0000"),
    (.postcopyRun, "08 0005 0000"),
    (
      .postcopyRAMDiscard(
        PostcopyDiscard(name: pcRAM, ranges: [.init(start: 0x10_0000, length: 0x3f0_0000)])),
      "08 0006 0019 00 06 70632e72616d 00 0000000000100000 0000000003f00000"
    ),
    (
      .postcopyRAMDiscard(
        PostcopyDiscard(
          name: pcRAM,
          ranges: [
            .init(start: 0x10_0000, length: 0x70_0000),
            .init(start: 0xf8_1000, length: 0x307_f000),
          ])),
      """
      08 0006 0029 00 06 70632e72616d 00 0000000000100000 0000000000700000
      0000000000f81000 000000000307f000
      """
    ),
    (.packaged(length: 0x348F), "08 0007 0004 0000348f"),
    (.enableCOLO, "08 0008 0000"),
    (.postcopyResume, "08 0009 0000"),
    (.receiveBitmap(name: pcRAM), "08 000a 0007 06 70632e72616d"),
    (.switchoverStart, "08 000b 0000"),
  ]

  @Test func readsAndWritesEveryCommand() throws {
    #expect(Set(Self.vectors.map(\.0.command)) == Set(MigrationCommand.allCases))
    for (record, text) in Self.vectors {
      let bytes = hex(text)
      let (read, consumed) = try decoded(bytes) { try CommandRecord(from: &$0) }
      #expect(read == record && consumed == bytes.count)
      #expect(try written { try record.write(to: &$0) } == bytes)
      expectCutsRefused(bytes) { try CommandRecord(from: &$0) }
    }
  }

  @Test(arguments: [
    ("7.2/postcopy-commands", [1, 2, 3, 6, 6, 6, 6, 6, 6, 2, 7, 4, 2, 5, 2]),
    ("10.0/postcopy-commands", [1, 2, 3, 11, 6, 6, 6, 6, 6, 6, 2, 7, 4, 2, 5, 2]),
    ("7.2/return-path-commands", [1, 2]), ("10.0/multifd-tee-commands", [1, 2, 11]),
    ("10.0/dirty-bitmap-commands", [3, 11]),
  ])
  func readsAndWritesTheRecordedCommands(_ name: String, _ numbers: [UInt16]) throws {
    let bytes = try Fixture.records(name)
    var reader = StreamReader(MemoryChannel(bytes))
    var records: [CommandRecord] = []
    while try reader.peekByte() != nil { records.append(try CommandRecord(from: &reader)) }
    #expect(records.map(\.command.rawValue) == numbers)
    #expect(try written { for record in records { try record.write(to: &$0) } } == bytes)
  }

  @Test func theRecordedDiscardsAreWholePagesOfTheirBlocks() throws {
    var reader = StreamReader(MemoryChannel(try Fixture.records("7.2/postcopy-commands")))
    var lengths: [String: UInt64] = [:]
    while try reader.peekByte() != nil {
      guard case .postcopyRAMDiscard(let discard) = try CommandRecord(from: &reader) else {
        continue
      }
      let name = String(decoding: discard.name, as: UTF8.self)
      let length = try #require(MultifdChannelTests.blocks[name])
      try discard.check(blockLength: length, pageSize: 4096)
      lengths[name] = discard.ranges.reduce(0) { $0 + $1.length }
    }
    #expect(lengths.count == 6)
  }

  @Test(arguments: [
    "08 0000 0000", "08 000c 0000", "08 ffff ffff",  // no such command
    "08 0001 0001 00", "08 0002 0003 000001", "08 0002 0008 0000000100000001",
    "08 0003 0008 0000000000001000", "08 0007 0000", "08 000b 0004 00000000",
    "08 000a 0000", "08 000a 0001 00",  // no name
    "08 000a 0006 06 70632e72616d", "08 000a 0008 06 70632e72616d 00",
    // A discard of no range; of half a range; of version 1; without the zero.
    "08 0006 0009 00 06 70632e72616d 00",
    "08 0006 0018 00 06 70632e72616d 00 0000000000100000 0000000003f000",
    "08 0006 0019 01 06 70632e72616d 00 0000000000100000 0000000003f00000",
    "08 0006 0019 00 06 70632e72616d 01 0000000000100000 0000000003f00000",
    "08 0006 0014 00 06 70632e72616d 00 0000000000100000 000000",
  ])
  func refusesCommandsThatBreakTheirFormat(_ text: String) {
    let error = refusal(hex(text)) { try CommandRecord(from: &$0) }
    #expect(error?.code == .badCommand, "\(error.map { "\($0)" } ?? "accepted")")
    #expect(error?.offset != nil)
  }

  @Test func refusesAnotherTypeByte() {
    let error = refusal(hex("07 0001 0000")) { try CommandRecord(from: &$0) }
    #expect(error?.code == .unknownSectionType && error?.offset == 0)
  }

  @Test func refusesDiscardsThatTheBlockDoesNotHave() {
    func error(_ start: UInt64, _ length: UInt64) -> VMStateError? {
      let discard = PostcopyDiscard(
        name: Self.pcRAM, ranges: [.init(start: start, length: length)])
      do throws(VMStateError) {
        try discard.check(blockLength: 0x10_0000, pageSize: 4096)
        return nil
      } catch { return error }
    }
    #expect(error(0, 0x10_0000) == nil && error(0xf_f000, 0x1000) == nil)
    for (start, length) in [
      (UInt64(0x800), UInt64(0x1000)), (0, 0x1800), (0xf_f000, 0x2000), (0x20_0000, 0x1000),
      (.max & ~0xFFF, 0x2000),
    ] {
      #expect(error(start, length)?.code == .badCommand)
      #expect(error(start, length)?.path == ["pc.ram"])
    }
  }

  @Test func cannotWriteWhatACommandCannotHold() {
    let ranges = [PostcopyDiscard.Range](repeating: .init(start: 0, length: 4096), count: 4096)
    let long = [UInt8](repeating: 97, count: 256)
    let records: [CommandRecord] = [
      .postcopyRAMDiscard(PostcopyDiscard(name: Self.pcRAM, ranges: ranges)),
      .receiveBitmap(name: long),
    ]
    for record in records {
      let error = #expect(throws: VMStateError.self) {
        try written { try record.write(to: &$0) }
      }
      #expect(error?.code == .valueOutOfRange)
    }
  }
}
