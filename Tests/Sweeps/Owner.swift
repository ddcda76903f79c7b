import VMState

/// The owner of a machine that does nothing while it runs.
final class Owner: MachineControl {
  private struct State {
    var runState = RunState.running
    var isLocked = false
    var failing: String?
  }
  private let state = Guarded(State())
  /// Told before a load's first section, and at its end.
  nonisolated(unsafe) var synchronized: (Bool) -> Void = { _ in }

  var runState: RunState { state.withLock { $0.runState } }
  var isLocked: Bool { state.withLock { $0.isLocked } }
  /// Which of its own callbacks fails, or nil.
  var failing: String? {
    get { state.withLock { $0.failing } }
    set { state.withLock { $0.failing = newValue } }
  }

  /// Runs again after a completed load or save.
  func run() { state.withLock { $0.runState = .running } }

  func stop(_ newState: RunState) throws { try enter("stop", newState) }
  func start(_ newState: RunState) throws { try enter("start", newState) }

  private func enter(_ call: String, _ newState: RunState) throws {
    guard failing != call else { throw Violation("asked to fail in \(call)") }
    state.withLock { $0.runState = newState }
  }

  func synchronizeBeforeLoad() throws {
    guard failing != "synchronizeBeforeLoad" else { throw Violation("asked to fail") }
    synchronized(true)
  }

  func synchronizeAfterLoad() { synchronized(false) }

  func withDeviceLock(_ body: () -> Void) {
    state.withLock { state in
      precondition(!state.isLocked, "the device lock is taken twice")
      state.isLocked = true
    }
    body()
    state.withLock { $0.isLocked = false }
  }
}
