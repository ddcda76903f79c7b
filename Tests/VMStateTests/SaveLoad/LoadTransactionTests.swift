import Testing
import TestSupport
import VMState

@Suite struct LoadTransactionTests {
  let registry = SaveStateRegistry()
  let machine = TestMachine()
  let log = CallLog()
  let first: ByteDevice
  let last: ByteDevice
  let ram: CountdownHandlers
  let stream: [UInt8]

  init() throws {
    func register(_ names: [ByteDevice], _ ram: CountdownHandlers, in registry: SaveStateRegistry)
      throws
    {
      try registry.registerLive("ram", version: 4, handlers: ram)
      for device in names { try registry.register(body: device) }
    }
    // The stream comes from a machine of its own.
    let source = SaveStateRegistry()
    try register(
      [ByteDevice("first", [1, 2, 3]), ByteDevice("last", [4, 5])],
      CountdownHandlers("ram", rounds: 2), in: source)
    let channel = MemoryChannel()
    try StateSaver(registry: source, machine: TestMachine(), options: .none()).save(to: channel)
    stream = channel.bytes

    first = ByteDevice("first", [0xF1], log: log)
    last = ByteDevice("last", [0xF2], log: log)
    ram = CountdownHandlers("ram", rounds: 0, log: log)
    try register([first, last], ram, in: registry)
  }

  private var loader: StateLoader {
    StateLoader(registry: registry, machine: machine, options: .none())
  }

  private func load(
    _ bytes: [UInt8], cancellation: CancellationFlag = CancellationFlag()
  ) -> VMStateError? {
    failure { try loader.load(from: MemoryChannel(bytes), cancellation: cancellation) }
  }

  private func expectNothingChanged(_ note: Comment) {
    #expect(first.bytes == [0xF1], note)
    #expect(last.bytes == [0xF2], note)
    #expect(ram.sum == 0, note)
    #expect(first.stagedState == nil && last.stagedState == nil, note)
    #expect(!log.calls.contains { $0.hasSuffix("commit") || $0.hasSuffix("after-load") }, note)
    #expect(registry.entries.allSatisfy { $0.loadSectionID == nil }, note)
    #expect(registry.use == nil, note)
    #expect(machine.runState == .running, note)
    #expect(!machine.isLocked, note)
  }

  @Test func aStreamCutAtAnyByteUpToEOFChangesNothing() throws {
    // EOF is the last zero byte before `06` and the description.
    let description = stream.lastIndex(of: 6).map { $0 } ?? 0
    var end = description
    while !(stream[end - 1] == 0 && stream[end] == 6 && stream[end + 5] == 0x7B) { end -= 1 }
    for count in 0..<end - 1 {
      log.clear()
      let error = load(Array(stream[..<count]))
      #expect(error?.code == .endOfStream, "cut at \(count)")
      #expect(error?.offset == UInt64(count))
      expectNothingChanged("cut at \(count)")
      #expect(log.calls.last == "ram load-cleanup")
    }
    // From EOF on, the state is complete.
    #expect(load(Array(stream[..<end])) == nil)
    #expect(last.bytes == [4, 5])
  }

  @Test func aStreamOverAChannelOfSingleBytesLoads() {
    let channel = TricklingChannel(stream)
    #expect(failure { try loader.load(from: channel) } == nil)
    #expect(first.bytes == [1, 2, 3])
  }

