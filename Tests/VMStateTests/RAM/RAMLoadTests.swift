import TestSupport
import Testing

@testable import VMState

/// Payloads for a machine with one block "a" of two pages.
enum TwoPages {
  /// Total 0x2000; "a" of 0x2000; EOS. 26 bytes.
  static let setup = hex("0000000000002004 01 61 0000000000002000 0000000000000010")
  static let end = hex("0000000000000010")
}

@Suite struct RAMLoadTests {
  @Test func loadsNormalAndZeroPages() throws {
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let target = try RAMFixture(pages: 2, protection: protection)
      target.first.fill(page: 0, with: 0xee)
      let part =
        hex("0000000000000002 01 61 00") + hex("0000000000001028") + pageBytes(0x5a)
        + TwoPages.end
      try target.load([TwoPages.setup, part, TwoPages.end])
      #expect(target.content == [pageBytes(0) + pageBytes(0x5a)])
      let values = target.handlers.loadProgress.current
      #expect(values.normalPages == 1 && values.zeroPages == 1 && values.totalBytes == 8192)
    }
  }

  @Test func continuesTheBlockOfTheSectionBefore() throws {
    let target = try RAMFixture(pages: 2)
    try target.load([
      TwoPages.setup, hex("0000000000000008 01 61") + pageBytes(1) + TwoPages.end,
      hex("0000000000001028") + pageBytes(2) + TwoPages.end,
    ])
    #expect(target.content == [pageBytes(1) + pageBytes(2)])
  }

  @Test func keepsWhatTheDestinationHadWhereNoPageComes() throws {
    let target = try RAMFixture(pages: 2)
    target.first.fill(page: 0, with: 0x11)
    target.first.fill(page: 1, with: 0x22)
    try target.load([TwoPages.setup, hex("0000000000001002 01 61 00") + TwoPages.end])
    #expect(target.content == [pageBytes(0x11) + pageBytes(0)])
  }

  @Test func takesTheLastOfSeveralCopiesOfAPage() throws {
    let copies =
      hex("0000000000000008 01 61") + pageBytes(1) + hex("0000000000000022 00")
      + hex("0000000000001028") + pageBytes(3) + hex("0000000000001022 00")
      + hex("0000000000001028") + pageBytes(4) + TwoPages.end
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let target = try RAMFixture(pages: 2, protection: protection)
      target.first.fill(page: 0, with: 0x11)
      try target.load([TwoPages.setup, copies])
      #expect(target.content == [pageBytes(0) + pageBytes(4)])
    }
  }

  @Test func acceptsContinueWhereItHasNoMeaning() throws {
    // QEMU ignores the flag on MEM_SIZE and EOS.
    let target = try RAMFixture(pages: 2)
    try target.load([
      hex("0000000000002024 01 61 0000000000002000 0000000000000030")
    ])
  }

  @Test func doesNotDependOnTheOrderOfTheList() throws {
    let target = try RAMFixture([.make("big", pages: 3), .make("s", pages: 1)])
    try target.load([
      hex("0000000000004004 01 73 0000000000001000 03 626967 0000000000003000")
        + TwoPages.end,
      hex("0000000000000008 01 73") + pageBytes(9) + hex("0000000000002002 03 626967 00")
        + TwoPages.end,
    ])
    #expect(target.list["s"]?.content == pageBytes(9))
  }

  @Test func acceptsAPageOfABlockThatTheListDoesNotName() throws {
    let target = try RAMFixture([.make("a", pages: 2), .make("later", pages: 1)])
    try target.load([
      TwoPages.setup, hex("0000000000000008 05 6c61746572") + pageBytes(6) + TwoPages.end,
    ])
    #expect(target.list["later"]?.content == pageBytes(6))
  }

  @Test func comparesPageSizesAndRegionOffsets() throws {
    let attributes: RAMBlock.Attributes = [.migratable, .shared, .namedFile]
    func load(pageSize: String, gpa: String) throws {
      let target = try RAMFixture(
        [
          .make("a", pages: 2, attributes: attributes, pageSize: 8192, regionOffset: 0xc0000)
        ])
      try target.load(
        [hex("0000000000002004 01 61 0000000000002000" + pageSize + gpa) + TwoPages.end],
        context: LoadContext(capabilities: ["postcopy-ram", "x-ignore-shared"]))
    }
    try load(pageSize: "0000000000002000", gpa: "00000000000c0000")
    for (size, gpa) in [
      ("0000000000001000", "00000000000c0000"), ("0000000000002000", "0000000000000000"),
    ] {
      let error = #expect(throws: VMStateError.self) { try load(pageSize: size, gpa: gpa) }
      #expect(error?.code == .configurationMismatch)
      #expect(error?.path == ["ram", "a"])
      #expect(error?.offset == 8)
    }
  }

  @Test func stopsWhenCancelled() throws {
    let target = try RAMFixture(pages: 2)
    let context = LoadContext()
    context.cancellation.cancel()
    let error = #expect(throws: VMStateError.self) {
      try target.load([TwoPages.setup], context: context)
    }
    #expect(error?.code == .cancelled)
  }

  @Test func refusesSectionsWithoutABeginAndASecondBegin() throws {
    let target = try RAMFixture(pages: 2)
    var reader = StreamReader(MemoryChannel(TwoPages.setup))
    #expect(throws: VMStateError.self) {
      try target.handlers.loadState(
        from: &reader, version: 4, kind: .start, LoadContext())
    }
    try target.handlers.loadSetup(LoadContext())
    let error = #expect(throws: VMStateError.self) {
      try target.handlers.loadSetup(LoadContext())
    }
    #expect(error?.code == .busy)
    target.handlers.loadCleanup()
  }
}

