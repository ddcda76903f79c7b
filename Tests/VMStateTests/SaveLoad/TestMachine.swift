import Synchronization
import VMState

/// A machine that only knows whether it runs, and who holds its lock.
final class TestMachine: MachineControl {
  private struct State {
    var runState = RunState.running
    var calls: [String] = []
    var isLocked = false
    var failing: String?
    var refusals: [String] = []
  }

  private let state = Guarded(State())

  init(_ runState: RunState = .running) { state.withLock { $0.runState = runState } }

  var runState: RunState { state.withLock { $0.runState } }
  /// What was called, in order.
  var calls: [String] { state.withLock { $0.calls } }
  var isLocked: Bool { state.withLock { $0.isLocked } }
  func fail(in call: String?) { state.withLock { $0.failing = call } }
  func refuse(_ reasons: [String]) { state.withLock { $0.refusals = reasons } }

  private func call(_ name: String) throws {
    let fails = state.withLock { state in
      state.calls.append(name)
      return state.failing == name
    }
    if fails { throw Refusal() }
  }

  func stop(_ newState: RunState) throws {
    try call("stop \(newState.rawValue)")
    state.withLock { $0.runState = newState }
  }

  func start(_ newState: RunState) throws {
    try call("start \(newState.rawValue)")
    state.withLock { $0.runState = newState }
  }

  func withDeviceLock(_ body: () -> Void) {
    let wasLocked = state.withLock { state in
      defer { state.isLocked = true }
      return state.isLocked
    }
    precondition(!wasLocked, "the device lock was taken twice")
    body()
    state.withLock { $0.isLocked = false }
  }

  func blockers(for direction: TransferDirection) -> [String] { state.withLock { $0.refusals } }
  func prepareSwitchover() throws { try call("prepareSwitchover") }
  func undoSwitchover() { state.withLock { $0.calls.append("undoSwitchover") } }
  func synchronizeForSave() throws { try call("synchronizeForSave") }
  func synchronizeBeforeLoad() throws { try call("synchronizeBeforeLoad") }
  func synchronizeAfterLoad() { state.withLock { $0.calls.append("synchronizeAfterLoad") } }
}

/// Time that passes only when somebody sleeps or a test says so.
final class TestClock: TransferClock {
  private let time = Guarded(Duration.zero)

  var now: Duration { time.withLock { $0 } }
  func sleep(_ duration: Duration) { advance(duration) }
  func advance(_ duration: Duration) { time.withLock { $0 += duration } }
}

/// Takes `limit` bytes, then fails.
final class LimitedChannel: ByteChannel {
  private let left: Guarded<Int>
  private let shut = Atomic<Bool>(false)
  private let closed = Atomic<Bool>(false)

  init(after limit: Int) { left = Guarded(limit) }

  var isShut: Bool { shut.load(ordering: .relaxed) }
  var isClosed: Bool { closed.load(ordering: .relaxed) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    let wanted = spans.reduce(0) { $0 + $1.count }
    let taken = left.withLock { left in
      let taken = min(wanted, left)
      left -= taken
      return taken
    }
    guard taken > 0 else { throw VMStateError(.channelFailed, "no space is left") }
    return taken
  }

  func shutdown() { shut.store(true, ordering: .relaxed) }
  func close() throws(VMStateError) { closed.store(true, ordering: .relaxed) }
}

extension SaveOptions {
  /// A machine type with a short name and nothing else special.
  static func none(_ profile: StreamProfile = .qemu10_0) -> SaveOptions {
    SaveOptions(configuration: MachineConfiguration(machineType: "none"), profile: profile)
  }
}

extension LoadOptions {
  static func none(_ profile: StreamProfile = .qemu10_0) -> LoadOptions {
    LoadOptions(configuration: MachineConfiguration(machineType: "none"), profile: profile)
  }
}

/// The text's bytes.
func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }
