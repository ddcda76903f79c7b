import Synchronization
import VMState

/// A PC of the example devices, with memory, that runs a little guest and can be saved and
/// loaded while it runs.
///
/// It has the sections of QEMU's `pc` that the board has devices for: the same names, device
/// paths, instance ids and alias ids, in the same order. Devices are touched under the device
/// lock only, which is why the machine may be shared by threads and the devices need not be.
public final class ExampleMachine: @unchecked Sendable {
  /// How a machine is made.
  public struct Options: Sendable {
    /// Bytes of main memory, a multiple of 4096.
    public var memoryBytes: UInt64 = 64 << 20
    /// The generation of the tables and of the stream.
    public var profile = StreamProfile.qemu10_0
    /// The machine type; nil takes the `pc` of the generation.
    public var machineType: String?
    /// The name of the main memory's block.
    public var memoryName = "pc.ram"
    /// Blocks like the firmware's are there, besides main memory.
    public var hasROMs = true
    /// Only clocks and run state, as the machine type `none`.
    public var isBare = false
    /// Device paths of network controllers.
    public var networkCards = ["0000:00:03.0"]
    /// The time of day, in seconds since 1970.
    public var seconds: Int64 = 0
    /// Where the guest's random numbers begin.
    public var seed: UInt64 = 1
    /// Pages that the guest writes in each turn, about a thousand turns a second.
    public var pagesPerTurn = 4
    /// The part of memory in which it writes them, from 1 MiB on.
    public var hotBytes: UInt64 = 8 << 20
    /// Threads that overwrite all of main memory by plain stores for as long as the machine runs.
    public var overwriters = 0
    /// These threads announce their stores.
    public var announcesWrites = false
    /// The migration capabilities that are on.
    public var capabilities: Set<String> = []

    /// 64 MiB and the devices of 10.0.
    public init() {}
  }

  /// How the machine was made.
  public let options: Options
  /// What is saved and loaded.
  public let registry = SaveStateRegistry()
  /// All memory.
  public let blocks = RAMBlockList()
  /// Main memory.
  public let memory: BoardMemory
  /// The section `ram`.
  public let ramHandlers: RAMHandlers

  // Under the device lock.
  let board: PCBoard
  let guest: BoardGuest
  let deviceLock = Mutex<Void>(())

  struct Running {
    var runState = RunState.preLaunch
    /// The guest's, and those that overwrite memory; none while the machine stands still.
    var threads: [MachineThread] = []
  }
  let running = Mutex(Running())

  /// A machine that has not started yet.
  ///
  /// - Throws: `limitExceeded` when the system has no such amount of memory.
  public init(_ options: Options = Options()) throws(VMStateError) {
    self.options = options
    let block = try RAMBlock(
      options.memoryName, memory: GuestMemory(mapping: options.memoryBytes),
      usedLength: options.memoryBytes, protection: .disposable)
    try blocks.add(block)
    memory = BoardMemory(block)
    if options.hasROMs { try Self.addROMs(to: blocks) }
    ramHandlers = RAMHandlers(blocks)
    board = PCBoard(seconds: options.seconds, host: HostClock.now)
    board.memory = memory
    board.power.state.usesCPUHotplug = options.profile.startsCPUHotplug
    guest = BoardGuest(board, memory, seed: options.seed)
    try register()
  }

  // The clocks come first, as in QEMU: there a live section with the id 0 would be taken for
  // the first entry in the list.
  private func register() throws(VMStateError) {
    let how = BoardRegistration(registry, profile: options.profile)
    let names =
      options.isBare
      ? [SectionName("timer"), SectionName("globalstate")]
      : SectionName.pc(isOld: options.profile.isOld, networkCards: options.networkCards)
    try board.register(names[0], how)
    try registry.registerLive(
      RAMHandlers.idstr, version: RAMHandlers.version, handlers: ramHandlers)
    for name in names.dropFirst() { try board.register(name, how) }
  }

  private static func addROMs(to blocks: RAMBlockList) throws(VMStateError) {
    for (name, size, attributes) in [
      ("/rom@etc/acpi/tables", 0x20000, [.migratable, .resizeable]),
      ("pc.bios", 0x10000, [.migratable, .readOnly]),
    ] as [(String, UInt64, RAMBlock.Attributes)] {
      let memory = try GuestMemory(mapping: size)
      for offset in stride(from: 0, to: Int(size) / 2, by: 8) {
        memory.base.storeBytes(
          of: UInt64(offset) &* 0x9E37_79B9, toByteOffset: offset, as: UInt64.self)
      }
      try blocks.add(
        RAMBlock(
          name, memory: memory, usedLength: size, attributes: attributes,
          protection: .disposable))
    }
  }

  /// What source and destination of a load have to agree about.
  public var configuration: MachineConfiguration {
    let generation = options.profile.isOld ? "7.2" : "10.0"
    return MachineConfiguration(
      machineType: options.machineType ?? (options.isBare ? "none" : "pc-i440fx-\(generation)"),
      capabilities: options.capabilities)
  }

  /// Runs something with the devices, while nobody else touches them.
  public func withBoard<Result>(_ body: (PCBoard) throws -> Result) rethrows -> Result {
    try deviceLock.withLock { _ in
      nonisolated(unsafe) let result = try body(board)
      return result
    }
  }

  /// Timer interrupts that the guest has counted.
  public var timerTicks: UInt64 { guest.timerTicks }

  /// Fills part of main memory with random bytes, the rest stays zero.
  public func fillMemory(_ range: Range<UInt64>, seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for address in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
      memory.block.memory.base.storeBytes(
        of: random.next(), toByteOffset: Int(address), as: UInt64.self)
    }
    memory.block.dirtyLog.mark(offset: range.lowerBound, count: UInt64(range.count))
  }
}
