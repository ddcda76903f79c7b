import TestSupport
import VMState

/// Which hook fails, and which ran. One thread at a time uses it.
final class HookSwitch: @unchecked Sendable {
  struct Refusal: Error {}
  var failing: String?
  var seen: Set<String> = []

  func run(_ name: String) throws {
    seen.insert(name)
    if failing == name { throw Refusal() }
  }
}

/// A machine of ours with a device for every way to register one, every kind of field, RAM
/// that is protected, disposable and resizeable, a live and an old-style section.
final class SmallMachine: Subject {
  final class Device {
    var state: SmallState
    init(_ state: SmallState) { self.state = state }
  }

  let name: String
  let profile: StreamProfile
  let registry = SaveStateRegistry()
  let owner = Owner()
  let hooks = HookSwitch()
  let devices: [Device]
  let live: SmallHandlers
  let old: SmallHandlers
  let blocks = RAMBlockList()
  let ram: RAMHandlers
  private(set) var afterLoads = 0

  private(set) var stream = SharedMemory(count: 0)
  private(set) var end = 0
  private let states: [SmallState]
  private let table: VMStateDescription<SmallState>
  private var before: Before?

  private struct Before {
    var devices: [[UInt8]]
    var marks: [EntryMarks]
    var memory: [[UInt8]]
  }

  /// - Parameters:
  ///   - seed: Decides the content of everything.
  ///   - pages: Of the largest RAM block.
  init(seed: UInt64, profile: StreamProfile = .qemu11_1, pages: Int = 6) throws {
    name = "small machine, QEMU \(profile.name)"
    self.profile = profile
    states = (0..<5).map { .random(seed: seed &+ UInt64($0)) }
    devices = states.map(Device.init)
    let hooks = hooks
    let run: @Sendable (String) throws -> Void = { try hooks.run($0) }
    table = SmallState.table("small", profile, hook: run)
    let content = [UInt8](repeating: UInt8(truncatingIfNeeded: seed), count: 5)
    live = SmallHandlers("live", content, hook: run)
    old = SmallHandlers("old", content, phases: .wholeState, hook: run)
    ram = RAMHandlers(blocks)
    try addMemory(seed, pages)
    try register(run)
  }

  private func addMemory(_ seed: UInt64, _ pages: Int) throws {
    func add(
      _ name: String, _ used: Int, _ maximum: Int, _ protection: RAMBlock.LoadProtection
    ) throws {
      let memory = try GuestMemory(mapping: UInt64(maximum) * 4096)
      try blocks.add(
        RAMBlock(
          name, memory: memory, usedLength: UInt64(used) * 4096,
          maxLength: UInt64(maximum) * 4096,
          attributes: used == maximum ? .migratable : [.migratable, .resizeable],
          protection: protection))
    }
    try add("main", pages, pages, .protected)
    try add("fresh", 2, 2, .disposable)
    try add("rom", 1 + Int(seed & 1), 3, .protected)
    fill(seed)
  }

  /// Every second page of the protected blocks has content.
  private func fill(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for block in blocks.blocks where block.protection == .protected {
      for page in 0..<Int(block.usedLength >> 12) where page % 2 == 0 {
        let words = block.memory.base + page << 12
        for index in 0..<512 {
          words.storeBytes(of: generator.next(), toByteOffset: index * 8, as: UInt64.self)
        }
      }
    }
  }

  private func register(_ run: @escaping @Sendable (String) throws -> Void) throws {
    try registry.registerLive(RAMHandlers.idstr, version: RAMHandlers.version, handlers: ram)
    try registry.registerLive("live", version: 2, handlers: live)
    let told: (Device) -> Void = { [unowned self] _ in afterLoads += 1 }
    try registry.register(devices[0], \.state, table, instance: .given(0), afterLoad: told)
    try registry.register(devices[1], \.state, table, alias: 7, afterLoad: told)
    try registry.register(
      devices[2], \.state, SmallState.table("early", profile, hook: run).earlySetup(),
      path: "0000:00:03.0", afterLoad: told)
    let pair = devices[3]
    try registry.register(
      StateAccess(snapshot: { pair.state }, restore: { pair.state = $0 }),
      SmallState.table("pair", profile, hook: run).priority(.iommu),
      afterLoad: { told(pair) })
    try registry.registerLive("old", version: 3, handlers: old)
    try registry.register(
      devices[4], \.state, SmallState.table("last", profile, hook: run), afterLoad: told)
  }

