import TestSupport
import Testing

@testable import VMState

@Suite struct RAMSaveTests {
  /// The blocks of a pc machine with 64 MiB, in the order in which they are made.
  private func pcBlocks() throws -> [RAMBlock] {
    let resizeable: RAMBlock.Attributes = [.migratable, .resizeable]
    return [
      try .make("pc.ram", pages: 0x4000), try .make("pc.rom", pages: 0x20),
      try .make("pc.bios", pages: 0x40),
      try .make("/rom@etc/acpi/tables", pages: 0x20, maximum: 0x200, attributes: resizeable),
      try .make("/rom@etc/table-loader", pages: 1, maximum: 0x10, attributes: resizeable),
      try .make("/rom@etc/acpi/rsdp", pages: 1, attributes: resizeable),
    ]
  }

  @Test func writesTheBlockListOfAPCMachine() throws {
    let fixture = try RAMFixture(try pcBlocks())
    #expect(
      try fixture.setup()
        == hex(
          """
          0000000004082004
            06 70632e72616d                                     0000000004000000
            14 2f726f6d406574632f616370692f7461626c6573         0000000000020000
            07 70632e62696f73                                   0000000000040000
            06 70632e726f6d                                     0000000000020000
            15 2f726f6d406574632f7461626c652d6c6f61646572       0000000000001000
            12 2f726f6d406574632f616370692f72736470             0000000000001000
          0000000000000010
          """))
    fixture.handlers.saveCleanup()
  }

  @Test func writesTheSectionsOfAMachineWithoutDevices() throws {
    // QEMU 10.0, `-M none -m 4`: one block "ram" of 4 MiB, all zero.
    let fixture = try RAMFixture([.make("ram", pages: 1024)])
    let sections = try fixture.saveAll()
    #expect(sections[0] == hex("0000000000400004 03 72616d 0000000000400000 0000000000000010"))
    var part = hex("0000000000000002 03 72616d 00")
    for page in 1..<1024 {
      part += written { $0.put(UInt64(page) << 12 | 0x22) } + [0]
    }
    let isSame = sections[1] == part + hex("0000000000000010")
    #expect(isSame)
    // Every section ends with EOS; the END section of a quiet machine has nothing else.
    #expect(sections.allSatisfy { $0.suffix(8).elementsEqual(hex("0000000000000010")) })
    #expect(sections.last == hex("0000000000000010"))
  }

  @Test func writesAnEmptyMachine() throws {
    let fixture = try RAMFixture([])
    #expect(
      try fixture.saveAll() == [
        hex("0000000000000004 0000000000000010"), hex("0000000000000010"),
        hex("0000000000000010"),
      ])
  }

  @Test func writesNamesOnlyWhereTheBlockChanges() throws {
    let fixture = try RAMFixture([.make("pc.ram", pages: 3), .make("b", pages: 1)])
    fixture.list.blocks[0].fill(page: 0, with: 0xaa)
    fixture.list.blocks[1].fill(page: 0, with: 0xbb)
    _ = try fixture.setup()
    let part = try fixture.iterate()
    #expect(part.isDone)
    #expect(
      part.bytes
        == hex("0000000000000008 06 70632e72616d") + pageBytes(0xaa)
        + hex("0000000000001022 00") + hex("0000000000002022 00")
        + hex("0000000000000008 01 62") + pageBytes(0xbb) + hex("0000000000000010"))
    // The block sent last is remembered from section to section.
    fixture.list.blocks[1].put(1, at: 99)
    #expect(try RecordList(try fixture.iterateAfterSync()).text == ["~:0"])
    fixture.list.blocks[1].put(1, at: 100)
    fixture.list.blocks[0].put(0xaa, at: 0)
    _ = fixture.handlers.pendingExact(fixture.context)
    // The search goes on behind the last page, so it begins at the first block again.
    #expect(try RecordList(try fixture.iterate().bytes).text == ["pc.ram:0", "b:0"])
    fixture.list.blocks[1].put(7, at: 0)
    fixture.list.blocks[0].put(7, at: 4096)
    #expect(try RecordList(try fixture.complete()).text == ["pc.ram:1", "b:0"])
  }

  @Test func savesAStoppedMachineWithoutTracking() throws {
    let source = try RAMFixture([.make("a", pages: 70)], tracking: nil)
    source.first.fill(page: 69, with: 5)
    // Straight from setup to complete, as a machine that is stopped may.
    let sections = [try source.setup(), try source.complete()]
    source.handlers.saveCleanup()
    #expect(try RecordList(sections[1]).records.count == 70)
    let target = try RAMFixture(pages: 70)
    try target.load(sections)
    #expect(target.content == source.content)
  }

  @Test func tellsWhatIsLeft() throws {
    let fixture = try RAMFixture(pages: 8)
    #expect(fixture.handlers.pendingEstimate(fixture.context) == PendingBytes())
    _ = try fixture.setup()
    #expect(fixture.handlers.pendingEstimate(fixture.context).mustPrecopy == 8 * 4096)
    #expect(try fixture.iterate().isDone)
    fixture.first.put(1, at: 0)
    #expect(fixture.handlers.pendingEstimate(fixture.context).total == 0)
    #expect(fixture.handlers.pendingExact(fixture.context).mustPrecopy == 4096)
    #expect(fixture.handlers.pendingEstimate(fixture.context).mustPrecopy == 4096)
  }

  @Test func countsPagesBytesAndRounds() throws {
    let fixture = try RAMFixture(pages: 8)
    fixture.first.fill(page: 2, with: 1)
    let sections = try fixture.saveAll()
    let values = fixture.handlers.progress.current
    #expect(values.totalBytes == 8 * 4096)
    #expect(values.normalPages == 1)
    #expect(values.zeroPages == 7)
    #expect(values.dirtyPages == 0)
    #expect(values.rounds == 1)
    #expect(values.syncs == 2)
    #expect(fixture.context.progress.normalPages == 1)
    #expect(fixture.context.progress.zeroPages == 7)
    #expect(fixture.context.progress.dirtySyncCount == 2)
    #expect(values.dirtyBytesAtLastSync == 0)
    // All bytes but the block list: its word, one entry of 2 + 8 bytes.
    #expect(values.recordBytes == UInt64(sections.joined().count - 18))
  }

  @Test func sendsNothingOfBlocksThatTakeNoPart() throws {
    let fixture = try RAMFixture(
      [
        .make("file", pages: 4, attributes: [.migratable, .shared, .namedFile]),
        .make("memfd", pages: 3, attributes: [.migratable, .shared], regionOffset: 0xc0000),
        .make("device", pages: 2, attributes: []),
      ], capabilities: ["x-ignore-shared"])
    // Total of the migratable ones, gpa after each length; "device" does not appear.
    #expect(
      try fixture.setup()
        == hex(
          """
          0000000000007004
          04 66696c65 0000000000004000 0000000000000000
          05 6d656d6664 0000000000003000 00000000000c0000
          0000000000000010
          """))
    let part = try fixture.iterate().bytes
    #expect(try RecordList(part).text == ["memfd:0z", "~:1z", "~:2z"])
    fixture.handlers.saveCleanup()
    // 7.2: every shared block stays.
    let older = try RAMFixture(
      fixture.list.blocks, capabilities: ["x-ignore-shared"], ignoredNeedNamedFile: false)
    _ = try older.setup()
    #expect(try older.iterate().bytes == hex("0000000000000010"))
  }

  @Test func writesUnusualPageSizesForPostcopy() throws {
    let fixture = try RAMFixture(
      [.make("huge", pages: 512, pageSize: 0x20_0000), .make("plain", pages: 1)],
      capabilities: ["postcopy-ram"])
    #expect(
      try fixture.setup()
        == hex(
          """
          0000000000201004
          04 68756765 0000000000200000 0000000000200000
          05 706c61696e 0000000000001000
          0000000000000010
          """))
    #expect(fixture.handlers.pendingEstimate(fixture.context).canPostcopy == 0x20_1000)
  }

  @Test func sendsPagesOfAnotherTargetSize() throws {
    let size = try #require(TargetPageSize(16384))
    let block = try RAMBlock(
      "a", memory: GuestMemory(mapping: 3 * 16384), usedLength: 3 * 16384, targetPageSize: size)
    let fixture = try RAMFixture([block], targetPageSize: size)
    block.fill(page: 1, with: 6)
    let sections = try fixture.saveAll()
    #expect(
      Array(sections[1...].joined())
        == hex("0000000000000002 01 61 00 0000000000004028") + pageBytes(6, 16384)
        + hex("0000000000008022 00 0000000000000010 0000000000000010"))
    let target = try RAMFixture(
      [
        RAMBlock(
          "a", memory: GuestMemory(mapping: 3 * 16384), usedLength: 3 * 16384,
          targetPageSize: size)
      ], targetPageSize: size)
    try target.load(sections)
    #expect(target.content == fixture.content)
  }
}

