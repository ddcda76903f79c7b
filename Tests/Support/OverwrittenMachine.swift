import Synchronization
import VMState

/// A machine whose threads overwrite all of its memory by plain stores for as long as it runs:
/// one from the first page to the last, the others here and there.
public final class OverwrittenMachine: MachineControl {
  private struct State {
    var runState = RunState.running
    var instant: [[UInt8]] = []
    var calls: [String] = []
  }

  /// What is overwritten.
  public let blocks: [RAMBlock]
  private let announces: Bool
  private let state = Guarded(State())
  private let deviceLock = Guarded<Void>(())
  // What the threads look at before each store.
  private let runs = Atomic<Bool>(true)
  private let isOver = Atomic<Bool>(false)
  private let parked = Atomic<Int>(0)
  // Whole passes of the first thread since the last instant.
  private let passes = Atomic<Int>(0)
  private let threadCount: Int
  private let threads = Guarded<[TestThread]>([])

  /// Starts the threads.
  ///
  /// - Parameter announces: They announce their writes.
  public init(_ blocks: [RAMBlock], threads count: Int, announces: Bool, seed: UInt64) {
    self.blocks = blocks
    self.announces = announces
    threadCount = count
    var random = SeededGenerator(seed: seed)
    for index in 0..<count {
      let seed = random.next()
      let thread = TestThread { [self] in overwrite(index, seed) }
      threads.withLock { $0.append(thread) }
    }
  }

  /// The memory of the last instant.
  public var instant: [[UInt8]] { state.withLock { $0.instant } }
  /// What was called, in order.
  public var calls: [String] { state.withLock { $0.calls } }
  public var runState: RunState { state.withLock { $0.runState } }

  /// Waits until every page has been overwritten since the instant; false if that takes long.
  public func hasOverwrittenAll() -> Bool {
    let end = ContinuousClock.now + .seconds(30)
    while passes.load(ordering: .acquiring) < 2 {
      if ContinuousClock.now > end { return false }
      pause(milliseconds: 1)
    }
    return true
  }

  /// Ends the threads.
  public func finish() {
    isOver.store(true, ordering: .releasing)
    runs.store(false, ordering: .releasing)
    for thread in threads.withLock({ $0 }) { thread.join() }
  }

  /// The content of all blocks.
  public func content() -> [[UInt8]] {
    blocks.map { block in
      [UInt8](UnsafeRawBufferPointer(start: block.memory.base, count: Int(block.usedLength)))
    }
  }

  public func stop(_ newState: RunState) {
    runs.store(false, ordering: .releasing)
    while parked.load(ordering: .acquiring) < threadCount { pause(milliseconds: 1) }
    passes.store(0, ordering: .releasing)
    let instant = content()
    state.withLock { state in
      state.runState = newState
      state.instant = instant
      state.calls.append("stop \(newState.rawValue)")
    }
  }

  public func start(_ newState: RunState) {
    state.withLock { state in
      state.runState = newState
      state.calls.append("start \(newState.rawValue)")
    }
    runs.store(true, ordering: .releasing)
    while parked.load(ordering: .acquiring) > 0 { pause(milliseconds: 1) }
  }

  public func withDeviceLock(_ body: () -> Void) { deviceLock.withLock { _ in body() } }

  public func synchronizeForSave() { state.withLock { $0.calls.append("synchronizeForSave") } }

  /// Stands still for as long as the machine does; false at the end.
  private func mayRun() -> Bool {
    if runs.load(ordering: .acquiring) { return true }
    parked.add(1, ordering: .acquiringAndReleasing)
    defer { parked.subtract(1, ordering: .acquiringAndReleasing) }
    while !runs.load(ordering: .acquiring) {
      if isOver.load(ordering: .acquiring) { return false }
      pause(milliseconds: 1)
    }
    return true
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

  /// Whole pages, some of them zeros; now and then a few bytes only.
  private func store(to page: Int, of block: RAMBlock, _ value: UInt8) {
    let count = value & 7 == 0 ? 8 : 4096
    if announces { block.willWrite(offset: UInt64(page) << 12, count: UInt64(count)) }
    (block.memory.base + page << 12).initializeMemory(
      as: UInt8.self, repeating: value & 0x30 == 0 ? 0 : value, count: count)
  }
}
