import Synchronization
import TestSupport
import Testing

@testable import VMState

/// When a guest is slowed down, and how much.
@Suite struct ConvergenceRuleTests {
  private typealias Period = ConvergenceRule.Period

  @Test func actsAtTheSecondPeriodWithTooMuchDirtied() {
    var rule = ConvergenceRule()
    let parameters = ThrottleParameters()
    // More than half of what was sent.
    let bad = Period(dirtied: 501, sent: 1000)
    // The good one does not begin anew.
    let periods = [bad, bad, bad, Period(dirtied: 500, sent: 1000), bad]
    let due = periods.map { rule.isDue($0, parameters) }
    #expect(due == [false, true, false, false, true])
  }

  @Test func takesTheThresholdOfTheTransferredBytes() {
    var parameters = ThrottleParameters()
    parameters.triggerThreshold = 7
    #expect(Period(dirtied: 0, sent: 1999).limit(parameters) == 139)
    parameters.triggerThreshold = 100
    #expect(Period(dirtied: 0, sent: .max).limit(parameters) == .max)
  }

  private func percentages(_ parameters: ThrottleParameters, steps: Int, _ period: Period) -> [Int]
  {
    var rule = ConvergenceRule()
    return (0..<steps).map { _ in
      rule.step(period, parameters)
      return rule.percentage
    }
  }

  @Test func stepsFromTheInitialPartToTheMaximum() {
    let period = Period(dirtied: 1000, sent: 1000)
    var parameters = ThrottleParameters()
    #expect(
      percentages(parameters, steps: 10, period) == [20, 30, 40, 50, 60, 70, 80, 90, 99, 99])
    parameters.initial = 35
    parameters.increment = 25
    parameters.maximum = 70
    #expect(percentages(parameters, steps: 3, period) == [35, 60, 70])
  }

  @Test func addsLessWhereLessIsEnough() {
    var parameters = ThrottleParameters()
    parameters.isTailSlow = true
    // The limit is 475 of 500 dirtied bytes. 80 left: 80 - 76 = 4; 76 - 72.2 cut: 4; 72 - 68.4: 4.
    #expect(
      percentages(parameters, steps: 4, Period(dirtied: 500, sent: 950)) == [20, 24, 28, 32])
    // Half would be enough: 80 - 40 is more than the increment.
    #expect(percentages(parameters, steps: 2, Period(dirtied: 500, sent: 500)) == [20, 30])
  }

  @Test func refusesParametersOutOfRange() throws {
    let changes: [(String, (inout ThrottleParameters) -> Void)] = [
      ("threshold 0", { $0.triggerThreshold = 0 }), ("101", { $0.triggerThreshold = 101 }),
      ("initial 0", { $0.initial = 0 }), ("100", { $0.initial = 100 }),
      ("increment 0", { $0.increment = 0 }), ("100", { $0.increment = 100 }),
      ("below the initial part", { $0.maximum = 19 }), ("100", { $0.maximum = 100 }),
      ("period 0", { $0.dirtyLimitPeriod = 0 }), ("1001", { $0.dirtyLimitPeriod = 1001 }),
      ("limit 0", { $0.dirtyLimit = 0 }), ("much", { $0.dirtyLimit = .max }),
    ]
    let handlers = try RAMFixture(pages: 1).handlers
    for (name, change) in changes {
      var parameters = RAMParameters()
      change(&parameters.throttle)
      let error = #expect(throws: VMStateError.self, "\(name)") {
        try handlers.setParameters(parameters)
      }
      #expect(error?.code == .valueOutOfRange)
    }
  }
}

/// The sleeps of a CPU thread.
@Suite struct GuestBrakeTests {
  @Test func periodsLeaveTenMillisecondsOfWork() {
    let lines: [(Int, Duration, Duration)] = [
      (20, .microseconds(12_500), .microseconds(2_500)), (50, .milliseconds(20), .milliseconds(10)),
      (99, .seconds(1), .milliseconds(990)),
    ]
    for (percentage, period, sleep) in lines {
      #expect(GuestBrake.period(percentage: percentage) == period)
      #expect(GuestBrake.sleep(percentage: percentage) == sleep + .nanoseconds(1))
    }
    #expect(GuestBrake.period(percentage: 0) == nil)
    #expect(GuestBrake.sleep(percentage: 0) == .zero)
  }

  @Test func takesThePartThatWasAskedFor() {
    let (brake, clock) = (GuestBrake(), TestClock())
    brake.takeTime(percentage: 75)
    var turn = GuestBrake.Turn()
    var worked = Duration.zero
    // Pieces of work of half a millisecond each, over ten seconds.
    while clock.now < .seconds(10) {
      clock.advance(.microseconds(500))
      worked += .microseconds(500)
      brake.pause(&turn, clock: clock)
    }
    let part = worked / clock.now
    #expect(part > 0.24 && part < 0.28)
    brake.takeTime(percentage: 0)
    let before = clock.now
    for _ in 0..<100 { brake.pause(&turn, clock: clock) }
    #expect(clock.now == before)
  }

