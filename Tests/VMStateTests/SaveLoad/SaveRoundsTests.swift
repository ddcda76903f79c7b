import Testing
import VMState

@Suite struct SaveRoundsTests {
  let registry = SaveStateRegistry()
  let machine = TestMachine()
  let log = CallLog()
  let clock = TestClock()

  private func add(_ name: String, rounds: Int) throws -> CountdownHandlers {
    let handlers = CountdownHandlers(name, rounds: rounds, log: log)
    try registry.registerLive(name, version: 1, handlers: handlers)
    return handlers
  }

  @discardableResult
  private func save(
    _ options: SaveOptions = .none(), to channel: any ByteChannel = MemoryChannel(),
    cancellation: CancellationFlag = CancellationFlag(),
    progress: ((SaveProgress) -> Void)? = nil
  ) throws -> SaveResult {
    let saver = StateSaver(
      registry: registry, machine: machine, options: options, clock: clock)
    return try saver.save(to: channel, cancellation: cancellation, progress: progress)
  }

  @Test func goesOnUntilNothingIsLeftWhileNoRateIsKnown() throws {
    _ = try add("ram", rounds: 3)
    let result = try save()
    #expect(result.progress.iteration == 3)
    #expect(log.calls.filter { $0 == "ram iterate" }.count == 3)
    // The threshold is 0, so the exact amount is never asked for.
    #expect(!log.contains("ram exact"))
  }

  @Test func switchesOverWhenTheRestFitsTheDowntimeLimit() throws {
    let ram = try add("ram", rounds: 1000)
    ram.bytesPerRound = 1
    // A round takes 100 ms and sends a section of 11 bytes; 40 bytes of header and START go
    // out with the first.
    ram.onIterate = { [clock] _ in clock.advance(.milliseconds(100)) }
    var options = SaveOptions.none()
    // 0.51 bytes a millisecond: 1020 bytes in 2 s, more than the 999 left.
    options.downtimeLimit = .seconds(2)
    let result = try save(options)
    #expect(result.progress.iteration == 1)
    #expect(log.calls.filter { $0 == "ram exact" }.count == 1)
    #expect(result.progress.remainingBytes == 999)
  }

  @Test func asksForTheExactAmountOnlyBelowTheThreshold() throws {
    let ram = try add("ram", rounds: 1000)
    ram.onIterate = { [clock] _ in clock.advance(.milliseconds(100)) }
    var options = SaveOptions.none()
    // 510 bytes in 1 s after the first slice, 110 after every later one.
    options.downtimeLimit = .seconds(1)
    let result = try save(options)
    #expect(result.progress.bytesPerSecond == 110)
    // 1000 - n < 110 for the first time after 891 rounds.
    #expect(result.progress.iteration == 891)
    #expect(log.calls.filter { $0 == "ram exact" }.count == 1)
    #expect(result.progress.expectedDowntime == .milliseconds(Double(109) / 0.11))
  }

  @Test func takesAGivenBandwidthForTheThreshold() throws {
    let ram = try add("ram", rounds: 200)
    ram.onIterate = { [clock] _ in clock.advance(.milliseconds(100)) }
    var options = SaveOptions.none()
    options.downtimeLimit = .seconds(1)
    options.availableSwitchoverBandwidth = 50
    #expect(try save(options).progress.iteration == 151)
  }

  @Test func anExactAmountAboveTheThresholdMeansAnotherRound() throws {
    let ram = try add("ram", rounds: 5)
    ram.onIterate = { [clock] _ in clock.advance(.milliseconds(100)) }
    let liar = Liar()
    try registry.registerLive("liar", version: 1, handlers: liar)
    var options = SaveOptions.none()
    options.downtimeLimit = .seconds(1000)
    #expect(try save(options).progress.iteration == 3)
    #expect(liar.exactCalls == 3)
  }

  @Test func aSnapshotEndsWithTheRoundThatHasNothingLeft() throws {
    _ = try add("ram", rounds: 4)
    _ = try add("bitmap", rounds: 2)
    var options = SaveOptions.none()
    options.switchover = .roundFinished
    #expect(try save(options).progress.iteration == 4)
    #expect(!log.contains("ram estimate"))
  }

