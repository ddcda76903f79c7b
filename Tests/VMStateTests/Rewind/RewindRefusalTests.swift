import TestSupport
import Testing

@testable import VMState

/// What a rewind buffer refuses, and what it notices.
@Suite struct RewindRefusalTests {
  @Test func aLimitBelowTwoPagesIsRefused() throws {
    let error = failure { _ = try RewindRig([.make("ram", pages: 1)], byteLimit: 8191) }
    #expect(error?.code == .valueOutOfRange)
    #expect(error?.found == "8191")
  }

  @Test func aFrameThatDoesNotFitAloneLeavesNoFrames() throws {
    let rig = try RewindRig([.make("ram", pages: 40)], byteLimit: 100_000)
    let ram = try #require(rig.list["ram"])
    try rig.buffer.capture()
    for page in 0..<30 { ram.fill(page: page, with: 3) }
    let error = failure { try rig.buffer.capture() }
    #expect(error?.code == .limitExceeded)
    #expect(rig.buffer.frames.isEmpty)
    #expect(rig.buffer.position == nil)
    #expect(failure { try rig.buffer.restore(0) }?.code == .noSuchFrame)
    for page in 5..<30 { ram.fill(page: page, with: 0) }
    #expect(try rig.buffer.capture() == RewindFrame(number: 1, pages: 5, isWhole: true))
  }

  @Test func liveSectionsOtherThanTheBlocksAreRefusedByName() throws {
    let rig = try RewindRig([.make("ram", pages: 1)])
    let live = CountdownHandlers("dirty-bitmap", rounds: 1)
    live.isActive = false
    try rig.registry.registerLive("dirty-bitmap", version: 1, handlers: live)
    try rig.buffer.capture()
    live.isActive = true
    let error = failure { try rig.buffer.capture() }
    #expect(error?.code == .unsupported)
    #expect(error?.path == ["dirty-bitmap"])
    let again = failure {
      _ = try RewindBuffer(
        registry: rig.registry, blocks: rig.list, machine: rig.machine,
        options: RewindOptions(byteLimit: 1 << 20))
    }
    #expect(again?.path == ["dirty-bitmap"])
    let foreign = failure {
      _ = try RewindBuffer(
        registry: rig.registry, blocks: RAMBlockList(), machine: rig.machine,
        options: RewindOptions(byteLimit: 1 << 20))
    }
    #expect(foreign?.path == ["ram"])
  }

  @Test func aResizedBlockIsNamedByARestoreAndBeginsAnewWithACapture() throws {
    let rig = try RewindRig([
      .make("ram", pages: 2),
      .make("acpi", pages: 1, maximum: 4, attributes: [.migratable, .resizeable]),
    ])
    try rig.buffer.capture()
    try rig.buffer.capture()
    let acpi = try #require(rig.list["acpi"])
    try rig.list.resize(acpi, to: 12_288)
    let before = rig.copy
    #expect(failure { try rig.buffer.restore(0) }?.code == .configurationMismatch)
    #expect(rig.copy == before)
    acpi.put(8, at: 9000)
    #expect(try rig.buffer.capture() == RewindFrame(number: 2, pages: 1, isWhole: true))
    acpi.put(0, at: 9000)
    try rig.buffer.restore(2)
    #expect(acpi.byte(at: 9000) == 8)
  }

  @Test func addedBlocksAndEntriesBeginAnew() throws {
    let rig = try RewindRig([.make("ram", pages: 2)])
    try rig.buffer.capture()
    try rig.list.add(.make("more", pages: 5))
    #expect(failure { try rig.buffer.restore(0) }?.code == .configurationMismatch)
    #expect(try rig.buffer.capture().isWhole)
    #expect(rig.buffer.frames == 1..<2)
    let late = ByteDevice("late", [4])
    try rig.registry.register(body: late)
    #expect(failure { try rig.buffer.restore(1) }?.code == .configurationMismatch)
    #expect(try rig.buffer.capture().isWhole)
    late.bytes = [5]
    try rig.buffer.restore(2)
    #expect(late.bytes == [4])
  }

