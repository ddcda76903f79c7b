import TestSupport
import Testing
import VMState

/// A running machine with one device `dev` and guest memory, into which bad streams are loaded.
/// A refused load must leave all of it as it was.
final class HostileMachine<State> {
  final class Device {
    var state: State
    var loads = 0
    init(_ state: State) { self.state = state }
  }

  let registry = SaveStateRegistry()
  let owner = TestMachine()
  let device: Device
  let blocks = RAMBlockList()
  private let table: VMStateDescription<State>
  private let before: [UInt8]

  init(_ table: VMStateDescription<State>, _ state: State) throws {
    self.table = table
    device = Device(state)
    before = try table.bytes(of: state, context: SaveContext(profile: .qemu11_1))
    for (name, pages) in [("main", 4), ("rom", 2)] {
      let memory = try GuestMemory(mapping: UInt64(pages) * 4096)
      memory.base.initializeMemory(as: UInt8.self, repeating: 0x5A, count: pages * 4096)
      try blocks.add(
        RAMBlock(
          name, memory: memory, usedLength: UInt64(pages - 1) * 4096,
          maxLength: UInt64(pages) * 4096, attributes: [.migratable, .resizeable]))
    }
    try registry.registerLive(
      RAMHandlers.idstr, version: RAMHandlers.version, handlers: RAMHandlers(blocks))
    try registry.register(
      device, \.state, table, instance: .given(0), afterLoad: { $0.loads += 1 })
  }

  /// Header and configuration: 17 bytes.
  static var head: [UInt8] { hex("5145564D 00000003 07 00000004 6E6F6E65") }
  /// EOF and an empty description.
  static var end: [UInt8] { hex("00 06 00000002 7B7D") }

  /// The header of a FULL section of the device, 21 bytes: bodies begin at offset 38.
  static func header(version: UInt32 = 1) -> [UInt8] {
    hex("04 00000009 03") + ascii("dev") + hex("00000000") + be32(version)
  }
  static var bodyOffset: UInt64 { UInt64(head.count + header().count) }
  static var footer: [UInt8] { hex("7E 00000009") }

  func load(
    _ channel: any ByteChannel, limits: Limits = Limits(),
    change: (inout LoadOptions) -> Void = { _ in }
  ) throws(VMStateError) -> LoadResult {
    var options = LoadOptions.none(.qemu11_1)
    options.limits = limits
    change(&options)
    return try StateLoader(registry: registry, machine: owner, options: options)
      .load(from: channel)
  }

  /// The error of a stream that must be refused; nothing may have changed.
  func refusal(
    of channel: any ByteChannel, limits: Limits = Limits(),
    change: (inout LoadOptions) -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> VMStateError? {
    let memory = PeakMemory()
    let error = failure { _ = try load(channel, limits: limits, change: change) }
    #expect(memory.growth < 1 << 30, "a gigabyte for a few bytes", sourceLocation: sourceLocation)
    #expect(error?.offset != nil, sourceLocation: sourceLocation)
    #expect(error?.path.isEmpty == false, sourceLocation: sourceLocation)
    expectUntouched(sourceLocation)
    return error
  }

  /// The error of a whole stream.
  func refusal(
    of bytes: [UInt8], limits: Limits = Limits(),
    change: (inout LoadOptions) -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> VMStateError? {
    refusal(
      of: MemoryChannel(bytes), limits: limits, change: change, sourceLocation: sourceLocation)
  }

  /// The error of a stream whose one section, of the device, has this body.
  func refusal(
    ofBody body: [UInt8], version: UInt32 = 1, limits: Limits = Limits(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> VMStateError? {
    refusal(
      of: Self.head + Self.header(version: version) + body + Self.footer + Self.end,
      limits: limits, sourceLocation: sourceLocation)
  }

  private func expectUntouched(_ sourceLocation: SourceLocation) {
    let after = try? table.bytes(of: device.state, context: SaveContext(profile: .qemu11_1))
    #expect(after == before, sourceLocation: sourceLocation)
    #expect(device.loads == 0, sourceLocation: sourceLocation)
    #expect(owner.runState == .running, sourceLocation: sourceLocation)
    #expect(registry.use == nil, sourceLocation: sourceLocation)
    #expect(
      registry.entries.allSatisfy { $0.loadSectionID == nil && $0.loadVersion == nil },
      sourceLocation: sourceLocation)
    for block in blocks.blocks {
      let bytes = UnsafeRawBufferPointer(
        start: block.memory.base, count: Int(block.maxLength))
      #expect(bytes.allSatisfy { $0 == 0x5A }, sourceLocation: sourceLocation)
      #expect(block.usedLength == block.maxLength - 4096, sourceLocation: sourceLocation)
    }
  }
}

/// A big-endian number.
func be32(_ value: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
}
