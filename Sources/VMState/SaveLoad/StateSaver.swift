/// Saves a machine, running or stopped, to a channel.
///
/// The saver runs where it is called and blocks. Without live sections, or with a machine that
/// stands still, it is a plain save. Whatever goes wrong, at any byte and in any hook, the
/// channel is shut down, every handler is cleaned up, and a machine that ran runs again.
///
/// QEMU: `migration_thread`, migration/migration.c, and `qemu_savevm_state_*`,
/// migration/savevm.c.
public struct StateSaver: Sendable {
  /// What is saved.
  public let registry: SaveStateRegistry
  /// Whose state it is.
  public let machine: any MachineControl
  /// How it is saved.
  public var options: SaveOptions
  /// The time that rates are measured with.
  public var clock: any TransferClock

  /// Makes a saver.
  public init(
    registry: SaveStateRegistry, machine: any MachineControl, options: SaveOptions,
    clock: any TransferClock = SystemTransferClock()
  ) {
    self.registry = registry
    self.machine = machine
    self.options = options
    self.clock = clock
  }

  /// Everything that would stop or delay a save now, or make it less than whole.
  public func blockers() -> [Blocker] {
    machine.allBlockers(.save, registry)
  }

  /// Saves the machine.
  ///
  /// The channel is closed after a good save (a file takes its final name then) and shut down
  /// after a bad one.
  ///
  /// - Parameters:
  ///   - channel: Where the stream goes.
  ///   - cancellation: Ends the save from another thread.
  ///   - observer: Sees every section, hook and field.
  ///   - counters: The transferred bytes, when other channels count along.
  ///   - progress: Called per batch on this thread.
  /// - Throws: `unmigratable`, `busy`, `cancelled`, `machineControl`, or the error of a hook or
  ///   the channel.
  @discardableResult
  public func save(
    to channel: any ByteChannel, cancellation: CancellationFlag = CancellationFlag(),
    observer: (any TransferObserver)? = nil, counters: TransferCounters = TransferCounters(),
    progress: ((SaveProgress) -> Void)? = nil
  ) throws(VMStateError) -> SaveResult {
    let context = SaveContext(
      profile: options.profile, cancellation: cancellation, observer: observer,
      counters: counters, capabilities: options.configuration.capabilities)
    context.storesGlobalState = options.configuration.storesGlobalState
    context.onProgress = progress
    do throws(VMStateError) {
      return try save(to: channel, context)
    } catch {
      channel.shutdown()
      throw cancellation.explain(error)
    }
  }

  private func save(
    to channel: any ByteChannel, _ context: SaveContext
  ) throws(VMStateError) -> SaveResult {
    try options.configuration.check()
    try machine.refuseBlockers(.save, registry)
    try registry.begin(.save)
    defer { registry.end() }
    var run = SaveRun(self, channel, context)
    do throws(VMStateError) {
      try run.perform()
      try channel.close()
    } catch {
      throw run.finish(after: error)
    }
    return try run.finish()
  }
}

extension MachineControl {
  /// The registry's blockers, asked under the device lock, and the owner's.
  func allBlockers(_ direction: TransferDirection, _ registry: SaveStateRegistry) -> [Blocker] {
    var found = blockers(for: direction).map { Blocker(.machine, reason: $0) }
    withDeviceLock { found += registry.blockers(for: direction) }
    return found
  }

  /// Throws when anything refuses the transfer; names all of it.
  func refuseBlockers(
    _ direction: TransferDirection, _ registry: SaveStateRegistry
  ) throws(VMStateError) {
    let refusals = allBlockers(direction, registry).filter { $0.effect == .refuses }
    guard let first = refusals.first else { return }
    let code: VMStateError.Code =
      switch first.kind {
      case .busy: .busy
      case .machine: .machineControl
      default: .unmigratable
      }
    throw VMStateError(code, refusals.map(\.description).joined(separator: "; "))
  }
}

extension CancellationFlag {
  /// A cancelled transfer often ends with the error of its channel; this gives the reason.
  func explain(_ error: VMStateError) -> VMStateError {
    guard isCancelled, error.code != .cancelled else { return error }
    return VMStateError(
      .cancelled, "the transfer was cancelled", offset: error.offset, cause: error)
  }
}
