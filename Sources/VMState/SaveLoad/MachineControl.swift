/// What a save or load needs of the machine's owner.
///
/// Except for `withDeviceLock` and what runs inside it, every call comes without the device
/// lock, so that an owner whose CPU threads need that lock to reach a stopping point can wait
/// for them. All calls of one transfer come from the thread that runs it.
public protocol MachineControl: AnyObject, Sendable {
  /// The state the machine is in now.
  var runState: RunState { get }

  /// Stops the CPUs and everything that changes device state or memory by itself; on return
  /// nothing does any more. QEMU: `vm_stop`.
  ///
  /// - Parameter state: The state to be in afterwards: `finishMigrate`, `restoreVM`, or
  ///   `saveVM` for the instant of a background snapshot, after which the machine runs on.
  func stop(_ state: RunState) throws
  /// Lets the machine run again. QEMU: `vm_start`.
  ///
  /// - Parameter state: `running` or `suspended`, as it was before it was stopped.
  func start(_ state: RunState) throws

  /// Runs `body` exactly once, at once and in this thread, while no other thread touches
  /// devices. Never called recursively. QEMU: the big lock.
  func withDeviceLock(_ body: () -> Void)

  /// Sentences that say why this machine cannot be saved or loaded now. Default: none.
  func blockers(for direction: TransferDirection) -> [String]

  /// Source, machine stopped, under the device lock, before the END sections: gives up what
  /// the destination will take over (open disk images). Default: nothing.
  func prepareSwitchover() throws
  /// Source, under the device lock, when the machine goes on here though `prepareSwitchover`
  /// was called: takes it back. Default: nothing.
  func undoSwitchover()
  /// Source, machine stopped, under the device lock, before the device state is written:
  /// fetches CPU state from an accelerator. Default: nothing.
  func synchronizeForSave() throws
  /// Destination, machine stopped, under the device lock, before the first section. Default:
  /// nothing.
  func synchronizeBeforeLoad() throws
  /// Destination, under the device lock, at the end of a load, good or not: hands CPU state to
  /// an accelerator. Default: nothing.
  func synchronizeAfterLoad()
}

extension MachineControl {
  /// None.
  public func blockers(for direction: TransferDirection) -> [String] { [] }
  /// Nothing to do.
  public func prepareSwitchover() throws {}
  /// Nothing to do.
  public func undoSwitchover() {}
  /// Nothing to do.
  public func synchronizeForSave() throws {}
  /// Nothing to do.
  public func synchronizeBeforeLoad() throws {}
  /// Nothing to do.
  public func synchronizeAfterLoad() {}
}

extension MachineControl {
  /// Runs what may fail under the device lock.
  func locked<Result>(_ body: () throws(VMStateError) -> Result) throws(VMStateError) -> Result {
    var result: Swift.Result<Result, VMStateError>?
    withDeviceLock {
      do throws(VMStateError) {
        result = .success(try body())
      } catch {
        result = .failure(error)
      }
    }
    guard let result else {
      throw VMStateError(.machineControl, "the machine's device lock was not given")
    }
    return try result.get()
  }

  /// Stops the machine if it is live.
  ///
  /// - Throws: `machineControl`.
  func stopIfLive(_ state: RunState) throws(VMStateError) {
    guard runState.isLive else { return }
    do {
      try stop(state)
    } catch {
      throw VMStateError(
        .machineControl, "the machine could not be stopped", expected: state.rawValue,
        found: runState.rawValue, cause: error)
    }
  }

  /// Lets a machine run again that ran before.
  ///
  /// - Throws: `machineControl`.
  func startIfStopped(_ before: RunState) throws(VMStateError) {
    guard before.isLive, !runState.isLive else { return }
    do {
      try start(before)
    } catch {
      throw VMStateError(
        .machineControl, "the machine could not be started again", expected: before.rawValue,
        found: runState.rawValue, cause: error)
    }
  }

  /// Starts the machine again after a failure and gives the error to report: the failure's
  /// own, or that the machine stands still now, which names the failure.
  func resume(_ before: RunState, after failure: VMStateError) -> VMStateError {
    do throws(VMStateError) {
      try startIfStopped(before)
      return failure
    } catch {
      let reason = error.cause.map { ": \($0)" } ?? ""
      return VMStateError(
        error.code, "\(error.message)\(reason), after the transfer had failed",
        expected: error.expected, found: error.found, cause: failure)
    }
  }

  /// Calls one of the owner's own callbacks.
  func call(_ name: String, _ callback: () throws -> Void) throws(VMStateError) {
    do {
      try callback()
    } catch {
      throw VMStateError(.machineControl, "the machine's \(name) failed", cause: error)
    }
  }
}
