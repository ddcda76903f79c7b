import Testing
import VMState

@Suite struct SaveFailureTests {
  let registry = SaveStateRegistry()
  let machine = TestMachine()
  let log = CallLog()
  let timer: ByteDevice
  let ram: CountdownHandlers

  init() throws {
    timer = ByteDevice("timer", [1, 2], log: log)
    ram = CountdownHandlers("ram", rounds: 2, log: log)
    try registry.register(body: timer)
    try registry.registerLive("ram", version: 4, handlers: ram)
  }

  private func save(to channel: any ByteChannel) -> VMStateError? {
    let saver = StateSaver(
      registry: registry, machine: machine, options: .none(), clock: TestClock())
    return failure { try saver.save(to: channel) }
  }

  @Test func aChannelThatFailsAtAnyByteLeavesTheMachineRunning() throws {
    let whole = MemoryChannel()
    #expect(save(to: whole) == nil)
    let before = registry.entries
    for limit in 0..<whole.bytes.count {
      try machine.start(.running)
      ram.left = 2
      log.clear()
      let channel = LimitedChannel(after: limit)
      let error = save(to: channel)
      #expect(error?.code == .channelFailed, "after \(limit) bytes")
      #expect(error?.offset == UInt64(limit))
      #expect(machine.runState == .running)
      #expect(!machine.isLocked)
      #expect(log.calls.last == "ram save-cleanup")
      #expect(channel.isShut && !channel.isClosed)
      #expect(timer.bytes == [1, 2])
      #expect(registry.use == nil)
      let isUnchanged = registry.entries.elementsEqual(before, by: ===)
      #expect(isUnchanged)
    }
    let channel = LimitedChannel(after: whole.bytes.count)
    ram.left = 2
    #expect(save(to: channel) == nil)
    #expect(channel.isClosed && !channel.isShut)
  }

  @Test(arguments: ["prepare", "setup", "iterate", "complete"])
  func aCallbackThatThrowsEndsTheSaveBelowItsName(callback: String) {
    ram.failing = callback
    let channel = LimitedChannel(after: .max)
    let error = save(to: channel)
    #expect(error?.code == .hookFailed)
    #expect(error?.pathDescription == "ram")
    #expect(error?.cause is Refusal)
    #expect(machine.runState == .running)
    #expect(log.calls.last == "ram save-cleanup")
    #expect(channel.isShut)
    #expect(machine.calls.contains("undoSwitchover") == (callback == "complete"))
  }

  @Test func aPrepareThatThrowsHasWrittenNothing() {
    ram.failing = "prepare"
    let channel = MemoryChannel()
    #expect(save(to: channel) != nil)
    #expect(channel.bytes.isEmpty)
  }

  @Test func aDevicesHooksEndTheSaveBelowItsName() {
    timer.beforeSave = { throw Refusal() }
    #expect(save(to: MemoryChannel())?.pathDescription == "timer")
    timer.beforeSave = nil
    timer.preSave = { throw Refusal() }
    let channel = MemoryChannel()
    let error = save(to: channel)
    #expect(error?.pathDescription == "timer")
    #expect(error?.code == .hookFailed)
    // 56 bytes come before (no rounds are left), and as in QEMU the section's header stands
    // before the hook: 5 + 1 + 5 + 8 bytes.
    #expect(error?.offset == 75)
    #expect(machine.runState == .running)
  }

  @Test(arguments: ["stop finish-migrate", "prepareSwitchover", "synchronizeForSave"])
  func aMachineThatRefusesRunsOn(call: String) {
    machine.fail(in: call)
    #expect(save(to: MemoryChannel())?.code == .machineControl)
    #expect(machine.runState == .running)
    #expect(log.calls.last == "ram save-cleanup")
  }

  @Test func saysSoWhenTheMachineCannotBeStartedAgain() {
    ram.failing = "complete"
    machine.fail(in: "start running")
    let error = save(to: MemoryChannel())
    #expect(error?.code == .machineControl)
    #expect((error?.cause as? VMStateError)?.code == .hookFailed)
  }

  @Test func aChannelThatDoesNotCloseIsAFailedSave() {
    let channel = UnclosableChannel()
    #expect(save(to: channel)?.code == .channelFailed)
    #expect(machine.runState == .running)
  }

  @Test func aCancelledSaveSaysSoWhateverItsChannelSays() {
    let channel = LimitedChannel(after: 30)
    let flag = CancellationFlag()
    ram.onIterate = { _ in flag.cancel() }
    let saver = StateSaver(registry: registry, machine: machine, options: .none())
    let error = failure { try saver.save(to: channel, cancellation: flag) }
    #expect(error?.code == .cancelled)
    #expect((error?.cause as? VMStateError)?.code == .channelFailed)
  }
}

/// Takes everything and fails at the end, as a file whose data cannot be made durable.
private final class UnclosableChannel: ByteChannel {
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }
  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    spans.reduce(0) { $0 + $1.count }
  }
  func close() throws(VMStateError) { throw VMStateError(.channelFailed, "no sync") }
}
