import Synchronization
import TestSupport

@testable import VMState

/// A machine whose threads overwrite all of its memory for as long as it runs: one from the
/// first page to the last, the others here and there.
final class BackgroundMachine: MachineControl {
  private struct State {
    var runState = RunState.running
    var parked = 0
    var isOver = false
    var instant: [[UInt8]] = []
    var calls: [String] = []
  }

  let blocks: [RAMBlock]
  let announces: Bool
  private let lock = ThreadMonitor()
  private let state = Mutex(State())
  private let deviceLock = Mutex<Void>(())
  /// True while nobody has to stop: what the threads look at.
  private let runs = Atomic<Bool>(true)
  /// Whole passes of the first thread since the last instant.
  private let passes = Atomic<Int>(0)
  private let threadCount: Int
  private let threads = Mutex<[TestThread]>([])

  /// Starts the threads.
  ///
  /// - Parameter announces: They announce their writes.
  init(_ blocks: [RAMBlock], threads count: Int, announces: Bool, seed: UInt64) {
    self.blocks = blocks
    self.announces = announces
    threadCount = count
    var random = SeededGenerator(seed: seed)
    threads.withLock { threads in
      for index in 0..<count {
        let seed = random.next()
        threads.append(TestThread { [self] in overwrite(index, seed) })
      }
    }
  }

  /// The memory of the last instant.
  var instant: [[UInt8]] { state.withLock { $0.instant } }
  var calls: [String] { state.withLock { $0.calls } }
  var runState: RunState { state.withLock { $0.runState } }

  /// Waits until every page has been overwritten since the instant; false if that takes long.
  func hasOverwrittenAll() -> Bool {
    let end = ContinuousClock.now + .seconds(30)
    while passes.load(ordering: .acquiring) < 2 {
      if ContinuousClock.now > end { return false }
      lock.locked { _ = lock.wait(milliseconds: 2) }
    }
    return true
  }

  /// Ends the threads.
  func finish() {
    lock.locked {
      state.withLock { $0.isOver = true }
      runs.store(false, ordering: .releasing)
      lock.tell()
    }
    for thread in threads.withLock({ $0 }) { thread.join() }
  }

  func stop(_ newState: RunState) {
    lock.locked {
      runs.store(false, ordering: .releasing)
      while state.withLock({ $0.parked }) < threadCount { lock.wait(milliseconds: 100) }
      passes.store(0, ordering: .releasing)
    }
    let instant = blocks.map(\.content)
    state.withLock { state in
      state.runState = newState
      state.instant = instant
      state.calls.append("stop \(newState.rawValue)")
    }
  }

  func start(_ newState: RunState) {
    lock.locked {
      state.withLock { state in
        state.runState = newState
        state.calls.append("start \(newState.rawValue)")
      }
      runs.store(true, ordering: .releasing)
      lock.tell()
    }
  }

  func withDeviceLock(_ body: () -> Void) { deviceLock.withLock { _ in body() } }

  func synchronizeForSave() { state.withLock { $0.calls.append("synchronizeForSave") } }

  /// Stands still for as long as the machine does; false at the end.
  private func mayRun() -> Bool {
    if runs.load(ordering: .acquiring) { return true }
    return lock.locked {
      state.withLock { $0.parked += 1 }
      lock.tell()
      while !runs.load(ordering: .acquiring), !state.withLock({ $0.isOver }) {
        lock.wait(milliseconds: 100)
      }
      state.withLock { $0.parked -= 1 }
      return !state.withLock { $0.isOver }
    }
  }

  private func overwrite(_ index: Int, _ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    while true {
      for block in blocks where !block.attributes.contains(.readOnly) {
        let pages = Int(block.usedLength >> 12)
        for place in 0..<pages {
          guard mayRun() else { return }
          let page = index == 0 ? place : Int(random.next() % UInt64(pages))
          store(to: page, of: block, UInt8(truncatingIfNeeded: random.next()))
        }
      }
      if index == 0 { passes.add(1, ordering: .acquiringAndReleasing) }
    }
  }

