import VMState

/// A machine that takes a recorded stream: RAM blocks of its sizes, example devices where
/// there are some, and the other sections by their descriptions. Everything is different from
/// the stream before a load.
final class RecordedMachine: Subject {
  let recorded: RecordedStream
  let registry = SaveStateRegistry()
  let owner = Owner()
  private let blocks = RAMBlockList()
  private let memory: [SharedMemory]
  private let held: [(body: DescribedBinding, before: DescribedState)]
  private let devices: ExampleDevices?
  private var marks: [EntryMarks]
  private let guarded: GuardedRAM?

  /// What all memory is filled with.
  private static let filling: UInt8 = 0xA5

  /// - Parameters:
  ///   - usesDevices: True takes the example devices for the sections they mirror.
  ///   - earlier: A machine for the same stream that is not used any more; its memory serves
  ///     again, since to map new memory takes longer than most loads.
  init(
    _ recorded: RecordedStream, usesDevices: Bool, after earlier: RecordedMachine? = nil
  ) throws {
    self.recorded = recorded
    memory = earlier?.memory ?? recorded.blocks.map { SharedMemory(count: Int($0.length)) }
    for (entry, memory) in zip(recorded.blocks, memory) {
      try Self.add(entry, memory, recorded, to: blocks)
    }
    guarded =
      recorded.hasRAM
      ? GuardedRAM(RAMHandlers(blocks, ignoredNeedNamedFile: false), memory) : nil
    if let guarded {
      try registry.registerLive(
        RAMHandlers.idstr, version: RAMHandlers.version, handlers: guarded)
    }
    let devices =
      usesDevices
      ? ExampleDevices(recorded.options.profile, memory: blocks.blocks.first) : nil
    var held: [(body: DescribedBinding, before: DescribedState)] = []
    for section in recorded.sections {
      if let devices, try devices.register(section, registry) { continue }
      guard registry.find(section.idstr, instance: section.instance) == nil else { continue }
      held.append((try Self.hold(section, registry), section.other))
    }
    self.held = held
    self.devices = devices
    marks = EntryMarks.all(registry)
    // A PC without its devices would make the sweep an empty one.
    if let devices, recorded.name.contains("/pc"), devices.count < 15 {
      throw Violation("\(recorded.name): only \(devices.count) example devices")
    }
    try devices?.note()
    owner.synchronized = { [unowned self] in self.devices?.setLoading($0) }
  }

  private static func add(
    _ entry: RAMSetupRecord.Entry, _ memory: SharedMemory, _ recorded: RecordedStream,
    to blocks: RAMBlockList
  ) throws {
    memory.protect(false)
    memory.fill(filling)
    let isShared = recorded.shared.contains(entry.idstr)
    try blocks.add(
      RAMBlock(
        entry.idstr,
        memory: GuestMemory(at: memory.base, length: entry.length, release: { _ = memory }),
        usedLength: entry.length,
        attributes: isShared ? [.migratable, .shared, .namedFile] : .migratable,
        protection: .protected, regionOffset: entry.regionOffset ?? 0))
  }

  private static func hold(
    _ section: RecordedStream.Section, _ registry: SaveStateRegistry
  ) throws -> DescribedBinding {
    let body = DescribedBinding(section.table, idstr: section.idstr, state: section.other)
    try registry.register(body: body, instance: .given(section.instance))
    return body
  }

  /// The next load is made together with child processes, which have less to copy then.
  func prepareForDoubling() { guarded?.keepsStageFromChildren = true }

  /// Takes the registry as it is now for what it has to be.
  func noteRegistry() { marks = EntryMarks.all(registry) }

  var name: String { recorded.name }
  var stream: SharedMemory { recorded.bytes }
  var end: Int { recorded.end }
  var loader: StateLoader {
    StateLoader(registry: registry, machine: owner, options: recorded.options)
  }

  var hasCommitted: Bool { (guarded?.commits ?? 0) > 0 }

  func exercise(seed: UInt64) { devices?.exercise(seed: seed) }

  func difference() -> String? {
    if let difference = ownerDifference() { return difference }
    if hasCommitted { return "something was committed, or afterLoad ran" }
    if EntryMarks.all(registry) != marks { return "the registry has changed" }
    for (body, before) in held {
      if body.stagedState != nil { return "\(body.name) has still something staged" }
      if body.state != before { return "\(body.name) has changed" }
    }
    return devices?.difference()
  }

  /// Looks at every byte of the memory; `difference` relies on its protection.
  func memoryDifference() -> String? {
    for (entry, memory) in zip(recorded.blocks, memory) where !memory.isFilled(with: Self.filling) {
      return "the RAM block \(entry.idstr) has changed"
    }
    return nil
  }
}
