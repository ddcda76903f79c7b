import Synchronization
import Testing
import VMState

@Suite struct RunningTransferTests {
  /// A machine of one device and one live section.
  private func makeRegistry(rounds: Int, _ value: UInt8 = 7) throws -> SaveStateRegistry {
    let registry = SaveStateRegistry()
    let ram = CountdownHandlers("ram", rounds: rounds)
    ram.onIterate = { context in
      context.progress.normalPages += 1
      try context.batchDone()
    }
    try registry.registerLive("ram", version: 4, handlers: ram)
    try registry.register(body: ByteDevice("x", [value]))
    return registry
  }

  private func saver(
    _ registry: SaveStateRegistry, _ machine: TestMachine = TestMachine()
  ) -> StateSaver {
    StateSaver(registry: registry, machine: machine, options: .none())
  }

  @Test func savesAndLoadsOnThreadsOfTheirOwn() async throws {
    let channel = MemoryChannel()
    let save = try saver(makeRegistry(rounds: 20)).start(to: channel)
    var phases: [SaveProgress.Phase] = []
    for await step in save.progress where phases.last != step.phase { phases.append(step.phase) }
    let result = try await save.result()
    #expect(result.bytes == UInt64(channel.bytes.count))
    #expect(phases.last == .finished)
    // A second waiter gets the same result.
    #expect(try await save.result().bytes == result.bytes)

    let target = SaveStateRegistry()
    try target.registerLive("ram", version: 4, handlers: CountdownHandlers("ram", rounds: 0))
    try target.register(body: ByteDevice("x", []))
    let loader = StateLoader(registry: target, machine: TestMachine(), options: .none())
    let load = try loader.start(from: MemoryChannel(channel.bytes))
    #expect(try await load.result().loadedEntries == ["ram", "x"])
    #expect((target.find("x", instance: 0)?.described as? ByteDevice)?.bytes == [7])
  }

  @Test @MainActor func startsFromTheMainActorToo() async throws {
    let channel = MemoryChannel()
    _ = try await saver(makeRegistry(rounds: 1)).start(to: channel).result()
    #expect(!channel.bytes.isEmpty)
  }

  @Test func cancellingTheTransferEndsABlockedWrite() async throws {
    let machine = TestMachine()
    let channel = BlockingChannel()
    let save = try saver(makeRegistry(rounds: .max), machine).start(to: channel)
    while !channel.isBlocked { await Task.yield() }
    save.cancel()
    await #expect(throws: VMStateError.self) { try await save.result() }
    do {
      _ = try await save.result()
    } catch {
      #expect(error.code == .cancelled)
    }
    #expect(machine.runState == .running)
  }

  @Test func cancellingTheWaitingTaskCancelsTheTransfer() async throws {
    let machine = TestMachine()
    let save = try saver(makeRegistry(rounds: .max), machine).start(to: BlockingChannel())
    let task = Task { try await save.result() }
    task.cancel()
    let result = await task.result
    #expect(throws: VMStateError.self) { try result.get() }
    #expect(machine.runState == .running)
  }

  @Test func twoMachinesOfOneProcessTransferAtTheSameTime() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in UInt8(1)...6 {
        let source = try makeRegistry(rounds: 200, number)
        let target = SaveStateRegistry()
        try target.registerLive("ram", version: 4, handlers: CountdownHandlers("ram", rounds: 0))
        try target.register(body: ByteDevice("x", []))
        group.addTask {
          for _ in 0..<5 {
            let channel = MemoryChannel()
            let machine = TestMachine()
            _ = try await self.saver(source, machine).start(to: channel).result()
            let loader = StateLoader(registry: target, machine: machine, options: .none())
            _ = try await loader.start(from: MemoryChannel(channel.bytes)).result()
            let device = target.find("x", instance: 0)?.described as? ByteDevice
            #expect(device?.bytes == [number])
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func theTransfersOfOneMachineExcludeEachOther() async throws {
    let registry = try makeRegistry(rounds: .max)
    let channel = BlockingChannel()
    let save = try saver(registry).start(to: channel)
    while !channel.isBlocked { await Task.yield() }
    do {
      _ = try await saver(registry).start(to: MemoryChannel()).result()
      Issue.record("a second save ran")
    } catch {
      #expect(error.code == .busy)
    }
    save.cancel()
    await #expect(throws: VMStateError.self) { try await save.result() }
  }
}

/// Takes nothing, and blocks until it is shut down.
private final class BlockingChannel: ByteChannel {
  private let shut = Atomic<Bool>(false)
  private let blocked = Atomic<Bool>(false)

  var isBlocked: Bool { blocked.load(ordering: .acquiring) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    blocked.store(true, ordering: .releasing)
    let clock = SystemTransferClock()
    while !shut.load(ordering: .acquiring) { clock.sleep(.milliseconds(1)) }
    throw VMStateError(.channelFailed, "the channel was shut down")
  }

  func shutdown() { shut.store(true, ordering: .releasing) }
}