  @Test func everyEntryTakesItsTurnInARoundOf10_0() throws {
    _ = try add("a", rounds: 2)
    _ = try add("b", rounds: 2)
    try save()
    let rounds = log.calls.filter { $0.hasSuffix("iterate") }
    #expect(rounds == ["a iterate", "b iterate", "a iterate", "b iterate"])
  }

  @Test func aRoundOf7_2StopsAtTheFirstEntryThatIsNotFinished() throws {
    _ = try add("a", rounds: 2)
    _ = try add("b", rounds: 2)
    try save(.none(.qemu7_2))
    let rounds = log.calls.filter { $0.hasSuffix("iterate") }
    #expect(rounds == ["a iterate", "a iterate", "b iterate", "a iterate", "b iterate"])
  }

  @Test func leavesHandlersOutOfRoundsThatSaySo() throws {
    let ram = try add("ram", rounds: 0)
    ram.isIterationActive = false
    _ = try add("other", rounds: 1)
    try save()
    #expect(!log.contains("ram iterate"))
    #expect(log.contains("ram setup"))
    #expect(log.contains("ram complete"))
  }

  @Test func keepsToTheRateLimit() throws {
    let ram = try add("ram", rounds: 30)
    var options = SaveOptions.none()
    // 22 bytes a slice: exceeded after the third section of 11 bytes.
    options.maximumBandwidth = 220
    options.downtimeLimit = .zero
    // Header and START go out with the first PART (53 bytes), so the first slice holds one
    // round and every later one three.
    #expect(ram.left == 30)
    try save(options)
    #expect(clock.now == .milliseconds(1000))
  }

  @Test func aLimitOfZeroIsNone() throws {
    _ = try add("ram", rounds: 30)
    var options = SaveOptions.none()
    options.maximumBandwidth = 0
    try save(options)
    #expect(clock.now == .zero)
  }

  @Test func liftsTheLimitForTheSwitchover() throws {
    let ram = try add("ram", rounds: 1)
    let device = ByteDevice("x", [])
    try registry.register(body: device)
    let counters = TransferCounters()
    var limits: [UInt64] = []
    ram.onIterate = { _ in limits.append(counters.limitPerWindow) }
    device.beforeSave = { limits.append(counters.limitPerWindow) }
    let saver = StateSaver(
      registry: registry, machine: machine, options: .none(), clock: clock)
    try saver.save(to: MemoryChannel(), counters: counters)
    #expect(limits == [(128 << 20) / 10, 0])
  }

  @Test func endsInTheMiddleOfARoundWhenCancelled() throws {
    let ram = try add("ram", rounds: 1000)
    let flag = CancellationFlag()
    ram.onIterate = { context in
      flag.cancel()
      try context.batchDone()
    }
    let error = failure { try save(cancellation: flag) }
    #expect(error?.code == .cancelled)
    #expect(error?.pathDescription == "ram")
    #expect(machine.runState == .running)
    #expect(machine.calls.isEmpty)
    #expect(log.calls.last == "ram save-cleanup")
  }

  @Test func reportsProgressPerBatch() throws {
    let ram = try add("ram", rounds: 2)
    ram.onIterate = { context in
      context.progress.normalPages += 5
      try context.batchDone()
    }
    var steps: [SaveProgress] = []
    let result = try save { steps.append($0) }
    #expect(steps.map(\.normalPages).max() == 10)
    #expect(steps.last?.phase == .finished)
    #expect(steps.last?.transferredBytes == result.bytes)
    #expect(steps.map(\.iteration) == steps.map(\.iteration).sorted())
    #expect(steps.filter { $0.phase == .iterating }.count >= 4)
  }
}

/// Estimates little and has much, twice.
private final class Liar: SaveVMHandlers {
  let phases: SavePhases = []
  var exactCalls = 0

  func pendingEstimate(_ context: SaveContext) -> PendingBytes { PendingBytes(mustPrecopy: 1) }

  func pendingExact(_ context: SaveContext) -> PendingBytes {
    exactCalls += 1
    return PendingBytes(mustPrecopy: exactCalls < 3 ? .max : 0)
  }

  func loadState(
    from reader: inout StreamReader, version: Int, kind: SectionKind, _ context: LoadContext
  ) throws {}
}