@Suite struct RAMSaveControlTests {
  @Test func stopsARoundAtTheRateLimit() throws {
    let fixture = try RAMFixture(pages: 1000)
    for page in 0..<1000 { fixture.first.fill(page: page, with: 1) }
    _ = try fixture.setup()
    fixture.context.counters.limitPerWindow = 300_000
    fixture.context.counters.restartWindow()
    let part = try fixture.iterate()
    #expect(!part.isDone)
    // What the limit allows, and at most what one more vectored write holds.
    #expect(part.bytes.count > 300_000 && part.bytes.count < 300_000 + 2 * 32 * 4104)
    // Over the limit from the start: a section with its end alone.
    #expect(try fixture.iterate().bytes == hex("0000000000000010"))
    // Completion does not look at it.
    let rest = try RecordList(try fixture.complete()).records.count
    #expect(try rest + RecordList(part.bytes).records.count == 1000)
  }

  @Test func stopsARoundAfterABoundedTime() throws {
    let fixture = try RAMFixture(pages: 4096)
    fixture.handlers.roundTime = .milliseconds(50)
    fixture.handlers.seam = { moment, _, page in
      guard moment == .bitCleared, page % 64 == 0 else { return }
      let end = ContinuousClock.now + .milliseconds(20)
      while ContinuousClock.now < end {}
    }
    _ = try fixture.setup()
    let part = try fixture.iterate()
    #expect(!part.isDone)
    #expect(try RecordList(part.bytes).records.count < 1000)
  }