  @Test func aHookThatFailsInTheLastSectionChangesNothing() {
    last.postLoad = { _, _ in throw Refusal() }
    let error = load(stream)
    #expect(error?.code == .hookFailed)
    #expect(error?.pathDescription == "last")
    #expect(error?.cause is Refusal)
    #expect(
      error?.message
        == "error while loading state for instance 0x0 of device 'last': "
        + "the post-load hook failed")
    #expect(log.contains("first abort"))
    #expect(log.contains("ram abort"))
    expectNothingChanged("hook")
  }

  @Test func aSecondLiveSectionThatRefusesChangesNothing() throws {
    let second = CountdownHandlers("bitmap", rounds: 0, log: log)
    second.failing = "load start 1"
    try registry.registerLive("bitmap", version: 1, handlers: second)
    let bitmap = hex("01 00000063 06") + ascii("bitmap") + hex("00000000 00000001 A0")
    let end = try #require(stream.indices.first { stream[$0] == 8 })
    let error = load(stream[..<end] + bitmap)
    #expect(error?.code == .hookFailed)
    #expect(error?.pathDescription == "bitmap")
    #expect(log.contains("bitmap abort"))
    #expect(log.contains("ram abort"))
    #expect(log.contains("bitmap load-cleanup"))
    expectNothingChanged("second live section")
  }

  @Test func aLoadSetupThatRefusesChangesNothing() {
    ram.failing = "load-setup"
    #expect(load(stream)?.pathDescription == "ram")
    #expect(log.calls == ["ram load-setup", "ram abort", "ram load-cleanup"])
    expectNothingChanged("load-setup")
  }

  @Test func aCancelJustBeforeCommitChangesNothing() {
    let flag = CancellationFlag()
    let channel = HookedChannel(stream) { flag.cancel() }
    let error = failure { try loader.load(from: channel, cancellation: flag) }
    #expect(error?.code == .cancelled)
    #expect(log.contains("last load 1"))
    expectNothingChanged("cancel")
  }

  @Test func aCancelInAHookEndsTheLoadAtTheNextSection() {
    let flag = CancellationFlag()
    first.postLoad = { _, _ in flag.cancel() }
    #expect(load(stream, cancellation: flag)?.code == .cancelled)
    #expect(!log.contains("last load 1"))
    expectNothingChanged("cancel in a hook")
  }

  @Test(arguments: ["stop restore-vm", "synchronizeBeforeLoad"])
  func aMachineThatRefusesRunsOn(call: String) {
    machine.fail(in: call)
    #expect(load(stream)?.code == .machineControl)
    expectNothingChanged("\(call)")
  }

  @Test func aStoppedMachineStaysStoppedAfterAFailure() {
    let machine = TestMachine(.inMigrate)
    let loader = StateLoader(registry: registry, machine: machine, options: .none())
    #expect(failure { try loader.load(from: MemoryChannel(Array(stream.prefix(30)))) } != nil)
    #expect(machine.runState == .inMigrate)
    #expect(machine.calls == ["synchronizeBeforeLoad", "synchronizeAfterLoad"])
  }

  @Test func saysSoWhenTheMachineCannotBeStartedAgain() {
    machine.fail(in: "start running")
    last.postLoad = { _, _ in throw Refusal() }
    let error = load(stream)
    #expect(error?.code == .machineControl)
    #expect((error?.cause as? VMStateError)?.code == .hookFailed)
  }

  @Test func commitsEverythingBeforeAnyDeviceIsTold() {
    #expect(load(stream) == nil)
    #expect(
      log.calls.suffix(7) == [
        "ram commit", "first commit", "last commit", "ram after-load", "first after-load",
        "last after-load", "ram load-cleanup",
      ])
  }

  @Test func hooksSeeTheStagedStateOfEarlierEntries() {
    var seen: [[UInt8]?] = []
    first.postLoad = { _, context in
      seen.append(context.staged([UInt8].self, of: "last"))
      seen.append(context.staged([UInt8].self, of: "first"))
    }
    last.postLoad = { [first] _, context in
      seen.append(context.staged([UInt8].self, of: "first"))
      seen.append(context.staged([UInt8].self, of: "first", instance: 1))
      seen.append(first.bytes)
    }
    #expect(load(stream) == nil)
    #expect(seen == [nil, nil, [1, 2, 3], nil, [0xF1]])
  }

  @Test func hooksReadMemoryAsLoadedSoFar() throws {
    let registry = SaveStateRegistry()
    try registry.registerLive("ram", version: 4, handlers: MemoryHandlers())
    let device = ByteDevice("first", [])
    let other = ByteDevice("last", [])
    try registry.register(body: device)
    try registry.register(body: other)
    var seen: [UInt8] = []
    device.postLoad = { _, context in
      var bytes: [UInt8] = [0, 0]
      try bytes.withUnsafeMutableBytes { target in
        try context.memory?.read(block: "pc.ram", offset: 0, into: target)
      }
      seen = bytes
    }
    let loader = StateLoader(registry: registry, machine: machine, options: .none())
    try loader.load(from: MemoryChannel(stream))
    // START, two PARTs and END brought A0, B0, B0, C0.
    #expect(seen == [4, 0xC0])
  }

  @Test func failsTheSameWayAgainAndThenLoads() {
    last.postLoad = { _, _ in throw Refusal() }
    #expect(load(stream)?.code == .hookFailed)
    #expect(load(stream)?.code == .hookFailed)
    last.postLoad = nil
    #expect(load(stream) == nil)
    #expect(first.bytes == [1, 2, 3])
    #expect(ram.sum == 0xA0 + 0xB0 + 0xB0 + 0xC0)
  }
}

/// Gives one byte per read.
final class TricklingChannel: ByteChannel {
  private let channel: MemoryChannel

  init(_ bytes: [UInt8]) { channel = MemoryChannel(bytes) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try channel.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(1)))
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "read only")
  }
}

/// Gives all bytes, then calls a hook when it is read at its end.
final class HookedChannel: ByteChannel {
  private let channel: MemoryChannel
  private let hook: @Sendable () -> Void

  init(_ bytes: [UInt8], atEnd hook: @escaping @Sendable () -> Void) {
    channel = MemoryChannel(bytes)
    self.hook = hook
  }

  var size: UInt64? { channel.size }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let count = try channel.read(into: buffer)
    if count == 0 { hook() }
    return count
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    throw VMStateError(.unsupported, "read only")
  }
}

/// Loads single bytes; its memory is how many came, and the last of them.
private final class MemoryHandlers: SaveVMHandlers, StagedMemory {
  private var bytes: [UInt8] = []

  func loadState(
    from reader: inout StreamReader, version: Int, kind: SectionKind, _ context: LoadContext
  ) throws { bytes.append(try reader.get()) }

  func read(
    block: String, offset: UInt64, into target: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    guard block == "pc.ram" else { throw VMStateError(.unknownRAMBlock, "no block \(block)") }
    target[0] = UInt8(bytes.count)
    target[1] = bytes.last ?? 0
  }
}
