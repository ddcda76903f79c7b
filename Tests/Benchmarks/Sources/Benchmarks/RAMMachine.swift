import CBaselines
import VMState

/// A machine that is nothing but one block of memory and stands still.
final class RAMMachine: MachineControl, @unchecked Sendable {
  // One thread.
  let registry = SaveStateRegistry()
  let block: RAMBlock
  let size: Int

  var runState: RunState { .paused }
  func stop(_ state: RunState) {}
  func start(_ state: RunState) {}
  func withDeviceLock(_ body: () -> Void) { body() }

  private let capabilities: Set<String>
  private let handlers: RAMHandlers
  private let channels: Int

  /// - Parameters:
  ///   - isMapped: Pages have fixed places in the file.
  ///   - channels: Descriptors of the file that its pages are moved over; 0 for the main one.
  init(
    _ memory: GuestMemory, _ protection: RAMBlock.LoadProtection, isMapped: Bool = false,
    channels: Int = 0
  ) throws(VMStateError) {
    capabilities = Set((isMapped ? ["mapped-ram"] : []) + (channels > 0 ? ["multifd"] : []))
    self.channels = channels
    let blocks = RAMBlockList()
    block = try RAMBlock("ram", memory: memory, usedLength: memory.length, protection: protection)
    size = Int(memory.length)
    try blocks.add(block)
    handlers = RAMHandlers(blocks)
    try registry.registerLive(
      RAMHandlers.idstr, version: RAMHandlers.version, handlers: handlers)
  }

  private var configuration: MachineConfiguration {
    MachineConfiguration(machineType: "bench", capabilities: capabilities)
  }

  /// The file's further descriptors, if there are to be any.
  private func openChannels(_ channel: any ByteChannel) throws(VMStateError) {
    guard channels > 0, let file = channel as? any PagedFile else { return }
    handlers.multifd = try MultifdChannels(pagesOf: file, count: channels)
  }

  func save(to channel: any ByteChannel) throws(VMStateError) {
    try openChannels(channel)
    var options = SaveOptions(configuration: configuration)
    options.maximumBandwidth = 0
    try StateSaver(registry: registry, machine: self, options: options).save(to: channel)
  }

  func load(from channel: any ByteChannel) throws(VMStateError) {
    try openChannels(channel)
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