  @Test func stopsWhenCancelled() throws {
    let fixture = try RAMFixture(pages: 4096)
    let flag = fixture.context.cancellation
    fixture.handlers.seam = { _, _, page in if page == 1000 { flag.cancel() } }
    _ = try fixture.setup()
    let error = #expect(throws: VMStateError.self) { try fixture.complete() }
    #expect(error?.code == .cancelled)
    // Looked at after each batch.
    #expect(fixture.handlers.progress.current.zeroPages < 1000 + 128)
    fixture.handlers.saveCleanup()
  }

  @Test func aCancelledSaveReadsNoQueuedPageLater() throws {
    let fixture = try RAMFixture(pages: 64)
    fixture.first.fill(page: 0, with: 1)
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    try fixture.handlers.saveSetup(to: &writer, fixture.context)
    let length = channel.bytes.count
    fixture.context.cancellation.cancel()
    #expect(throws: VMStateError.self) {
      _ = try fixture.handlers.saveIterate(to: &writer, fixture.context)
    }
    #expect(throws: VMStateError.self) { try writer.flush() }
    #expect(channel.bytes.count == length)
  }

  @Test func reportsAChannelThatFails() throws {
    let fixture = try RAMFixture(pages: 200)
    for page in 0..<200 { fixture.first.fill(page: page, with: 3) }
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    try fixture.handlers.saveSetup(to: &writer, fixture.context)
    channel.shutdown()
    let error = #expect(throws: VMStateError.self) {
      try fixture.handlers.saveComplete(to: &writer, fixture.context)
    }
    #expect(error?.code == .channelFailed)
  }

  @Test func refusesAPartWithoutASetupAndASecondSetup() throws {
    let fixture = try RAMFixture(pages: 1)
    #expect(throws: VMStateError.self) { try fixture.complete() }
    _ = try fixture.setup()
    let error = #expect(throws: VMStateError.self) { try fixture.setup() }
    #expect(error?.code == .busy)
    fixture.handlers.saveCleanup()
    _ = try fixture.setup()
    fixture.handlers.saveCleanup()
    fixture.handlers.saveCleanup()
  }

  @Test func failsWhenABlockIsResized() throws {
    let fixture = try RAMFixture(
      [.make("a", pages: 2, maximum: 9, attributes: [.migratable, .resizeable])])
    _ = try fixture.setup()
    try fixture.list.resize(fixture.first, to: 3 * 4096)
    let error = #expect(throws: VMStateError.self) { try fixture.iterate() }
    #expect(error?.code == .ramBlockSize)
    fixture.handlers.saveCleanup()
    // The next attempt takes the new length.
    #expect(try RecordList(Array(fixture.saveAll()[1])).records.count == 3)
  }

  @Test func takesUpBlocksAddedAndRemovedBetweenRounds() throws {
    let fixture = try RAMFixture([.make("a", pages: 4), .make("b", pages: 3)])
    _ = try fixture.setup()
    #expect(try RecordList(fixture.iterate().bytes).text.last == "~:2z")
    let added = try RAMBlock.make("new", pages: 2)
    added.fill(page: 1, with: 8)
    try fixture.list.add(added)
    #expect(fixture.handlers.pendingEstimate(fixture.context).total == 0)
    // The search begins anew, with a name although "b" was the last block sent.
    fixture.list.blocks[1].put(9, at: 0)
    _ = fixture.handlers.pendingExact(fixture.context)
    #expect(try RecordList(fixture.iterate().bytes).text == ["b:0", "new:0z", "~:1"])
    #expect(fixture.handlers.progress.current.totalBytes == 9 * 4096)
    // A page that is dirty in a removed block goes with it.
    fixture.list.blocks[0].put(9, at: 0)
    added.put(9, at: 0)
    _ = fixture.handlers.pendingExact(fixture.context)
    try fixture.list.remove(fixture.list.blocks[0])
    #expect(try RecordList(fixture.iterate().bytes).text == ["new:0"])
    #expect(fixture.handlers.pendingEstimate(fixture.context).total == 0)
    #expect(try fixture.complete() == hex("0000000000000010"))
  }

  @Test func startsAndStopsTheTrackingOfEachBlockOnce() throws {
    let tracking = CountingTracking()
    let fixture = try RAMFixture(
      [.make("a", pages: 2), .make("b", pages: 1)], tracking: tracking)
    _ = try fixture.setup()
    let a = fixture.first
    try fixture.list.remove(a)
    try fixture.list.add(.make("c", pages: 1))
    _ = try fixture.iterate()
    fixture.handlers.saveCleanup()
    #expect(tracking.started == ["a", "b", "c"])
    #expect(tracking.stopped.sorted() == ["a", "b", "c"])
  }

  @Test func aTrackerThatFailsEndsTheSave() throws {
    let tracking = CountingTracking()
    let fixture = try RAMFixture([.make("a", pages: 2), .make("b", pages: 1)], tracking: tracking)
    tracking.failsAtStart = "b"
    #expect(throws: VMStateError.self) { try fixture.setup() }
    fixture.handlers.saveCleanup()
    #expect(tracking.stopped == ["a"])
    // In `pendingExact`, which cannot throw: the next section does.
    tracking.failsAtStart = nil
    _ = try fixture.setup()
    tracking.failsAtSync = true
    _ = fixture.handlers.pendingExact(fixture.context)
    tracking.failsAtSync = false
    let error = #expect(throws: VMStateError.self) { try fixture.iterate() }
    #expect(error?.message == "no log")
    fixture.handlers.saveCleanup()
  }
}

/// A tracker that notes its calls and fails on demand.
final class CountingTracking: DirtyTracking {
  var started: [String] = []
  var stopped: [String] = []
  var failsAtStart: String?
  var failsAtSync = false

  func start(_ block: RAMBlock) throws(VMStateError) {
    if failsAtStart == block.idstr { throw VMStateError(.unsupported, "no tracking") }
    started.append(block.idstr)
  }

  func sync(_ block: RAMBlock, into bitmap: PageBitmap) throws(VMStateError) {
    if failsAtSync { throw VMStateError(.unsupported, "no log") }
  }

  func stop(_ block: RAMBlock) { stopped.append(block.idstr) }
}