  @Test func aDeviceThatHasStateOnlyNowIsNotPassedOver() throws {
    let rig = try RewindRig([.make("ram", pages: 2)])
    rig.bytes.isNeeded = false
    try rig.buffer.capture()
    rig.bytes.isNeeded = true
    try rig.buffer.capture()
    let before = rig.copy
    let error = failure { try rig.buffer.stepBack() }
    #expect(error?.code == .configurationMismatch)
    #expect(error?.path == ["bytes"])
    #expect(rig.copy == before)
    rig.bytes.isNeeded = false
    try rig.buffer.stepBack()
    #expect(rig.buffer.position == 0)
  }

  @Test func marksThatASaveTookAreNotMissed() throws {
    let rig = try RewindRig([.make("ram", pages: 100)], runState: .paused)
    let ram = try #require(rig.list["ram"])
    try rig.buffer.capture()
    ram.put(1, at: 50_000)
    try StateSaver(registry: rig.registry, machine: rig.machine, options: .none())
      .save(to: MemoryChannel())
    ram.put(2, at: 90_000)
    // Every page is looked at, and those that differ are kept.
    #expect(try rig.buffer.capture().pages == 2)
    try rig.buffer.restore(0)
    #expect(ram.byte(at: 50_000) == 0 && ram.byte(at: 90_000) == 0)
    try rig.buffer.restore(1)
    #expect(ram.byte(at: 50_000) == 1 && ram.byte(at: 90_000) == 2)
  }

  @Test func aLoadOfAnotherStateIsNoticed() throws {
    let rig = try RewindRig([.make("ram", pages: 20)], runState: .paused)
    let ram = try #require(rig.list["ram"])
    let saved = MemoryChannel()
    ram.fill(page: 7, with: 7)
    try StateSaver(registry: rig.registry, machine: rig.machine, options: .none()).save(to: saved)
    ram.fill(page: 7, with: 1)
    rig.bytes.bytes = [50]
    try rig.buffer.capture()
    let copy = rig.copy
    try StateLoader(registry: rig.registry, machine: rig.machine, options: .none())
      .load(from: saved)
    #expect(ram.byte(at: 7 * 4096) == 7)
    #expect(try rig.buffer.capture().pages == 1)
    try rig.buffer.stepBack()
    #expect(rig.copy == copy)
    try rig.buffer.stepForward()
    #expect(ram.byte(at: 7 * 4096) == 7)
    #expect(rig.bytes.bytes == [1, 2, 3])
  }

  @Test func aTransferOfTheSameMachineIsBusy() throws {
    let rig = try RewindRig([.make("ram", pages: 2)])
    try rig.buffer.capture()
    try rig.registry.begin(.save)
    #expect(failure { try rig.buffer.capture() }?.code == .busy)
    #expect(failure { try rig.buffer.restore(0) }?.code == .busy)
    rig.registry.end()
    try rig.buffer.capture()
  }

  @Test func hooksSeeTheMemoryAndDevicesOfTheFrame() throws {
    let rig = try RewindRig([.make("ram", pages: 4)])
    let ram = try #require(rig.list["ram"])
    ram.fill(page: 1, with: 0x11)
    rig.devices[0].state.counter = 5
    try rig.buffer.capture()
    ram.fill(page: 1, with: 0x22)
    ram.fill(page: 2, with: 0x33)
    rig.devices[0].state.counter = 6
    try rig.buffer.capture()
    var seen: [UInt8] = []
    var counter: UInt32?
    rig.bytes.postLoad = { _, context in
      var bytes = [UInt8](repeating: 0xFF, count: 4)
      try bytes.withUnsafeMutableBytes {
        try #require(context.memory).read(block: "ram", offset: 8190, into: $0)
      }
      seen = bytes
      counter = context.staged(RewindState.self, of: "rewound", instance: 0)?.counter
    }
    try rig.buffer.restore(0)
    #expect(seen == [0x11, 0x11, 0, 0])
    #expect(counter == 5)
    try rig.buffer.restore(1)
    #expect(seen == [0x22, 0x22, 0x33, 0x33])
    #expect(counter == 6)
  }

  @Test func whatHooksWriteAfterARestoreBelongsToTheNextFrame() throws {
    let rig = try RewindRig([.make("ram", pages: 4)])
    let ram = try #require(rig.list["ram"])
    let device = RewoundDevice()
    try rig.registry.register(device, RewindState.vmstate, afterLoad: { _ in ram.put(9, at: 100) })
    try rig.buffer.capture()
    try rig.buffer.restore(0)
    #expect(ram.byte(at: 100) == 9)
    #expect(try rig.buffer.capture().pages == 1)
  }
}
