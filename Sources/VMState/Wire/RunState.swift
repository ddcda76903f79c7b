/// The state a machine's run loop is in; the raw value is the name on the wire.
///
/// Wire: the text of the `globalstate` section. QEMU: `RunState`, qapi/run-state.json.
public enum RunState: String, Sendable, Hashable, CaseIterable {
  /// Waiting for an incoming stream.
  case inMigrate = "inmigrate"
  /// Stopped after an internal error.
  case internalError = "internal-error"
  /// Stopped after an I/O error.
  case ioError = "io-error"
  /// Stopped by its owner.
  case paused
  /// Stopped after a save that completed.
  case postMigrate = "postmigrate"
  /// Not started yet.
  case preLaunch = "prelaunch"
  /// Stopped for the last phase of a save.
  case finishMigrate = "finish-migrate"
  /// Stopped while its state is loaded.
  case restoreVM = "restore-vm"
  /// Running.
  case running
  /// Stopped while a snapshot is taken.
  case saveVM = "save-vm"
  /// Shut down by the guest.
  case shutdown
  /// Asleep; a wake-up event makes it run.
  case suspended
  /// Stopped by its watchdog.
  case watchdog
  /// Stopped since the guest reported a panic.
  case guestPanicked = "guest-panicked"
  /// Under checkpoint replication.
  case colo
  /// Stopped by a debugger.
  case debug

  /// True where a save has to stop the machine and a failed one to start it again: running,
  /// or suspended and able to wake up.
  public var isLive: Bool { self == .running || self == .suspended }
}
