import TestSupport
import Testing

@testable import VMState

@Suite struct RAMTransactionTests {
  /// Sections of a machine with blocks "a" (5 pages) and "b" (2 pages), in two rounds.
  private func sections() throws -> [[UInt8]] {
    let source = try RAMFixture([.make("a", pages: 5), .make("b", pages: 2)])
    for page in [0, 1, 3] { source.first.fill(page: page, with: UInt8(page + 1)) }
    source.list.blocks[1].fill(page: 1, with: 0xbb)
    var sections = [try source.setup(), try source.iterate().bytes]
    source.first.fill(page: 0, with: 0)
    source.first.put(3, at: 3 * 4096)
    sections.append(try source.complete())
    return sections
  }

  /// A machine that has run: other content everywhere.
  private func used(
    _ protection: RAMBlock.LoadProtection, fill: UInt8 = 0xcc
  ) throws -> RAMFixture {
    let target = try RAMFixture([
      .make("a", pages: 5, protection: protection), .make("b", pages: 2, protection: protection),
    ])
    for block in target.list.blocks {
      for page in 0..<Int(block.usedLength / 4096) { block.fill(page: page, with: fill) }
    }
    return target
  }

  /// The stream cut behind each record, and at every 97th byte.
  private func cuts(_ stream: [UInt8]) throws -> [Int] {
    var cuts = Set(stride(from: 0, to: stream.count, by: 97))
    for (index, bytes) in stream.enumerated() where bytes == 0x28 || bytes == 0x22 {
      cuts.formUnion([index + 1, index + 2].filter { $0 < stream.count })
    }
    return cuts.sorted()
  }

  @Test func aProtectedMachineIsUnchangedByACutAnywhere() throws {
    let stream = try sections().joined().map { $0 }
    let target = try used(.protected)
    let before = target.content
    for cut in try cuts(stream) {
      let error = #expect(throws: VMStateError.self) { try target.loadStream(stream[..<cut]) }
      #expect(error?.code == .endOfStream)
      #expect(target.content == before, "cut at \(cut)")
    }
    try target.loadStream(stream[...])
    #expect(target.content != before)
  }

  @Test func aFreshMachineIsZeroAfterACutAnywhere() throws {
    let stream = try sections().joined().map { $0 }
    let target = try used(.disposable, fill: 0)
    let zero = target.content
    for cut in try cuts(stream) {
      #expect(throws: VMStateError.self) { try target.loadStream(stream[..<cut]) }
      #expect(target.content == zero, "cut at \(cut)")
      #expect(target.first.protection == .disposable)
    }
    try target.loadStream(stream[...])
    #expect(target.content[0].starts(with: pageBytes(0) + pageBytes(2)))
  }

  @Test func nothingIsVisibleBeforeTheCommit() throws {
    let target = try used(.protected)
    let before = target.content
    let context = LoadContext()
    try target.stage(try sections(), context: context)
    #expect(target.content == before)
    // Hooks see the new memory through the context.
    let memory = try #require(context.memory)
    var bytes = [UInt8](repeating: 1, count: 8192)
    try bytes.withUnsafeMutableBytes { try memory.read(block: "a", offset: 2048, into: $0) }
    #expect(bytes == pageBytes(0, 2048) + pageBytes(2) + pageBytes(0, 2048))
    target.handlers.commitLoad()
    #expect(target.content != before)
    let after = bytes
    try bytes.withUnsafeMutableBytes { try memory.read(block: "a", offset: 2048, into: $0) }
    #expect(bytes == after)
    target.handlers.loadCleanup()
    #expect(target.content[0].starts(with: pageBytes(0) + pageBytes(2)))
  }

  @Test func stagedReadsFallBackToLiveMemoryAndAreChecked() throws {
    let target = try used(.protected)
    let context = LoadContext()
    try target.stage(
      [try sections()[0], hex("0000000000001002 01 61 00 0000000000000010")], context: context)
    let memory = try #require(context.memory)
    var bytes = [UInt8](repeating: 1, count: 4)
    func read(_ block: String, _ offset: UInt64) throws -> [UInt8] {
      try bytes.withUnsafeMutableBytes { try memory.read(block: block, offset: offset, into: $0) }
      return bytes
    }
    #expect(try read("a", 4094) == [0xcc, 0xcc, 0, 0])
    #expect(try read("b", 0) == pageBytes(0xcc, 4))
    for (block, offset, code) in [
      ("a", 5 * 4096 - 3, VMStateError.Code.ramOffset), ("a", UInt64.max, .ramOffset),
      ("c", 0, .unknownRAMBlock),
    ] {
      let error = #expect(throws: VMStateError.self) { try read(block, offset) }
      #expect(error?.code == code)
    }
    target.handlers.abortLoad()
    #expect(try read("a", 4094) == pageBytes(0xcc, 4))
    let error = #expect(throws: VMStateError.self) { try read("a", 5 * 4096 - 3) }
    #expect(error?.code == .ramOffset)
  }

  @Test func aLoadThatIsCleanedUpWithoutCommitIsUndone() throws {
    let target = try used(.protected)
    let before = target.content
    try target.stage(try sections())
    target.handlers.loadCleanup()
    #expect(target.content == before)
  }

