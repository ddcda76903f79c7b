import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@testable import VMState

/// Limits of saves, and turns of others during loads.
@Suite struct RAMPacingTests {
  @Test(arguments: [0, 2])
  func allChannelsTogetherKeepTheRateLimit(channels: Int) throws {
    let source = try RAMFixture(pages: 4096)
    for page in 0..<4096 { source.first.put(1, at: UInt64(page) * 4096) }
    if channels > 0 {
      source.handlers.multifd = MultifdChannels((0..<channels).map { _ in MemoryChannel() })
    }
    let counters = source.context.counters
    _ = try source.setup()
    counters.limitPerWindow = 1 << 20
    counters.restartWindow()
    let before = counters.transferred
    let round = try source.iterate()
    #expect(!round.isDone && counters.isRateExceeded)
    // What the limit lets pass, and what was on its way: batches of each channel.
    #expect(counters.transferred - before < 1 << 20 + 4 * 524_288)
    // Nothing more goes in this window.
    let sent = source.handlers.progress.current.dirtyPages
    _ = try source.iterate()
    #expect(source.handlers.progress.current.dirtyPages == sent)
    counters.limitPerWindow = 0
    #expect(try source.iterate().isDone)
    _ = try source.complete()
    source.handlers.saveCleanup()
  }

  @Test func aRoundTakesABoundedTime() throws {
    let source = try RAMFixture(pages: 20000)
    source.handlers.roundTime = .zero
    _ = try source.setup()
    #expect(try !source.iterate().isDone)
    source.handlers.saveCleanup()
  }

  @Test func aLoadGivesWayEvery32768Pages() throws {
    let end = hex("0000000000000010")
    let setup = hex("0000000000001004 01 61 0000000000001000") + end
    // 70000 times the same page, which is zero.
    var part = hex("0000000000000002 01 61 00")
    for _ in 1..<70000 { part += [0, 0, 0, 0, 0, 0, 0, 0x22, 0] }
    let target = try RAMFixture(pages: 1, protection: .disposable)
    let context = LoadContext()
    var turns = 0
    context.giveWay = { turns += 1 }
    try target.load([setup, part + end, end], context: context)
    // START, PART at 0, 32768 and 65536 pages, END.
    #expect(turns == 1 + 3 + 1)
  }

  @Test func theOwnersTurnComesThroughTheOptions() throws {
    let memory = try RAMFixture(pages: 4, protection: .disposable)
    let registry = SaveStateRegistry()
    try registry.registerLive("ram", version: 4, handlers: memory.handlers)
    let channel = MemoryChannel()
    try StateSaver(registry: registry, machine: TestMachine(), options: .none()).save(to: channel)
    let turns = Guarded(0)
    let machine = TestMachine(.paused)
    var options = LoadOptions.none()
    options.giveWay = {
      #expect(!machine.isLocked)
      turns.withLock { $0 += 1 }
    }
    try StateLoader(registry: registry, machine: machine, options: options)
      .load(from: MemoryChannel(channel.bytes))
    #expect(turns.withLock { $0 } == 3)
  }

  @Test func releasingMemoryDoesNothingBeforePostcopy() throws {
    func save(_ capabilities: Set<String>) throws -> [[UInt8]] {
      let source = try RAMFixture([.make("a", pages: 20)], capabilities: capabilities)
      for page in 3..<9 { source.first.fill(page: page, with: 5) }
      let sections = try source.saveAll()
      #expect(source.first.byte(at: 4 * 4096) == 5)
      return sections
    }
    #expect(try save(["release-ram"]) == save([]))
  }
}

/// Blocks whose content outlives the machine.
@Suite struct NonVolatileBlockTests {
  /// A file mapped twice: shared, and read by the test.
  @Test func areWrittenBackAfterALoad() throws {
    let folder = TemporaryFolder()
    let path = folder("memory")
    let file = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
    try #require(file >= 0)
    defer { close(file) }
    try #require(ftruncate(file, 8 * 4096) == 0)
    let base = try #require(mmap(nil, 8 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0))
    try #require(base != MAP_FAILED)
    defer { munmap(base, 8 * 4096) }
    let block = try RAMBlock(
      "a", memory: GuestMemory(at: base, length: 8 * 4096), usedLength: 8 * 4096,
      attributes: [.migratable, .nonVolatile, .shared], protection: .disposable)
    let source = try RAMFixture(pages: 8)
    source.first.fill(page: 3, with: 9)
    let target = try RAMFixture([block])
    try target.load(source.saveAll())
    #expect(target.handlers.writeBackFailures.isEmpty)
    var byte: UInt8 = 0
    let count = pread(file, &byte, 1, 3 * 4096 + 5)
    #expect(count == 1 && byte == 9)
  }

  @Test func whatTheSystemRefusesIsToldAndEndsNothing() throws {
    // The second half of the block is not mapped at the time of the commit.
    let base = try #require(
      mmap(nil, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    let block = try RAMBlock(
      "a", memory: GuestMemory(at: base, length: 4 * 4096), usedLength: 4 * 4096,
      attributes: [.migratable, .nonVolatile], protection: .disposable)
    munmap(base + 2 * 4096, 2 * 4096)
    #expect(block.writeBack()?.code == .channelFailed)
    munmap(base, 2 * 4096)
    #expect(try RAMBlock.make("b", pages: 1).writeBack() == nil)
  }
}