  private var configuration: MachineConfiguration { MachineConfiguration(machineType: "small") }

  var loader: StateLoader {
    var options = LoadOptions(configuration: configuration, profile: profile)
    options.limits = .tight
    return StateLoader(registry: registry, machine: owner, options: options)
  }

  var saver: StateSaver {
    var options = SaveOptions(configuration: configuration, profile: profile)
    options.maximumBandwidth = 0
    return StateSaver(registry: registry, machine: owner, options: options)
  }

  /// The stream that this machine saves; it runs on.
  func save() throws -> [UInt8] {
    let channel = MemoryChannel()
    try saver.save(to: channel)
    owner.run()
    return channel.bytes
  }

  /// Takes another machine's stream as the one to load, and notes how everything is now.
  func expect(_ bytes: [UInt8]) throws {
    stream = SharedMemory(bytes)
    // What comes must not be above what is here.
    for device in devices { device.state.atMost = 1000 }
    end = try Self.end(of: bytes)
    before = try Before(devices: encoded(), marks: EntryMarks.all(registry), memory: memory)
  }

  /// The EOF byte stands before the description's type byte.
  private static func end(of bytes: [UInt8]) throws -> Int {
    for place in stride(from: bytes.count - 7, through: 0, by: -1)
    where bytes[place] == 0 && bytes[place + 1] == 6 {
      let length = bytes[place + 2..<place + 6].reduce(0) { $0 << 8 | Int($1) }
      if place + 6 + length == bytes.count { return place }
    }
    throw Violation("a saved stream has no description")
  }

  private func encoded() throws -> [[UInt8]] {
    try devices.map { try table.bytes(of: $0.state, context: SaveContext(profile: profile)) }
      + [live.content, old.content]
  }

  private var memory: [[UInt8]] {
    blocks.blocks.map {
      Array(UnsafeRawBufferPointer(start: $0.memory.base, count: Int($0.maxLength)))
    }
  }

  /// Its devices do nothing by themselves; they can be saved again, whatever they hold now.
  func exercise(seed: UInt64) {
    owner.run()
    _ = try? save()
  }

  var hasCommitted: Bool { afterLoads + live.commits + old.commits > 0 }

  func difference() -> String? {
    if let difference = ownerDifference() { return difference }
    guard let before else { return "nothing was noted" }
    if hasCommitted { return "something was committed, or afterLoad ran" }
    if live.isStaged || old.isStaged { return "a handler has still something staged" }
    if (try? encoded()) != before.devices { return "a device has changed" }
    if EntryMarks.all(registry) != before.marks { return "the registry has changed" }
    return memoryDifference(before.memory)
  }

  private func memoryDifference(_ before: [[UInt8]]) -> String? {
    for (block, bytes) in zip(blocks.blocks, before) {
      let now = UnsafeRawBufferPointer(start: block.memory.base, count: bytes.count)
      guard bytes.withUnsafeBytes({ now.elementsEqual($0) }) else {
        return "the RAM block \(block.idstr) has changed"
      }
    }
    return nil
  }
}

extension Limits {
  /// Bounds that a sweep can check.
  static var tight: Limits {
    var limits = Limits()
    limits.fieldBytes = 4 << 20
    limits.describedBytes = 32 << 20
    limits.descriptionBytes = 4 << 20
    limits.stagedMemoryBytes = 64 << 20
    limits.elements = 1 << 16
    return limits
  }
}
