import TestSupport
import Testing
import VMState
import VMStateInspect

/// What a summary says of recorded streams. Page counts are those of `query-migrate` at the
/// source.
@Suite struct StreamSummaryTests {
  private func summary(_ name: String) throws -> StreamSummary {
    try StreamSummary.make(MemoryChannel(try Fixture.stream(name)))
  }

  @Test(arguments: [
    ("10.0/pc", 175, 1957), ("10.0/pc-smp2", 173, 1957), ("10.0/isapc", 171, 1927),
    ("10.0/none", 0, 1024), ("10.0/mapped-ram", 173, 1957), ("10.0/pc-rich", 175, 4005),
    ("7.2/pc", 172, 1958), ("7.2/q35", 176, 1956), ("7.2/rounds", 4746, 1234),
    ("7.2/postcopy", 1050, 1234), ("7.2/block", 174, 1958), ("7.2/slirp", 174, 1958),
    ("7.2/no-vmdesc", 174, 1958), ("7.2/auto-converge", 5516, 1234),
  ])
  func countsPagesAsTheSourceDid(name: String, normal: UInt64, zero: UInt64) throws {
    let pages = try summary(name).pages
    #expect(pages.normal == normal)
    #expect(pages.zero == zero)
  }

  @Test func countsRepeatedPagesAndIterations() throws {
    let rounds = try summary("7.2/rounds")
    let present = rounds.blocks.reduce(0) { $0 + $1.pagesPresent }
    // Every page came once, and the others again.
    #expect(present == rounds.memoryBytes / 4096)
    #expect(rounds.pages.repeated == rounds.pages.total - present)
    var sum = PageTally()
    for iteration in rounds.iterations { sum += iteration.pages }
    #expect(sum.normal == rounds.pages.normal && sum.zero == rounds.pages.zero)
    #expect(sum.repeated == rounds.pages.repeated)
    #expect(rounds.countsRepeats)
  }

  @Test func countsDeltas() throws {
    let xbzrle = try summary("7.2/xbzrle")
    #expect(xbzrle.pages.xbzrle > 0)
    // Deltas are for pages that had come.
    #expect(xbzrle.pages.repeated >= xbzrle.pages.xbzrle)
    #expect(try summary("7.2/compress").pages.compressed > 0)
  }

  @Test func addsThePagesOfMultifdChannels() throws {
    let main = MemoryChannel(try Fixture.stream("10.0/multifd-tee-multifd-main"))
    let channels = try ["10.0/multifd-tee-multifd1", "10.0/multifd-tee-multifd0"].map {
      MemoryChannel(try Fixture.stream($0))
    }
    let set = try StreamSummary.make(main, channels: channels)
    #expect(set.pages.normal == 173)
    #expect(set.pages.zero == 1957)
    #expect(set.channels.map(\.number) == [1, 0])
    #expect(set.problems.isEmpty && set.remarks.isEmpty)
    #expect(!set.hints.contains { $0.code == "multifd" })
    let alone = try summary("10.0/multifd-tee-multifd-main")
    #expect(alone.hints.contains { $0.code == "multifd" })
  }

  @Test(arguments: [
    ("10.0/pc", "10.0", "11.0"), ("7.2/pc", "7.2", "10.0"), ("10.0/none", "10.0", nil),
  ])
  func guessesTheRelease(name: String, oldest: String, before: String?) throws {
    let origin = try summary(name).origin
    #expect(origin.oldest?.text == oldest)
    #expect(origin.before?.text == before)
  }

  @Test(arguments: [
    ("10.0/pc", 1, "running", "8"), ("10.0/pc-smp2", 2, "running", "8"),
    ("7.2/pc-rich", 1, "running", "16"),
  ])
  func tellsTheCommandLine(name: String, cpus: Int, state: String, memory: String) throws {
    let found = try summary(name)
    #expect(found.cpuCount == cpus)
    #expect(found.runState == state)
    #expect(found.memoryOption == memory)
  }

  @Test func findsNothingWrongWithGoodStreams() throws {
    for name in try Fixture.streams() {
      let found = try summary(name)
      if name.contains("paused") { continue }
      #expect(found.problems.isEmpty, "\(name)")
      #expect(found.remarks.isEmpty, "\(name): \(found.remarks)")
      #expect(found.isComplete, "\(name)")
    }
  }