  @Test func disposableBlocksAreProtectedOnceLoaded() throws {
    let target = try RAMFixture([
      .make("a", pages: 5, protection: .disposable),
      .make("b", pages: 2, protection: .alwaysDisposable),
    ])
    try target.load(try sections())
    #expect(target.list.blocks.map(\.protection) == [.protected, .alwaysDisposable])
    // So the next load, which fails, changes nothing of "a"; "b" is given up.
    let before = target.content
    #expect(throws: VMStateError.self) {
      try target.load(Array(try sections()[..<2]) + [hex("0000000000000000")])
    }
    #expect(target.content[0] == before[0])
    #expect(target.content[1] == pageBytes(0, 8192))
  }

  @Test func aFailureBeforeTheFirstPageLeavesDisposableBlocksAlone() throws {
    let target = try used(.disposable)
    let before = target.content
    #expect(throws: VMStateError.self) { try target.load([try sections()[0], [0, 0]]) }
    #expect(target.content == before)
  }

  @Test func theNeedForSecondCopiesIsCheckedBeforeAPageIsLoaded() throws {
    let target = try used(.protected)
    var limits = Limits()
    limits.stagedMemoryBytes = 7 * 4096 - 1
    let sections = try sections()
    let error = #expect(throws: VMStateError.self) {
      try target.load(sections, context: LoadContext(limits: limits))
    }
    #expect(error?.code == .limitExceeded)
    #expect(error?.path == ["ram"])
    #expect(error?.offset == 8)
    #expect(target.handlers.loadProgress.current.normalPages == 0)
    limits.stagedMemoryBytes += 1
    try target.load(sections, context: LoadContext(limits: limits))
    // In place nothing is needed.
    limits.stagedMemoryBytes = 0
    try used(.disposable).load(sections, context: LoadContext(limits: limits))
  }

  @Test func aBlockThatComesUnannouncedCountsAgainstTheLimit() throws {
    let target = try used(.protected)
    var limits = Limits()
    limits.stagedMemoryBytes = 6 * 4096
    let error = #expect(throws: VMStateError.self) {
      try target.load(
        [
          hex("0000000000005004 01 61 0000000000005000 0000000000000010"),
          hex("0000000000000002 01 62 00 0000000000000010"),
        ], context: LoadContext(limits: limits))
    }
    #expect(error?.code == .limitExceeded)
  }
}

@Suite struct RAMResizeOnLoadTests {
  /// Block "a": two pages of 0x11, at most four.
  private func target(
    _ protection: RAMBlock.LoadProtection, _ told: Told = Told()
  ) throws -> RAMFixture {
    let target = try RAMFixture([
      .make(
        "a", pages: 2, maximum: 4, attributes: [.migratable, .resizeable], protection: protection
      ) { told.add($1) }
    ])
    for page in 0..<2 { target.first.fill(page: page, with: 0x11) }
    return target
  }

  // "a" of 0x3000 bytes; page 2 has content.
  private let growing = [
    hex("0000000000003004 01 61 0000000000003000 0000000000000010"),
    hex("0000000000002008 01 61") + pageBytes(9) + hex("0000000000000010"),
  ]

  @Test func growsAtTheCommit() throws {
    let told = Told()
    let target = try target(.protected, told)
    try target.stage(growing)
    #expect(target.first.usedLength == 8192)
    #expect(told.values == [])
    target.handlers.commitLoad()
    #expect(told.values == [0x3000])
    #expect(target.first.content == pageBytes(0x11, 8192) + pageBytes(9))
  }

  @Test func shrinksAtTheCommit() throws {
    let target = try target(.protected)
    try target.load([
      hex("0000000000001004 01 61 0000000000001000 0000000000000010"),
      hex("0000000000000008 01 61") + pageBytes(9) + hex("0000000000000010"),
    ])
    #expect(target.first.content == pageBytes(9))
    let tooFar = try self.target(.protected)
    let error = #expect(throws: VMStateError.self) {
      try tooFar.load([
        hex("0000000000001004 01 61 0000000000001000 0000000000000010"),
        hex("0000000000001002 01 61 00 0000000000000010"),
      ])
    }
    #expect(error?.code == .ramOffset)
    #expect(tooFar.first.content == pageBytes(0x11, 8192))
  }

  @Test func keepsItsLengthAfterAFailure() throws {
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let told = Told()
      let target = try target(protection, told)
      #expect(throws: VMStateError.self) { try target.load(growing + [hex("00")]) }
      #expect(told.values == [])
      #expect(target.first.content == pageBytes(protection == .protected ? 0x11 : 0, 8192))
      // Beyond the length, too, nothing of the failed load is left.
      if protection == .disposable { #expect(target.first.byte(at: 8192) == 0) }
    }
  }

  @Test func roundsTheStreamsLengthUp() throws {
    let told = Told()
    let target = try target(.protected, told)
    // Within the present two pages only the exact length is news.
    try target.list.resize(target.first, to: 0x1fff)
    #expect(told.values == [0x1fff])
    #expect(target.first.usedLength == 0x2000)
    try target.load([TwoPages.setup])
    #expect(told.values == [0x1fff, 0x2000])
  }
}

extension RAMFixture {
  /// Loads payloads that follow each other without framing: three sections.
  func loadStream(_ bytes: ArraySlice<UInt8>) throws(VMStateError) {
    let context = LoadContext()
    defer { handlers.loadCleanup() }
    try handlers.loadSetup(context)
    var reader = StreamReader(MemoryChannel(Array(bytes)))
    for _ in 0..<3 {
      try handlers.loadState(from: &reader, version: 4, kind: .part, context)
    }
    handlers.commitLoad()
  }
}