  @Test func aCPUThatMustStopSleepsNoLonger() {
    let (brake, clock) = (GuestBrake(), TestClock())
    brake.takeTime(percentage: 99)
    var turn = GuestBrake.Turn()
    brake.pause(&turn, clock: clock)
    clock.advance(.seconds(1))
    brake.pause(&turn, clock: clock, unless: { clock.now >= .milliseconds(1003) })
    #expect(clock.now == .milliseconds(1003))
  }
}

/// Notes what is asked of it.
private final class NotedThrottle: GuestThrottle {
  var calls: [String] = []
  var canLimitWrites = true
  func takeTime(percentage: Int) { calls.append("\(percentage) %") }
  func limitWrites(bytesPerSecond: UInt64?, period: Duration) {
    calls.append(bytesPerSecond.map { "\($0) in \(period.wholeMilliseconds) ms" } ?? "no limit")
  }
}

/// A save whose guest writes too fast, with a time of the test's own.
@Suite struct GuestControlTests {
  private let throttle = NotedThrottle()
  private final class Time { var now = ContinuousClock.now }
  private let time = Time()

  private func source(_ capability: String, _ profile: StreamProfile = .qemu10_0) throws
    -> RAMFixture
  {
    let source = try RAMFixture(
      [.make("a", pages: 100)], capabilities: [capability], profile: profile)
    source.handlers.throttle = throttle
    source.handlers.now = { [time] in time.now }
    return source
  }

  /// A period in which every page was written, and none but these were sent.
  private func badPeriod(_ source: RAMFixture, milliseconds: Int = 1001) throws {
    source.first.dirtyLog.markAll()
    time.now += .milliseconds(milliseconds)
    _ = try source.iterateAfterSync()
  }

  @Test func autoConvergeTakesMoreAndMoreTime() throws {
    let source = try source("auto-converge")
    _ = try source.setup()
    _ = try source.iterate()
    for _ in 0..<6 { try badPeriod(source) }
    #expect(throttle.calls == ["20 %", "30 %", "40 %"])
    #expect(source.handlers.progress.statistics.throttlePercentage == 40)
    var parameters = RAMParameters()
    parameters.throttle.increment = 50
    try source.handlers.setParameters(parameters)
    for _ in 0..<4 { try badPeriod(source) }
    source.handlers.saveCleanup()
    #expect(throttle.calls == ["20 %", "30 %", "40 %", "90 %", "99 %", "0 %"])
    #expect(source.handlers.progress.statistics.throttlePercentage == nil)
  }

  @Test func nothingIsDecidedWithinASecond() throws {
    let source = try source("auto-converge")
    _ = try source.setup()
    for _ in 0..<6 { try badPeriod(source, milliseconds: 333) }
    source.handlers.saveCleanup()
    // Periods end at 1332 ms only: one bad one.
    #expect(throttle.calls.isEmpty)
  }

  @Test func dirtyLimitSetsAQuotaOnceForEachValue() throws {
    let source = try source("dirty-limit")
    _ = try source.setup()
    for _ in 0..<6 { try badPeriod(source) }
    #expect(throttle.calls == ["1048576 in 1000 ms"])
    #expect(source.handlers.progress.statistics.dirtyLimit == 1 << 20)
    var parameters = RAMParameters()
    parameters.throttle.dirtyLimit = 3
    parameters.throttle.dirtyLimitPeriod = 250
    try source.handlers.setParameters(parameters)
    for _ in 0..<2 { try badPeriod(source) }
    source.handlers.saveCleanup()
    #expect(throttle.calls == ["1048576 in 1000 ms", "3145728 in 250 ms", "no limit"])
  }