  /// Plain stores; now and then zeros, or a few bytes only.
  private func store(to page: Int, of block: RAMBlock, _ value: UInt8) {
    let count = value & 7 == 0 ? 8 : 4096
    if announces { block.willWrite(offset: UInt64(page) << 12, count: UInt64(count)) }
    (block.memory.base + page << 12).initializeMemory(
      as: UInt8.self, repeating: value & 0x30 == 0 ? 0 : value, count: count)
  }
}

/// A channel that stands still before its next write, once: until a closure returns.
final class StallingChannel: ByteChannel {
  let inner: any ByteChannel
  private let stall: @Sendable () -> Void
  private let isDue = Atomic<Bool>(false)

  init(_ inner: any ByteChannel, _ stall: @escaping @Sendable () -> Void) {
    self.inner = inner
    self.stall = stall
  }

  /// The next write stands still.
  func arm() { isDue.store(true, ordering: .releasing) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    if isDue.exchange(false, ordering: .acquiringAndReleasing) { stall() }
    return try inner.write(spans)
  }

  func shutdown() { inner.shutdown() }
  func close() throws(VMStateError) { try inner.close() }
}

/// A machine's memory and a device, saved by background snapshots.
final class BackgroundFixture {
  let list = RAMBlockList()
  let handlers: RAMHandlers
  let registry = SaveStateRegistry()
  let machine: BackgroundMachine
  let device = ByteDevice("device", [1, 2, 3])

  init(
    _ method: SnapshotMethod, _ blocks: [RAMBlock], threads: Int = 3,
    copiedBytes: UInt64 = 16 << 20, seed: UInt64 = .random(in: 0...(.max))
  ) throws {
    print("seed \(seed)")
    for block in blocks { try list.add(block) }
    handlers = RAMHandlers(list)
    handlers.snapshotOptions = SnapshotOptions(method: method, copiedBytes: copiedBytes)
    try registry.registerLive("ram", version: 4, handlers: handlers)
    try registry.register(body: device)
    machine = BackgroundMachine(
      list.blocks, threads: threads, announces: method == .announcedWrites, seed: seed)
  }

  deinit { machine.finish() }

  var saver: StateSaver {
    var options = SaveOptions.none()
    options.configuration.capabilities = ["background-snapshot"]
    return StateSaver(registry: registry, machine: machine, options: options)
  }

  var statistics: SnapshotStatistics { handlers.progress.current.snapshot }

  func save(_ observer: (any TransferObserver)? = nil) throws -> [UInt8] {
    let channel = MemoryChannel()
    try saver.save(to: channel, observer: observer)
    return channel.bytes
  }

  /// The memory that a stream leads to.
  func loaded(_ stream: [UInt8]) throws -> [[UInt8]] {
    let target = RAMBlockList()
    for block in list.blocks {
      try target.add(
        RAMBlock(
          block.idstr, memory: GuestMemory(mapping: block.maxLength),
          usedLength: block.usedLength, attributes: block.attributes, protection: .disposable))
    }
    let registry = SaveStateRegistry()
    try registry.registerLive("ram", version: 4, handlers: RAMHandlers(target))
    try registry.register(body: ByteDevice("device", []))
    var options = LoadOptions.none()
    options.isStrict = true
    let loader = StateLoader(
      registry: registry, machine: TestMachine(.inMigrate), options: options)
    try loader.load(from: MemoryChannel(stream))
    return target.blocks.map(\.content)
  }

  /// Methods that this system permits.
  static let permitted = SnapshotMethod.allCases.filter { method in
    do throws(VMStateError) {
      _ = try SnapshotMethod.openFaults(method)
      return true
    } catch {
      print("not permitted here: \(error)")
      return false
    }
  }
}