  @Test func namesBackgroundSnapshotsAndPostcopy() throws {
    #expect(try summary("7.2/background-snapshot").form == "background snapshot")
    #expect(try summary("7.2/postcopy").form == "postcopy")
    #expect(try summary("10.0/mapped-ram").form == "mapped-ram")
    #expect(try summary("10.0/pc").form == nil)
  }
}

/// What is odd about a stream that a destination would take.
@Suite struct SummaryRemarkTests {
  private func codes(_ bytes: [UInt8]) throws -> [String] {
    try StreamSummary.make(MemoryChannel(bytes)).remarks.map(\.code)
  }

  private func section(_ name: String, in bytes: [UInt8]) throws -> WalkedSection {
    let walked = StreamWalk.collect(MemoryChannel(bytes))
    for case .section(let section) in walked.elements where section.idstr == name {
      return section
    }
    throw VMStateError(.unknownSection, "the stream has no \(name)")
  }

  @Test func seesADuplicateSection() throws {
    var bytes = try Fixture.stream("10.0/none")
    let found = try section("globalstate", in: bytes)
    let range = Int(found.offset)..<Int(found.offset + found.length)
    bytes.insert(contentsOf: Array(bytes[range]), at: range.lowerBound)
    let remarks = try StreamSummary.make(MemoryChannel(bytes)).remarks
    #expect(remarks.contains { $0.code == "duplicate-section" && $0.section == "globalstate" })
  }

  @Test func seesASectionThatOnlyTheDescriptionHas() throws {
    var bytes = try Fixture.stream("10.0/pc")
    let found = try section("port92", in: bytes)
    bytes.removeSubrange(Int(found.offset)..<Int(found.offset + found.length))
    let remarks = try StreamSummary.make(MemoryChannel(bytes)).remarks
    #expect(remarks.map(\.code) == ["described-only"])
    #expect(remarks.first?.section == "port92")
  }

  @Test func seesTrailingBytes() throws {
    let bytes = try Fixture.stream("10.0/none") + [UInt8](repeating: 0, count: 5000)
    #expect(try codes(bytes) == ["trailing-bytes"])
  }

  @Test func seesAMissingPage() throws {
    // Each page comes once in this stream.
    var bytes = try Fixture.stream("10.0/pc-smp2")
    let walked = StreamWalk.collect(MemoryChannel(bytes))
    let part = walked.elements.compactMap { element -> Int? in
      guard case .section(let section) = element, section.kind == .part else { return nil }
      return Int(section.bodyOffset)
    }
    // The first page's record begins with its be64 word. It becomes one for the second page:
    // the first never comes, the second once more.
    let first = try #require(part.first)
    #expect(bytes[first + 6] & 0xF0 == 0)
    bytes[first + 6] |= 0x10
    let summary = try StreamSummary.make(MemoryChannel(bytes))
    #expect(summary.remarks.map(\.code) == ["missing-pages"])
    #expect(summary.remarks.first?.text.hasPrefix("1 of 2048 pages never came") == true)
    #expect(summary.pages.repeated == 1)
  }

  @Test func seesARunStateThatDoesNotExist() throws {
    var bytes = try Fixture.stream("10.0/none")
    let body = Int(try section("globalstate", in: bytes).bodyOffset)
    bytes[body + 4] = UInt8(ascii: "x")
    #expect(try codes(bytes).contains("run-state"))
    bytes[body + 3] = 99
    #expect(try codes(bytes).contains("run-state-size"))
  }
}

/// The set of pages that came.
@Suite struct PagesSeenTests {
  @Test func keepsAHostileStreamWithinItsBudget() throws {
    // Pages of a huge block, each far from the one before.
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    writer.put(WireFormat.magic)
    writer.put(WireFormat.version)
    writer.put(SectionKind.start.rawValue)
    writer.put(UInt32(1))
    writer.put(counted: "ram")
    writer.put(UInt32(0))
    writer.put(UInt32(4))
    writer.put(UInt64(1) << 60 | 4)
    writer.put(counted: "big")
    writer.put(UInt64(1) << 60)
    for index in 0..<UInt64(20_000) {
      writer.put(index << 40 | (index == 0 ? 2 : 0x22))
      if index == 0 { writer.put(counted: "big") }
      writer.put(UInt8(0))
    }
    writer.put(UInt64(0x10))
    writer.put(SectionKind.endOfFile.rawValue)
    try writer.flush()
    let summary = try StreamSummary.make(channel)
    #expect(summary.problems.isEmpty)
    #expect(summary.pages.zero == 20_000)
    #expect(!summary.countsRepeats)
    #expect(summary.blocks.first?.pagesPresent == 4096)
  }
}
