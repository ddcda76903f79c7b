import VMState
import VMStateInspect

/// A running machine with a device and two RAM blocks. A refused load must leave all of it as it
/// was, and running.
final class FuzzMachine: MachineControl, @unchecked Sendable {
  final class Device {
    var state = EverythingState()
    var loads = 0
  }

  static let blockSize = 16 * 4096
  let registry = SaveStateRegistry()
  let device = Device()
  let blocks = RAMBlockList()
  private(set) var runState = RunState.running

  func stop(_ state: RunState) { runState = state }
  func start(_ state: RunState) { runState = state }
  func withDeviceLock(_ body: () -> Void) { body() }

  init() throws(VMStateError) {
    for name in ["ram", "rom"] {
      let memory = try GuestMemory(mapping: UInt64(Self.blockSize))
      try blocks.add(RAMBlock(name, memory: memory, usedLength: UInt64(Self.blockSize)))
      memory.base.storeBytes(of: 0x1234_5678, toByteOffset: 3 * 4096, as: UInt32.self)
    }
    try registry.registerLive(
      RAMHandlers.idstr, version: RAMHandlers.version, handlers: RAMHandlers(blocks))
    let body = DeviceBinding(
      EverythingState.vmstate, StateAccess(device, \.state),
      afterLoad: { [device] in device.loads += 1 })
    try registry.register(body: body, path: "0000:00:03.0")
  }

  private var configuration: MachineConfiguration { MachineConfiguration(machineType: "fuzz") }

  func save() throws(VMStateError) -> [UInt8] {
    let channel = MemoryChannel()
    let options = SaveOptions(configuration: configuration)
    try StateSaver(registry: registry, machine: self, options: options).save(to: channel)
    return channel.bytes
  }

  func load(_ bytes: [UInt8], isStrict: Bool) throws(VMStateError) {
    var options = LoadOptions(configuration: configuration)
    options.limits = limits
    options.isStrict = isStrict
    try StateLoader(registry: registry, machine: self, options: options)
      .load(from: MemoryChannel(bytes))
  }

  /// True if nothing differs from a machine just made.
  var isUntouched: Bool {
    guard runState == .running, device.loads == 0, device.state == EverythingState() else {
      return false
    }
    return blocks.blocks.allSatisfy { block in
      var seen = [UInt8](repeating: 1, count: Self.blockSize)
      let copied = seen.withUnsafeMutableBytes { target in
        (try? block.memory.read(at: 0, into: target)) != nil
      }
      var expected = [UInt8](repeating: 0, count: Self.blockSize)
      expected.replaceSubrange(3 * 4096..<3 * 4096 + 4, with: [0x78, 0x56, 0x34, 0x12])
      return copied && seen == expected
    }
  }
}

/// Small bounds, so that memory beyond them is seen by the fuzzer's own limit.
let limits: Limits = {
  var limits = Limits()
  limits.fieldBytes = 1 << 20
  limits.elements = 1 << 12
  limits.describedBytes = 8 << 20
  limits.descriptionBytes = 1 << 20
  limits.stagedMemoryBytes = 1 << 20
  limits.sections = 1 << 12
  return limits
}()

/// The same bounds for a walk.
let walkOptions: WalkOptions = {
  var options = WalkOptions()
  options.limits = limits
  return options
}()
