import Testing
import TestSupport
import VMState

@Suite struct StateSaverTests {
  let registry = SaveStateRegistry()
  let machine = TestMachine()
  let log = CallLog()

  private func save(
    _ options: SaveOptions, observer: (any TransferObserver)? = nil
  ) throws -> [UInt8] {
    let channel = MemoryChannel()
    let saver = StateSaver(
      registry: registry, machine: machine, options: options, clock: TestClock())
    try saver.save(to: channel, observer: observer)
    return channel.bytes
  }

  /// A `timer`, a live `ram`, an early device, an old-style section, and one not needed.
  private func makeMachine() throws {
    try registry.register(body: ByteDevice("timer", [0x11, 0x22], log: log))
    let ram = CountdownHandlers("ram", rounds: 1, log: log)
    try registry.registerLive("ram", version: 4, handlers: ram)
    let early = ByteDevice("mem", [0x33], log: log)
    early.isEarlySetup = true
    try registry.register(body: early)
    let old = CountdownHandlers("old", rounds: 0, log: log)
    old.phases = .wholeState
    try registry.registerLive("old", version: 2, handlers: old)
    let absent = ByteDevice("absent", [1], log: log)
    absent.isNeeded = false
    try registry.register(body: absent)
  }

  private let header = hex("5145564D 00000003")

  @Test func writesTheWholeStreamOf10_0() throws {
    try makeMachine()
    let json = ascii(
      #"{"configuration": {"vmsd_name": "configuration", "version": 1, "fields": ["#
        + #"{"name": "len", "type": "uint32", "size": 4}, "#
        + #"{"name": "name", "type": "buffer", "size": 4}]}, "page_size": 4096, "devices": ["#
        + #"{"name": "mem", "instance_id": 0, "vmsd_name": "mem", "version": 1, "fields": []}, "#
        + #"{"name": "timer", "instance_id": 0, "vmsd_name": "timer", "version": 1, "fields": []}"#
        + #", {"name": "old", "instance_id": 0, "size": 2, "fields": ["#
        + #"{"name": "data", "size": 2, "type": "buffer"}]}]}"#)
    let expected =
      header
      + hex("07 00000004") + ascii("none")
      // START of ram, then the early device as a FULL section.
      + hex("01 00000001 03") + ascii("ram") + hex("00000000 00000004 A0 7E 00000001")
      + hex("04 00000002 03") + ascii("mem") + hex("00000000 00000001 01 33 7E 00000002")
      // One PART, the command SWITCHOVER_START, END.
      + hex("02 00000001 B0 7E 00000001")
      + hex("08 000B 0000")
      + hex("03 00000001 C0 7E 00000001")
      // FULL sections.
      + hex("04 00000000 05") + ascii("timer") + hex("00000000 00000001 02 1122 7E 00000000")
      + hex("04 00000003 03") + ascii("old") + hex("00000000 00000002 D0D1 7E 00000003")
      // EOF, JSON description.
      + hex("00 06") + [0, 0, UInt8(json.count >> 8), UInt8(json.count & 0xFF)] + json
    #expect(hexText(try save(.none())) == hexText(expected))
  }

  @Test func writesTheWholeStreamOf7_2() throws {
    try makeMachine()
    let json = ascii(
      #"{"page_size": 4096, "devices": ["#
        + #"{"name": "timer", "instance_id": 0, "vmsd_name": "timer", "version": 1, "fields": []}"#
        + #", {"name": "mem", "instance_id": 0, "vmsd_name": "mem", "version": 1, "fields": []}, "#
        + #"{"name": "old", "instance_id": 0, "size": 2, "fields": ["#
        + #"{"name": "data", "size": 2, "type": "buffer"}]}]}"#)
    let expected =
      header + hex("07 00000004") + ascii("none")
      + hex("01 00000001 03") + ascii("ram") + hex("00000000 00000004 A0 7E 00000001")
      + hex("02 00000001 B0 7E 00000001 03 00000001 C0 7E 00000001")
      + hex("04 00000000 05") + ascii("timer") + hex("00000000 00000001 02 1122 7E 00000000")
      + hex("04 00000002 03") + ascii("mem") + hex("00000000 00000001 01 33 7E 00000002")
      + hex("04 00000003 03") + ascii("old") + hex("00000000 00000002 D0D1 7E 00000003")
      + hex("00 06") + [0, 0, UInt8(json.count >> 8), UInt8(json.count & 0xFF)] + json
    #expect(hexText(try save(.none(.qemu7_2))) == hexText(expected))
  }

  @Test func leavesOutWhatOldMachineTypesDoNotSend() throws {
    try registry.register(body: ByteDevice("timer", [0x11]))
    var options = SaveOptions.none(.qemu7_2)
    options.configuration.sendsConfiguration = false
    options.configuration.sendsSectionFooters = false
    options.configuration.suppressesDescription = true
    let body = hex("04 00000000 05") + ascii("timer") + hex("00000000 00000001 01 11")
    #expect(try save(options) == header + body + [0])
  }

  @Test func leavesTheDescriptionOutWhereQEMUWouldStopOnAnAssertion() throws {
    var options = SaveOptions.none(.qemu10_0)
    options.configuration.sendsConfiguration = false
    #expect(try save(options) == header + hex("08 000B 0000 00"))
    options.profile = .qemu7_2
    let json = #"{"page_size": 4096, "devices": []}"#
    #expect(try save(options) == header + hex("00 06 00000022") + ascii(json))
  }

  @Test func callsEverythingInTheFormatsOrder() throws {
    try makeMachine()
    _ = try save(.none())
    #expect(
      log.calls == [
        "ram prepare", "old prepare", "ram setup", "mem before-save", "mem save",
        "ram estimate", "old estimate", "ram iterate", "ram estimate", "old estimate",
        "ram complete", "timer before-save", "timer save", "old state", "absent before-save",
        "ram save-cleanup", "old save-cleanup",
      ])
    #expect(
      machine.calls == ["stop finish-migrate", "prepareSwitchover", "synchronizeForSave"])
    #expect(machine.runState == .finishMigrate)
  }

