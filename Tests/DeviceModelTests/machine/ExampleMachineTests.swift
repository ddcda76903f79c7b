import DeviceModels
import RecordedMachines
import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct ExampleMachineTests {
  private func machine(
    _ profile: StreamProfile = .qemu10_0, seed: UInt64 = 1
  ) throws -> ExampleMachine {
    var options = ExampleMachine.Options()
    options.profile = profile
    options.memoryBytes = 4 << 20
    options.hotBytes = 1 << 20
    options.seconds = 1_800_000_000
    options.seed = seed
    return try ExampleMachine(options)
  }

  /// A machine that has run for a while and stands.
  private func rested(seed: UInt64 = 1) throws -> ExampleMachine {
    let machine = try machine(seed: seed)
    try machine.start()
    try waitForTicks(machine, 5)
    machine.stop(.paused)
    return machine
  }

  private func waitForTicks(_ machine: ExampleMachine, _ count: UInt64) throws {
    let first = machine.timerTicks
    for _ in 0..<5000 where machine.timerTicks < first + count { pause(milliseconds: 1) }
    try #require(machine.timerTicks >= first + count, "the guest does not run")
  }

  private func content(_ machine: ExampleMachine) -> [[UInt8]] {
    machine.blocks.blocks.map {
      [UInt8](UnsafeRawBufferPointer(start: $0.memory.base, count: Int($0.usedLength)))
    }
  }

  private func expectEqual(_ left: ExampleMachine, _ right: ExampleMachine) throws {
    let ours = try left.deviceSections()
    let theirs = try right.deviceSections()
    #expect(ours.map(\.name) == theirs.map(\.name))
    for (one, other) in zip(ours, theirs) { #expect(one.bytes == other.bytes, "\(one.name)") }
    #expect(content(left) == content(right))
  }

  @Test(arguments: ["7.2/pc-rich", "10.0/pc-rich"])
  func hasTheSectionsOfQEMUsMachineInItsOrder(name: String) throws {
    let recorded = try RecordedStream(name)
    let machine = try machine(recorded.profile)
    let ours = machine.registry.entries.filter { $0.described != nil }
      .map { SectionName(idstr: $0.idstr, instance: $0.instanceID) }
    let theirs = try Recording(recorded.walked, profile: recorded.profile).sections.map(\.name)
    #expect(ours == theirs.filter(ours.contains))
    #expect(ours.count == 19)
  }

  @Test func answersToQEMUsOldInstanceIDs() throws {
    let registry = try machine().registry
    for (name, instance, alias) in [
      ("i8254", 0, 0x40), ("i8259", 0, 0x20), ("i8259", 1, 0xA0), ("mc146818rtc", 0, 0x70),
    ] as [(String, UInt32, UInt32)] {
      let entry = try #require(registry.find(name, instance: alias))
      #expect(entry === registry.find(name, instance: instance))
      #expect(entry.aliasID == Int32(alias))
    }
  }

  @Test(arguments: [StreamProfile.qemu7_2, .qemu10_0])
  func savesWhileItRunsAndLoadsTheSameState(profile: StreamProfile) throws {
    let source = try machine(profile)
    source.fillMemory(0x2000..<1 << 20, seed: 3)
    try source.start()
    try waitForTicks(source, 3)
    var saver = source.saver
    saver.options.maximumBandwidth = 16 << 20
    saver.options.downtimeLimit = .milliseconds(10)
    let stream = MemoryChannel()
    let result = try saver.save(to: stream)
    #expect(source.runState == .finishMigrate)
    let pages = source.blocks.blocks.reduce(0) { $0 + $1.usedLength / 4096 }
    #expect(result.progress.normalPages + result.progress.zeroPages > pages, "some went twice")
    let destination = try machine(profile, seed: 2)
    let loaded = try destination.loader.load(from: MemoryChannel(stream.bytes))
    #expect(loaded.warnings.isEmpty)
    try expectEqual(source, destination)
  }

  @Test func goesOnAfterALoad() throws {
    let source = try rested()
    let stream = MemoryChannel()
    try source.saver.save(to: stream)
    let destination = try machine(seed: 2)
    try destination.loader.load(from: MemoryChannel(stream.bytes))
    let ticks = destination.timerTicks
    #expect(ticks == source.timerTicks)
    try destination.start()
    try waitForTicks(destination, 5)
    destination.stop(.paused)
  }

  @Test func isAsBeforeWhenTheLastSectionIsDamaged() throws {
    let source = try rested()
    let stream = MemoryChannel()
    try source.saver.save(to: stream)
    let walked = StreamWalk.collect(MemoryChannel(stream.bytes))
    guard case .section(let last)? = walked.elements.last else {
      Issue.record("no section")
      return
    }
    var damaged = stream.bytes
    damaged[Int(last.bodyOffset) + 4] = UInt8(ascii: "?")
    let destination = try rested(seed: 2)
    let twin = try machine(seed: 3)
    let copy = MemoryChannel()
    try destination.saver.save(to: copy)
    try twin.loader.load(from: MemoryChannel(copy.bytes))
    let error = #expect(throws: VMStateError.self) {
      try destination.loader.load(from: MemoryChannel(damaged))
    }
    #expect(error?.path.first == "globalstate")
    try expectEqual(destination, twin)
  }

  @Test func runsOnAfterALoadThatFails() throws {
    let machine = try machine()
    try machine.start()
    try waitForTicks(machine, 1)
    let stream = try Fixture.stream("10.0/pc")
    let error = #expect(throws: VMStateError.self) {
      try machine.loader.load(from: MemoryChannel(stream))
    }
    #expect(error?.code == .ramBlockSize)
    #expect(machine.runState == .running)
    try waitForTicks(machine, 3)
    machine.stop(.paused)
  }

  @Test func runsOnAfterASaveThatFails() throws {
    let machine = try machine()
    machine.fillMemory(0x2000..<2 << 20, seed: 3)
    try machine.start()
    try waitForTicks(machine, 1)
    #expect(throws: VMStateError.self) { try machine.saver.save(to: FullChannel(limit: 1 << 20)) }
    #expect(machine.runState == .running)
    try waitForTicks(machine, 3)
    machine.stop(.paused)
  }
}

/// Takes some bytes and no more.
private final class FullChannel: ByteChannel {
  private let inner = MemoryChannel()
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    guard inner.bytes.count < limit else {
      throw VMStateError(.channelFailed, "no space is left")
    }
    return try inner.write(spans)
  }

  func shutdown() { inner.shutdown() }
  func close() throws(VMStateError) { try inner.close() }
}
