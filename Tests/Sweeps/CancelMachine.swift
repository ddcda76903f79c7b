import VMState

/// A machine of one RAM block; the source's is written by another process while it runs. One
/// transfer at a time uses it.
final class CancelMachine: MachineControl, @unchecked Sendable {
  let registry = SaveStateRegistry()
  let block: RAMBlock
  let ram: RAMHandlers
  private let process: DirtyProcess?
  private let state = Guarded(RunState.paused)

  /// The source, whose memory the process writes.
  init(_ process: DirtyProcess) throws {
    self.process = process
    let memory = GuestMemory(at: process.memory.base, length: UInt64(process.memory.count))
    block = try RAMBlock("ram", memory: memory, usedLength: memory.length)
    ram = RAMHandlers(RAMBlockList(), tracking: SharedLogTracking(process))
    try register()
  }

  /// A destination.
  init(pageCount: Int, _ protection: RAMBlock.LoadProtection) throws {
    process = nil
    let memory = try GuestMemory(mapping: UInt64(pageCount << 12))
    block = try RAMBlock("ram", memory: memory, usedLength: memory.length, protection: protection)
    ram = RAMHandlers(RAMBlockList())
    try register()
  }

  private func register() throws {
    try ram.blocks.add(block)
    try registry.registerLive(RAMHandlers.idstr, version: RAMHandlers.version, handlers: ram)
  }

  var runState: RunState { state.withLock { $0 } }

  func stop(_ newState: RunState) {
    process?.stop()
    state.withLock { $0 = newState }
  }

  func start(_ newState: RunState) {
    state.withLock { $0 = newState }
    process?.run()
  }

  func withDeviceLock(_ body: () -> Void) { body() }

  func saver(_ way: CancelWay) -> StateSaver {
    var options = SaveOptions(configuration: way.configuration, profile: way.profile)
    options.maximumBandwidth = 0
    // The last round is small, so that there are some.
    options.downtimeLimit = .milliseconds(1)
    return StateSaver(registry: registry, machine: self, options: options)
  }

  func loader(_ way: CancelWay) -> StateLoader {
    StateLoader(
      registry: registry, machine: self,
      options: LoadOptions(configuration: way.configuration, profile: way.profile))
  }
}

/// A form of the stream and how it travels.
struct CancelWay: CustomStringConvertible {
  var capability: String?
  var compression = MultifdCompression.none
  var channels = 0
  var profile = StreamProfile.qemu10_0

  static let all: [CancelWay] =
    [CancelWay(), CancelWay(profile: .qemu7_2), CancelWay(capability: "xbzrle")]
    + [CancelWay(capability: "compress", profile: .qemu7_2)]
    + [1, 2, 8].map { CancelWay(channels: $0) }
    + [1, 2, 8].map { CancelWay(channels: $0, profile: .qemu7_2) }
    + [CancelWay(compression: .zlib, channels: 2), CancelWay(compression: .zstd, channels: 2)]

  var configuration: MachineConfiguration {
    MachineConfiguration(
      machineType: "cancel", capabilities: capability.map { [$0] } ?? [])
  }

  var multifd: MultifdOptions {
    var options = MultifdOptions(profile)
    options.compression = compression
    return options
  }

  var description: String {
    let form = capability ?? "plain"
    return "\(form), \(channels) channels of \(compression.name), \(profile.name)"
  }
}
