import Testing
import TestSupport
import VMState

@Suite struct DeviceStateSizeTests {
  @Test func countsHeadersBodiesAndFootersOfAllFullSections() throws {
    let registry = SaveStateRegistry()
    // 5 + 1 + 5 + 8 bytes of header, 1 + 3 of body, 5 of footer.
    try registry.register(body: ByteDevice("timer", [1, 2, 3]))
    #expect(try registry.deviceStateSize() == 28)
    #expect(try registry.deviceStateSize(footers: false) == 23)
    let old = CountdownHandlers("old", rounds: 0)
    old.phases = .wholeState
    // 5 + 1 + 3 + 8, 2, 5.
    try registry.registerLive("old", version: 1, handlers: old)
    let early = ByteDevice("early", [])
    early.isEarlySetup = true
    // 5 + 1 + 5 + 8, 1, 5.
    try registry.register(body: early)
    let absent = ByteDevice("absent", [1])
    absent.isNeeded = false
    try registry.register(body: absent)
    try registry.registerLive("ram", version: 4, handlers: CountdownHandlers("ram", rounds: 3))
    #expect(try registry.deviceStateSize() == 28 + 24 + 25)
  }

  @Test func isWhatASaveWrites() throws {
    let registry = SaveStateRegistry()
    try registry.register(body: ByteDevice("a", [1, 2, 3]))
    try registry.register(body: ByteDevice("b", [UInt8](repeating: 7, count: 200)), path: "1.2")
    let size = try registry.deviceStateSize(profile: .qemu7_2)
    var options = SaveOptions.none(.qemu7_2)
    options.configuration.suppressesDescription = true
    let channel = MemoryChannel()
    try StateSaver(registry: registry, machine: TestMachine(), options: options).save(to: channel)
    // Header, configuration with the name "none", EOF.
    #expect(UInt64(channel.bytes.count) == size + 8 + 9 + 1)
  }
}
