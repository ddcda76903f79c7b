import TestSupport
import VMState

/// Background snapshots that are given up at random moments, of a machine whose threads overwrite
/// all of its memory: it runs on, and the next snapshot is the memory of its instant.
struct SnapshotSweep {
  static func run(_ arguments: Arguments) throws {
    var wasTaken = false
    Watch.start(seed: arguments.seed)
    defer { Watch.leave() }
    for method in SnapshotMethod.allCases {
      do {
        var sweep = try SnapshotSweep(method, arguments.seed)
        defer { sweep.machine.finish() }
        let sums = try sweep.sweep(arguments.count ?? 1000)
        System.print(
          "snapshots, \(method.rawValue): \(sums.cancelled) cancelled, \(sums.failed) failed, "
            + "\(sums.good) good and equal to the memory of their instants")
        wasTaken = true
      } catch let error as VMStateError where error.code == .unsupported {
        System.print("not permitted here: \(error)")
      }
    }
    guard wasTaken else { throw Violation("no snapshot was taken") }
  }

  /// Takes a number of bytes, slowly now and then, and fails.
  private final class Failing: ByteChannel {
    private let left: Guarded<Int>
    private let isSlow: Bool

    init(after count: Int, isSlow: Bool) {
      left = Guarded(count)
      self.isSlow = isSlow
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

    func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
      if isSlow { pause(milliseconds: 1) }
      let wanted = spans.reduce(0) { $0 + $1.count }
      let count = left.withLock { left in
        let count = min(left, wanted)
        left -= count
        return count
      }
      guard count > 0 else { throw VMStateError(.channelFailed, "no space is left") }
      return count
    }
  }

  private static let pages = 1024
  private var sums = (cancelled: 0, failed: 0, good: 0)
  private var random: SeededGenerator
  private let machine: OverwrittenMachine
  private let handlers: RAMHandlers
  private let registry = SaveStateRegistry()

  private init(_ method: SnapshotMethod, _ seed: UInt64) throws(VMStateError) {
    random = SeededGenerator(seed: seed)
    let list = try Self.memory()
    handlers = RAMHandlers(list)
    handlers.snapshotOptions.method = method
    try registry.registerLive("ram", version: 4, handlers: handlers)
    machine = OverwrittenMachine(
      list.blocks, threads: 4, announces: method == .announcedWrites, seed: seed)
  }

  private static func memory() throws(VMStateError) -> RAMBlockList {
    let list = RAMBlockList()
    for (name, pages) in [("main", Self.pages), ("video", 65)] {
      let length = UInt64(pages) << 12
      try list.add(
        RAMBlock(
          name, memory: GuestMemory(mapping: length), usedLength: length, protection: .disposable))
    }
    return list
  }

  private var saver: StateSaver {
    StateSaver(
      registry: registry, machine: machine,
      options: SaveOptions(
        configuration: MachineConfiguration(
          machineType: "none", capabilities: ["background-snapshot"])))
  }

  private mutating func sweep(
    _ count: Int
  ) throws -> (cancelled: Int, failed: Int, good: Int) {
    let before = Self.resources
    for index in 0..<count {
      Watch.enter("snapshots", stream: 0, case: index)
      handlers.snapshotOptions.copiedBytes = [0, 16 << 12, 16 << 20][index % 3]
      try giveUp()
      guard machine.runState == .running else { throw Violation("the machine stands still") }
      if index % 20 == 19 { try saveWell() }
    }
    guard machine.hasOverwrittenAll() else { throw Violation("a thread of the machine hangs") }
    // The threads that served the writers end by themselves.
    pause(milliseconds: 100)
    guard Self.resources <= before else {
      throw Violation("\(Self.resources) open files and threads, \(before) before")
    }
    return sums
  }

  /// Open files and threads.
  private static var resources: Int {
    ["/proc/self/fd", "/proc/self/task"].reduce(0) { $0 + ScratchFolder.names(of: $1).count }
  }

  private mutating func giveUp() throws(VMStateError) {
    let flag = CancellationFlag()
    var steps = random.next() % 3 == 0 ? Int(random.next() % 40) : .max
    let channel = Failing(
      after: Int(random.next() % UInt64(Self.pages << 12)), isSlow: random.next() % 2 == 0)
    do throws(VMStateError) {
      try saver.save(to: channel, cancellation: flag) { _ in
        if steps == 0 { flag.cancel() }
        steps -= 1
      }
      sums.good += 1
    } catch {
      switch error.code {
      case .cancelled: sums.cancelled += 1
      case .channelFailed: sums.failed += 1
      default: throw error
      }
    }
  }

  private mutating func saveWell() throws {
    let channel = MemoryChannel()
    try saver.save(to: channel)
    let target = try Self.memory()
    let other = SaveStateRegistry()
    try other.registerLive("ram", version: 4, handlers: RAMHandlers(target))
    let owner = Owner()
    try? owner.stop(.inMigrate)
    let loader = StateLoader(
      registry: other, machine: owner,
      options: LoadOptions(configuration: MachineConfiguration(machineType: "none")))
    try loader.load(from: MemoryChannel(channel.bytes))
    for (block, instant) in zip(target.blocks, machine.instant) {
      let bytes = UnsafeRawBufferPointer(start: block.memory.base, count: instant.count)
      guard bytes.elementsEqual(instant) else {
        throw Violation("\(block.idstr) is not the memory of the instant")
      }
    }
    sums.good += 1
  }
}
