import DeviceModels
import TestSupport
import VMState

/// Loads into the example machine that end at some step: a paused machine is exactly as it was,
/// one that ran runs on.
struct ExampleSweep {
  private let bytes: [UInt8]
  /// Offset of the EOF byte.
  private let end: Int
  private let refused: [UInt8]

  /// - Returns: Loads that were ended.
  static func run(seed: UInt64) throws -> Int {
    let sweep = try ExampleSweep(seed: seed)
    return try sweep.endPaused(seed) + sweep.endRunning(seed)
  }

  private static func machine(_ seed: UInt64) throws -> ExampleMachine {
    var options = ExampleMachine.Options()
    options.memoryBytes = 4 << 20
    options.hotBytes = 1 << 20
    options.seed = seed
    let machine = try ExampleMachine(options)
    try machine.start()
    pause(milliseconds: 50)
    return machine
  }

  private init(seed: UInt64) throws {
    let source = try Self.machine(seed)
    let channel = MemoryChannel()
    try source.saver.save(to: channel)
    bytes = channel.bytes
    end = try SmallMachine.end(of: bytes)
    refused =
      Array(bytes[..<end]) + [1, 0, 0, 0x99, 0, 6] + Array("second".utf8)
      + [0, 0, 0, 0, 0, 0, 0, 1, 0]
  }

  private func memory(_ machine: ExampleMachine) -> [[UInt8]] {
    machine.blocks.blocks.map {
      Array(UnsafeRawBufferPointer(start: $0.memory.base, count: Int($0.maxLength)))
    }
  }

  private func load(
    _ bytes: [UInt8], into machine: ExampleMachine, _ canceller: Canceller? = nil
  ) -> VMStateError? {
    do throws(VMStateError) {
      try machine.loader.load(
        from: MemoryChannel(bytes), cancellation: canceller?.flag ?? CancellationFlag(),
        observer: canceller)
      return nil
    } catch {
      return error
    }
  }

  /// A cancel at every 23rd section, field and hook, the last one before the commit, and a
  /// second live section that refuses.
  private func endPaused(_ seed: UInt64) throws -> Int {
    let all = Canceller(at: .max)
    let good = try Self.machine(seed &+ 1)
    if let error = load(bytes, into: good, all) { throw Violation("refused: \(error)") }
    let subject = try Self.machine(seed &+ 2)
    subject.blocks.protect(.protected)
    subject.stop(.paused)
    let sections = try subject.deviceSections().map(\.bytes)
    let content = memory(subject)
    func check(_ what: String) throws {
      guard subject.runState == .paused, subject.registry.use == nil,
        try subject.deviceSections().map(\.bytes) == sections, memory(subject) == content
      else { throw Violation("the example machine, \(what), seed \(seed): something has changed") }
    }
    let last = all.stepsBeforeCommit - 1
    var count = 0
    for place in Array(stride(from: 0, to: last, by: 23)) + [last] {
      let error = load(bytes, into: subject, Canceller(at: place))
      guard error?.code == .cancelled else {
        throw Violation("the example machine, cancelled at step \(place): not cancelled")
      }
      try check("cancelled at step \(place)")
      count += 1
    }
    try subject.registry.registerLive("second", version: 1, handlers: RefusingLoad())
    guard load(refused, into: subject)?.cause is HookSwitch.Refusal else {
      throw Violation("the example machine takes a second live section that refuses")
    }
    try check("a second live section refuses")
    return count + 1
  }

  /// The guest of a machine that ran goes on after a failed load.
  private func endRunning(_ seed: UInt64) throws -> Int {
    let subject = try Self.machine(seed &+ 3)
    subject.blocks.protect(.protected)
    for round in 0..<5 {
      let error = load(Array(bytes[..<(end * (round + 1) / 6)]), into: subject)
      guard error != nil, subject.runState == .running else {
        throw Violation(
          "the example machine does not run on after \(error.map(\.code)?.name ?? "")")
      }
      let content = memory(subject)
      pause(milliseconds: 50)
      guard memory(subject) != content else {
        throw Violation("the guest of the example machine does nothing after a failed load")
      }
    }
    subject.stop(.paused)
    return 5
  }
}
