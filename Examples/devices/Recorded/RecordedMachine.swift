import DeviceModels
import Synchronization
import VMState
import VMStateInspect

/// A machine made to hold a recorded stream: device models where the board has them, entries
/// made from the stream's own description for all other sections, and memory of the stream's
/// blocks. It does not run; what it has loaded it saves again.
public final class RecordedMachine: @unchecked Sendable {
  /// What the stream is like.
  public let recording: Recording
  /// The entries, in the stream's order and with its section ids.
  public let registry = SaveStateRegistry()
  /// Memory.
  public let blocks = RAMBlockList()
  /// The device models; those that the stream does not have are unused.
  public let board: PCBoard
  /// The entry `ram`, if the stream has one: its channels can be set.
  public private(set) var memory: RAMHandlers?
  /// Names of the sections that a device model holds.
  public private(set) var modelled: [SectionName] = []

  private let deviceLock = Mutex<Void>(())
  private let state = Mutex(RunState.paused)

  /// Makes the machine, empty as yet.
  ///
  /// - Parameters:
  ///   - isLive: The devices' hooks run: after a load they drive their lines, before a save
  ///     they bring their counters up to date. False keeps exactly what was loaded.
  ///   - host: The time that the devices' clocks take when they are started.
  /// - Throws: `invalidRegistration`, `limitExceeded`.
  public init(
    _ recording: Recording, isLive: Bool = false, host: @escaping () -> Int64 = { 0 }
  ) throws(VMStateError) {
    self.recording = recording
    board = PCBoard(host: host)
    try addMemory()
    board.memory = blocks.blocks.first.map(BoardMemory.init)
    if let id = recording.ramSectionID {
      let handlers = RAMHandlers(
        blocks, ignoredNeedNamedFile: recording.profile.globalState != .runStateOnly)
      try registry.registerLive(
        RAMHandlers.idstr, version: RAMHandlers.version, handlers: handlers, sectionID: id)
      memory = handlers
    }
    // Older machine types do not send the HPET's offset.
    if let release = recording.machineRelease, release <= (3, 0) {
      board.hpet.state.savesOffset = false
    }
    let how = BoardRegistration(registry, profile: recording.profile, isLive: isLive)
    for section in recording.sections { try register(section, how) }
  }

  private func register(
    _ section: Recording.Section, _ how: BoardRegistration
  ) throws(VMStateError) {
    if try board.register(section.name, how, sectionID: section.sectionID) != nil {
      board.adopt(section.table, of: section.name)
      modelled.append(section.name)
      return
    }
    // An old-style section has only its whole name.
    let isWhole = section.table.wholeSize != nil
    let path = isWhole ? nil : section.name.path
    try registry.register(
      body: DescribedBinding(section.table, idstr: isWhole ? section.name.idstr : nil),
      path: path, instance: .given(section.name.instance), sectionID: section.sectionID)
  }

  private func addMemory() throws(VMStateError) {
    let ignoresShared = recording.configuration.capabilities.contains("x-ignore-shared")
    for block in recording.blocks {
      var attributes: RAMBlock.Attributes = .migratable
      // With that capability a block without pages is one that stayed where it was.
      if ignoresShared, block.pages.total == 0 { attributes.formUnion([.shared, .namedFile]) }
      try blocks.add(
        RAMBlock(
          block.idstr, memory: GuestMemory(mapping: block.length), usedLength: block.length,
          attributes: attributes, protection: .disposable,
          regionOffset: block.regionOffset ?? 0))
    }
  }
}

extension RecordedMachine: MachineControl {
  /// Paused, but while a load replaces the state.
  public var runState: RunState { state.withLock { $0 } }
  /// Notes the state; nothing runs.
  public func stop(_ newState: RunState) { state.withLock { $0 = newState } }
  /// Notes the state; nothing runs.
  public func start(_ newState: RunState) { state.withLock { $0 = newState } }
  /// One at a time.
  public func withDeviceLock(_ body: () -> Void) { deviceLock.withLock { _ in body() } }
  /// From here on the devices' lines are only noted.
  public func synchronizeBeforeLoad() { board.isLoading = true }
  /// The lines are live again.
  public func synchronizeAfterLoad() { board.isLoading = false }
}

extension RecordedMachine {
  /// A saver that writes what the recording's program would.
  public var saver: StateSaver {
    StateSaver(
      registry: registry, machine: self,
      options: SaveOptions(configuration: recording.configuration, profile: recording.profile))
  }

  /// A loader for the recorded stream.
  public var loader: StateLoader {
    StateLoader(
      registry: registry, machine: self,
      options: LoadOptions(configuration: recording.configuration, profile: recording.profile))
  }

  /// The bodies of all device sections as a save would write them now, by name.
  ///
  /// - Throws: What a save would throw.
  public func deviceSections() throws(VMStateError) -> [(name: String, bytes: [UInt8])] {
    try registry.deviceSections(profile: recording.profile, lock: self)
  }
}
