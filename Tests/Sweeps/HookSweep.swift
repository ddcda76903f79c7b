import TestSupport
import VMState

/// Loads that end by a hook, by the machine's owner, or by a cancel at any step: nothing has
/// changed, no `afterLoad` ran.
struct HookSweep {
  /// Counts steps, and cancels at one of them.
  private final class Canceller: TransferObserver {
    let flag = CancellationFlag()
    private let place: Int
    private(set) var steps = 0
    /// Steps before the first device is told of a completed load.
    private(set) var stepsBeforeCommit = 0

    init(at place: Int) { self.place = place }

    func observe(_ event: TransferEvent) {
      if steps == place { flag.cancel() }
      steps += 1
      if case .hook("after-load", _, _) = event { return }
      stepsBeforeCommit = steps
    }
  }

  static func run(_ arguments: Arguments) throws {
    Watch.start(seed: arguments.seed)
    var hooks = 0
    var cancels = 0
    if arguments.matches("small") {
      for profile in [StreamProfile.qemu7_2, .qemu10_0, .qemu11_1] {
        let bytes = try SmallMachine(seed: arguments.seed, profile: profile).save()
        func make() throws -> SmallMachine {
          let machine = try SmallMachine(seed: arguments.seed &+ 99, profile: profile)
          try machine.expect(bytes)
          return machine
        }
        hooks += try failHooks(make)
        cancels += try cancel(step: 1, make)
      }
    }
    for name in ["7.2/pc-rich", "10.0/pc-rich", "10.0/isapc", "7.2/q35"].filter(arguments.matches) {
      let recorded = try RecordedStream(name)
      cancels += try cancel(step: 41) { try RecordedMachine(recorded, usesDevices: true) }
      hooks += try failLast(recorded)
    }
    Watch.leave()
    System.print(
      "hooks: \(hooks) hooks and callbacks that fail, \(cancels) cancels: nothing changed, no "
        + "afterLoad ran")
  }

  /// Every hook and callback that a good load calls fails once.
  private static func failHooks(_ make: () throws -> SmallMachine) throws -> Int {
    let good = try make()
    if let error = good.load(MemoryChannel(Array(good.stream.bytes))) {
      throw Violation("\(good.name): the whole stream is refused: \(error)")
    }
    guard good.afterLoads == good.devices.count else { throw Violation("afterLoad did not run") }
    let names = good.hooks.seen.sorted()
    guard names.contains("last post-load"), names.contains("live load-state end") else {
      throw Violation("a good load calls only \(names)")
    }
    let subject = try make()
    for name in names {
      subject.hooks.failing = name
      let error = subject.load(PrefixChannel(subject.stream, count: subject.stream.count))
      guard error?.code == .hookFailed, error?.cause is HookSwitch.Refusal, error?.path != [] else {
        throw Violation("\(subject.name), \(name) fails: \(error.map(\.description) ?? "accepted")")
      }
      try check(subject, "\(name) fails")
    }
    subject.hooks.failing = nil
    for call in ["stop", "synchronizeBeforeLoad"] {
      subject.owner.failing = call
      let error = subject.load(PrefixChannel(subject.stream, count: subject.stream.count))
      subject.owner.failing = nil
      guard error?.code == .machineControl else { throw Violation("\(call) fails: accepted") }
      try check(subject, "\(call) fails")
    }
    return names.count + 2
  }

  /// A cancel at every `step`th section, field and hook.
  private static func cancel<Machine: Subject>(
    step: Int, _ make: () throws -> Machine
  ) throws -> Int {
    let all = Canceller(at: .max)
    let good = try make()
    if let error = good.load(PrefixChannel(good.stream, count: good.stream.count), observer: all) {
      throw Violation("\(good.name): the whole stream is refused: \(error)")
    }
    let subject = try make()
    let last = all.stepsBeforeCommit - 1
    var count = 0
    for place in Array(stride(from: 0, to: last, by: step)) + [last] {
      Watch.enter("cancels", stream: 0, case: place)
      let canceller = Canceller(at: place)
      let error = subject.load(
        PrefixChannel(subject.stream, count: subject.stream.count),
        cancellation: canceller.flag, observer: canceller)
      guard error?.code == .cancelled else {
        throw Violation(
          "\(subject.name), cancelled at step \(place): \(error.map(\.description) ?? "accepted")")
      }
      try check(subject, "cancelled at step \(place)")
      count += 1
    }
    return count
  }

  /// A live section after all devices that refuses.
  private static func failLast(_ recorded: RecordedStream) throws -> Int {
    let subject = try RecordedMachine(recorded, usesDevices: true)
    let refusing = SmallHandlers("second", [], phases: .live) { _ in
      throw HookSwitch.Refusal()
    }
    let registry = subject.registry
    try registry.registerLive("second", version: 1, handlers: RefusingLoad(refusing))
    subject.noteRegistry()
    let section: [UInt8] =
      [1, 0, 0, 0x99, 0] + [6] + Array("second".utf8) + [0, 0, 0, 0, 0, 0, 0, 1]
    let bytes = Array(recorded.bytes.bytes[..<recorded.end]) + section + [0, 0, 0, 0]
    let error = subject.load(MemoryChannel(bytes))
    guard error?.cause is HookSwitch.Refusal, error?.path == ["second"] else {
      throw Violation("\(recorded.name), second live section: \(error.map(\.description) ?? "ok")")
    }
    try check(subject, "a second live section refuses")
    return 1
  }

  private static func check(_ subject: some Subject, _ what: String) throws {
    if let difference = subject.difference() {
      throw Violation("\(subject.name), \(what): \(difference)")
    }
  }
}

/// Handlers of which only the load of a section fails.
private final class RefusingLoad: SaveVMHandlers {
  private let inner: SmallHandlers
  init(_ inner: SmallHandlers) { self.inner = inner }

  func loadState(
    from reader: inout StreamReader, version: Int, kind: SectionKind, _ context: LoadContext
  ) throws {
    try inner.loadState(from: &reader, version: version, kind: kind, context)
  }
}