  @Test func whatTheOwnerCannotDoIsRefusedBeforehand() throws {
    func refusal(_ capabilities: Set<String>) throws -> VMStateError.Code? {
      let source = try RAMFixture([.make("a", pages: 1)], capabilities: capabilities)
      source.handlers.throttle = capabilities.contains("none") ? nil : throttle
      return #expect(throws: VMStateError.self) {
        try source.handlers.savePrepare(source.context)
      }?.code
    }
    #expect(try refusal(["auto-converge", "none"]) == .unsupported)
    #expect(try refusal(["auto-converge", "dirty-limit"]) == .configurationMismatch)
    throttle.canLimitWrites = false
    #expect(try refusal(["dirty-limit"]) == .unsupported)
  }

  @Test(arguments: [StreamProfile.qemu10_0, .qemu7_2])
  func aLongRoundLooksAtTheDirtyLogEveryFiveSeconds(profile: StreamProfile) throws {
    let source = try source("auto-converge", profile)
    _ = try source.setup()
    _ = try source.iterate()
    var syncs: [UInt64] = []
    for _ in 0..<8 {
      time.now += .milliseconds(2500)
      source.first.dirtyLog.markAll()
      _ = try source.iterate()
      syncs.append(source.handlers.progress.current.syncs)
    }
    // The first look is not followed by one: the first pass sends everything anyway.
    #expect(syncs == [1, 1, 1, 1, 1, 1, 1, 1])
    _ = source.handlers.pendingExact(source.context)
    syncs = []
    for _ in 0..<8 {
      time.now += .milliseconds(2500)
      _ = try source.iterate()
      syncs.append(source.handlers.progress.current.syncs)
    }
    source.handlers.saveCleanup()
    // The first tick notes the count; each later one finds it unchanged.
    #expect(
      syncs == (profile == .qemu7_2 ? Array(repeating: 2, count: 8) : [2, 2, 2, 3, 3, 4, 4, 5]))
  }
}

/// A machine whose guest is a thread that writes as fast as it can.
private final class WritingMachine: MachineControl {
  let brake = GuestBrake()
  let block: RAMBlock
  private let isLive = Atomic<Bool>(true)
  private let isIdle = Atomic<Bool>(false)
  private let written = Atomic<Int>(0)

  init(_ block: RAMBlock) { self.block = block }

  var runState: RunState { isLive.load(ordering: .acquiring) ? .running : .finishMigrate }
  var writtenPages: Int { written.load(ordering: .acquiring) }
  func start(_ newState: RunState) {}
  func withDeviceLock(_ body: () -> Void) { body() }

  func stop(_ newState: RunState) {
    isLive.store(false, ordering: .releasing)
    while !isIdle.load(ordering: .acquiring) {}
  }

  func run() {
    var turn = GuestBrake.Turn()
    let pages = Int(block.usedLength / 4096)
    var page = 0
    while isLive.load(ordering: .acquiring) {
      block.put(
        UInt8(truncatingIfNeeded: page % 251 + 1), at: UInt64(page % pages * 4096 + page % 97))
      page += 1
      written.store(page, ordering: .releasing)
      brake.pause(&turn) { !self.isLive.load(ordering: .acquiring) }
    }
    isIdle.store(true, ordering: .releasing)
  }
}

@Suite struct AutoConvergeLiveTests {
  @Test func aGuestThatOutrunsTheChannelIsSlowedUntilTheSaveConverges() throws {
    // More than goes in a tenth of a second: before that no rate is known, and the save ends
    // with its first round.
    let pages = 300
    let memory = try RAMFixture([.make("a", pages: pages)])
    let machine = WritingMachine(memory.first)
    memory.handlers.throttle = machine.brake
    memory.handlers.ratePeriod = .milliseconds(10)
    var parameters = RAMParameters()
    parameters.throttle.initial = 40
    parameters.throttle.increment = 59
    try memory.handlers.setParameters(parameters)
    // Until nearly all of its time is taken, the guest writes all its memory between two
    // looks, however seldom it gets a processor.
    let seen = Atomic<Int>(0)
    let most = Atomic<Int>(0)
    memory.handlers.notifiers.add { [brake = machine.brake] event in
      let giveUp = ContinuousClock.now + .seconds(20)
      guard event == .beforeSync, machine.runState == .running else { return }
      most.store(max(most.load(ordering: .relaxed), brake.percentage), ordering: .relaxed)
      while brake.percentage < 99, machine.writtenPages - seen.load(ordering: .relaxed) < pages,
        ContinuousClock.now < giveUp
      {}
      seen.store(machine.writtenPages, ordering: .relaxed)
    }
    let guest = TestThread { machine.run() }
    let registry = SaveStateRegistry()
    try registry.registerLive("ram", version: 4, handlers: memory.handlers)
    var options = SaveOptions(
      configuration: MachineConfiguration(machineType: "none", capabilities: ["auto-converge"]))
    options.maximumBandwidth = 10 << 20
    options.downtimeLimit = .milliseconds(5)
    let channel = MemoryChannel()
    let result = try StateSaver(registry: registry, machine: machine, options: options)
      .save(to: channel)
    guest.join()
    #expect(most.load(ordering: .relaxed) == 99)
    #expect(machine.brake.percentage == 0)
    #expect(result.progress.dirtySyncCount >= 6)

    let target = try RAMFixture([.make("a", pages: pages)])
    let others = SaveStateRegistry()
    try others.registerLive("ram", version: 4, handlers: target.handlers)
    let loader = StateLoader(
      registry: others, machine: TestMachine(.paused),
      options: LoadOptions(
        configuration: options.configuration))
    try loader.load(from: MemoryChannel(channel.bytes))
    #expect(target.content == memory.content)
  }
}