/// Every refusal of the main channel: code, offset and path.
@Suite struct RAMLoadErrorTests {
  /// Loads setup and a part into blocks "a" (two pages), "fixed", "rom" (not migratable).
  private func refusal(
    of part: [UInt8], setup: [UInt8] = TwoPages.setup, version: Int = 4
  ) throws -> VMStateError {
    let target = try RAMFixture([
      .make("a", pages: 2, maximum: 4, attributes: [.migratable, .resizeable]),
      .make("fixed", pages: 1), .make("rom", pages: 1, attributes: []),
    ])
    target.first.fill(page: 1, with: 0x77)
    let before = target.content
    let error = #expect(throws: VMStateError.self) {
      try target.load([setup, part + TwoPages.end], version: version)
    }
    #expect(target.content == before)
    #expect(target.handlers.loading == nil)
    return try #require(error)
  }

  private func expect(
    _ part: String, _ code: VMStateError.Code, at offset: UInt64, path: [String] = ["ram"],
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let error = try refusal(of: hex(part))
    #expect(error.code == code, sourceLocation: location)
    #expect(error.offset == offset, sourceLocation: location)
    #expect(error.path == path, sourceLocation: location)
  }

  @Test func refusesOtherVersions() throws {
    #expect(try refusal(of: [], version: 3).code == .versionTooOld)
    let error = try refusal(of: [], version: 5)
    #expect(error.code == .versionTooNew)
    #expect(error.offset == 0)
    #expect(
      error.description
        == "ram: version 5 is not supported (at byte 0 of the stream, expected 4, found 5)")
  }

  @Test func refusesRecordsThatTheCapabilitiesDoNotAllow() throws {
    for (word, name) in [
      ("0000000000000080", "HOOK"), ("0000000000000100", "COMPRESS_PAGE"),
      ("0000000000000120", "CONTINUE|COMPRESS_PAGE"),
    ] {
      let error = try refusal(of: hex(word))
      #expect(error.code == .badRAMRecord)
      #expect(error.offset == 26)
      #expect(error.found == name)
    }
  }

  @Test func refusesFlagsThatCannotStandTogether() throws {
    for word in [
      "0000000000000000", "0000000000000001", "000000000000000a", "0000000000000006",
      "0000000000000020", "0000000000000018", "0000000000000400", "0000000000000fff",
      "0000000000000240",
    ] { try expect(word, .badRAMRecord, at: 26) }
  }

  @Test func refusesContinueWithoutABlock() throws {
    try expect("0000000000000022 00", .badRAMRecord, at: 26)
    try expect("0000000000000028", .badRAMRecord, at: 26)
  }

  @Test func refusesPagesOfUnknownAndIgnoredBlocks() throws {
    // The name begins at 34.
    try expect("0000000000000002 01 62 00", .unknownRAMBlock, at: 34, path: ["ram", "b"])
    try expect("0000000000000002 03 726f6d 00", .unknownRAMBlock, at: 34, path: ["ram", "rom"])
    try expect("0000000000000002 00 00", .unknownRAMBlock, at: 34, path: ["ram", ""])
    // Not UTF-8.
    try expect("0000000000000002 01 ff 00", .unknownRAMBlock, at: 34, path: ["ram", "\u{fffd}"])
  }

  @Test func refusesOffsetsOutsideTheBlock() throws {
    try expect("0000000000002002 01 61 00", .ramOffset, at: 26, path: ["ram", "a"])
    try expect("fffffffffffff008 01 61", .ramOffset, at: 26, path: ["ram", "a"])
    // After a good record, in the run of continued pages.
    try expect(
      "0000000000000002 01 61 00  0000000000002022 00", .ramOffset, at: 37, path: ["ram", "a"])
  }

  @Test func refusesAZeroRecordWithAnotherByte() throws {
    try expect("0000000000000002 01 61 01", .badRAMRecord, at: 36, path: ["ram", "a"])
    try expect(
      "0000000000000002 01 61 00  0000000000001022 07", .badRAMRecord, at: 45, path: ["ram", "a"])
  }

  @Test func refusesBlockListsThatDoNotFit() throws {
    func check(_ list: String, _ code: VMStateError.Code, _ offset: UInt64, _ name: String) throws {
      let error = try refusal(of: [], setup: hex(list) + TwoPages.end)
      #expect(error.code == code)
      #expect(error.offset == offset)
      #expect(error.path == ["ram", name])
    }
    try check("0000000000001004 01 62 0000000000001000", .unknownRAMBlock, 8, "b")
    try check("0000000000001004 03 726f6d 0000000000001000", .unknownRAMBlock, 8, "rom")
    // A fixed block of another length; a resizeable one beyond its maximum.
    try check("0000000000002004 05 6669786564 0000000000002000", .ramBlockSize, 8, "fixed")
    try check("0000000000005004 01 61 0000000000005000", .ramBlockSize, 8, "a")
    try check("fffffffffffff004 01 61 fffffffffffff000", .ramBlockSize, 8, "a")
    // The lengths are more than the total; the error is at the second entry.
    try check(
      "0000000000002004 01 61 0000000000001000 05 6669786564 0000000000002000", .badRAMRecord, 18,
      "fixed")
    try check("0000000000001004 01 61 0000000000000000", .badRAMRecord, 8, "a")
  }

  @Test func refusesATotalThatIsTooLarge() throws {
    // After "a" 0x1000 bytes are missing; what follows is an end word's 0x00: no block "".
    let error = try refusal(
      of: [], setup: hex("0000000000003004 01 61 0000000000002000") + TwoPages.end + TwoPages.end)
    #expect(error.code == .unknownRAMBlock)
    #expect(error.offset == 18)
  }

  @Test func refusesDataThatEndsInsideARecord() throws {
    let part = hex("0000000000000008 01 61") + pageBytes(1) + hex("0000000000001022 00")
    for count in [0, 3, 8, 9, 10, 11, 500, 4105, 4106, 4107, 4114] {
      let target = try RAMFixture(pages: 2)
      let error = #expect(throws: VMStateError.self) {
        try target.load([TwoPages.setup, Array(part[..<count])])
      }
      #expect(error?.code == .endOfStream)
      #expect(error?.offset == UInt64(26 + count))
      #expect(error?.path.first == "ram")
    }
  }
}