  @Test func putsSectionsInPriorityOrder() throws {
    try registry.register(body: ByteDevice("timer", []))
    let bridge = ByteDevice("bridge", [])
    bridge.priority = .pciBus
    try registry.register(body: bridge)
    var options = SaveOptions.none(.qemu7_2)
    options.configuration.suppressesDescription = true
    let bytes = try save(options)
    #expect(
      Array(bytes.dropFirst(17)) == hex("04 00000001 06") + ascii("bridge")
        + hex("00000000 00000001 00 7E 00000001 04 00000000 05") + ascii("timer")
        + hex("00000000 00000001 00 7E 00000000 00"))
  }

  @Test func leavesInactiveHandlersOutOfEverythingButCleanup() throws {
    let ram = CountdownHandlers("ram", rounds: 5, log: log)
    ram.isActive = false
    try registry.registerLive("ram", version: 4, handlers: ram)
    var options = SaveOptions.none(.qemu7_2)
    options.configuration.suppressesDescription = true
    #expect(try save(options).count == 18)
    #expect(log.calls == ["ram save-cleanup"])
  }

  @Test func savesAStoppedMachineWithTheSameEngineAndLeavesItsState() throws {
    let machine = TestMachine(.paused)
    let device = ByteDevice("x", [])
    try registry.register(body: device)
    var seen: RunState?
    let context = StateProbe { seen = $0.runStateBeforeStop }
    try registry.registerLive("probe", version: 1, handlers: context)
    let saver = StateSaver(registry: registry, machine: machine, options: .none())
    let result = try saver.save(to: MemoryChannel())
    #expect(machine.calls == ["prepareSwitchover", "synchronizeForSave"])
    #expect(machine.runState == .paused)
    #expect(seen == .paused)
    #expect(result.downtime == nil)
  }

  @Test func startsTheMachineAgainAfterACheckpoint() throws {
    var options = SaveOptions.none()
    options.resumesAfterSave = true
    _ = try save(options)
    #expect(machine.calls.suffix(2) == ["undoSwitchover", "start running"])
    #expect(machine.runState == .running)
  }

  @Test func waitsUntilTheGuestHasReleasedItsDevices() throws {
    let nic = ByteDevice("nic", [])
    try registry.register(body: nic)
    nic.unplugPolls = 4
    let clock = TestClock()
    let saver = StateSaver(
      registry: registry, machine: machine, options: .none(), clock: clock)
    var phases: [SaveProgress.Phase] = []
    // One poll is the look for blockers.
    try saver.save(to: MemoryChannel()) { progress in
      if phases.last != progress.phase { phases.append(progress.phase) }
    }
    #expect(clock.now == .milliseconds(750))
    #expect(phases == [.setup, .waitingForUnplug, .iterating, .completing, .finished])
  }

  @Test func showsTheObserverEverySection() throws {
    try makeMachine()
    let observer = Recorder()
    let bytes = try save(.none(), observer: observer)
    #expect(
      observer.sections == [
        "start ram 1 v4 @17", "full mem 2 v1 @40", "part ram 1 v4 @64", "end ram 1 v4 @80",
        "full timer 0 v1 @91", "full old 3 v2 @118",
      ])
    #expect(observer.lengths == [23, 24, 11, 11, 27, 24])
    #expect(bytes[91] == 4)
    #expect(observer.hooks.contains("before-save timer"))
  }
}

/// An old-style section that looks at the context.
private final class StateProbe: SaveVMHandlers {
  let phases = SavePhases.wholeState
  private let look: (SaveContext) -> Void

  init(_ look: @escaping (SaveContext) -> Void) { self.look = look }

  func saveState(to writer: inout StreamWriter, _ context: SaveContext) throws { look(context) }

  func loadState(
    from reader: inout StreamReader, version: Int, kind: SectionKind, _ context: LoadContext
  ) throws {}
}

/// Keeps what an observer is told.
final class Recorder: TransferObserver {
  private(set) var sections: [String] = []
  private(set) var lengths: [UInt64] = []
  private(set) var hooks: [String] = []

  func observe(_ event: TransferEvent) {
    switch event {
    case .section(let kind, let name, _, let sectionID, let version, let offset):
      sections.append("\(kind) \(name) \(sectionID) v\(version) @\(offset)")
    case .sectionEnd(_, _, _, let length): lengths.append(length)
    case .hook(let name, let path, _): hooks.append("\(name) \(path.joined(separator: "/"))")
    case .field: break
    }
  }
}
