/// Loads a stream into a machine, as a whole or not at all.
///
/// The loader runs where it is called and blocks. A machine that runs is stopped once the
/// header and configuration proved good; it stays stopped after a good load (its owner starts
/// it), and runs on after a failed one, with every device, RAM block and the registry as they
/// were. `blockers()` names the sections of which the last cannot be promised.
///
/// QEMU: `qemu_loadvm_state`, migration/savevm.c.
public struct StateLoader: Sendable {
  /// What is loaded.
  public let registry: SaveStateRegistry
  /// Whose state it is.
  public let machine: any MachineControl
  /// How it is loaded.
  public var options: LoadOptions

  /// Makes a loader.
  public init(
    registry: SaveStateRegistry, machine: any MachineControl, options: LoadOptions
  ) {
    self.registry = registry
    self.machine = machine
    self.options = options
  }

  /// Everything that would stop a load now, or make it less than all-or-nothing.
  public func blockers() -> [Blocker] {
    machine.allBlockers(.load, registry)
  }

  /// Loads a stream.
  ///
  /// - Parameters:
  ///   - channel: Where the stream comes from. It is neither closed nor shut down; after a
  ///     stream's end nothing more is read from it than was buffered.
  ///   - cancellation: Ends the load from another thread.
  ///   - observer: Sees every section, hook and field.
  ///   - memory: Guest memory for hooks; without it the first handlers that are a
  ///     `StagedMemory` serve.
  ///   - progress: Called per batch on this thread.
  /// - Throws: The first thing that is wrong with the stream, with its place; `unmigratable`,
  ///   `busy`, `cancelled`, `machineControl`, or the error of a hook or the channel.
  @discardableResult
  public func load(
    from channel: any ByteChannel, cancellation: CancellationFlag = CancellationFlag(),
    observer: (any TransferObserver)? = nil, memory: (any StagedMemory)? = nil,
    progress: ((LoadProgress) -> Void)? = nil
  ) throws(VMStateError) -> LoadResult {
    let context = LoadContext(
      profile: options.profile, limits: options.limits, cancellation: cancellation,
      observer: observer, memory: memory, capabilities: options.configuration.capabilities)
    context.progress.totalBytes = channel.size
    context.onProgress = progress
    context.giveWay = options.giveWay
    do throws(VMStateError) {
      try machine.refuseBlockers(.load, registry)
      try registry.begin(.load)
      defer { registry.end() }
      var run = LoadRun(self, channel, context)
      return try run.perform()
    } catch {
      throw cancellation.explain(error)
    }
  }
}
