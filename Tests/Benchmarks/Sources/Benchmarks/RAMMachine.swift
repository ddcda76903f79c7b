import CBaselines
import VMState

/// A machine that is nothing but one block of memory and stands still.
final class RAMMachine: MachineControl {
  let registry = SaveStateRegistry()
  let block: RAMBlock
  let size: Int

  var runState: RunState { .paused }
  func stop(_ state: RunState) {}
  func start(_ state: RunState) {}
  func withDeviceLock(_ body: () -> Void) { body() }

  private let capabilities: Set<String>

  /// - Parameter isMapped: Pages have fixed places in the file.
  init(
    _ memory: GuestMemory, _ protection: RAMBlock.LoadProtection, isMapped: Bool = false
  ) throws(VMStateError) {
    capabilities = isMapped ? ["mapped-ram"] : []
    let blocks = RAMBlockList()
    block = try RAMBlock("ram", memory: memory, usedLength: memory.length, protection: protection)
    size = Int(memory.length)
    try blocks.add(block)
    try registry.registerLive(
      RAMHandlers.idstr, version: RAMHandlers.version, handlers: RAMHandlers(blocks))
  }

  private var configuration: MachineConfiguration {
    MachineConfiguration(machineType: "bench", capabilities: capabilities)
  }

  func save(to channel: any ByteChannel) throws(VMStateError) {
    var options = SaveOptions(configuration: configuration)
    options.maximumBandwidth = 0
    try StateSaver(registry: registry, machine: self, options: options).save(to: channel)
  }

  func load(from channel: any ByteChannel) throws(VMStateError) {
    let options = LoadOptions(configuration: configuration)
    try StateLoader(registry: registry, machine: self, options: options).load(from: channel)
  }
}

/// What the memory holds.
enum Content: String, CaseIterable {
  case zero, random, half

  func fill(_ memory: UnsafeMutablePointer<UInt8>, _ size: Int) {
    bl_random_memory(memory, size, 0x5EED)
    switch self {
    case .random: break
    case .half: bl_zero_half(memory, size)
    case .zero:
      UnsafeMutableRawPointer(memory).initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }
  }
}
