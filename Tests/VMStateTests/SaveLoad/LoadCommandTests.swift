import Testing
import TestSupport
import VMState

@Suite struct LoadCommandTests {
  private func load(
    _ command: String, _ profile: StreamProfile = .qemu10_0,
    capabilities: Set<String> = []
  ) throws -> LoadResult {
    let machine = TestMachine()
    var options = LoadOptions.none(profile)
    options.configuration.capabilities = capabilities
    let stream =
      hex("5145564D 00000003 07 00000004 6E6F6E65") + hex(command) + hex("00 06 00000002 7B7D")
    let loader = StateLoader(registry: SaveStateRegistry(), machine: machine, options: options)
    defer { #expect(!machine.isLocked) }
    return try loader.load(from: MemoryChannel(stream))
  }

  private func code(
    _ command: String, _ profile: StreamProfile = .qemu10_0,
    capabilities: Set<String> = []
  ) -> VMStateError.Code? {
    let error = failure { _ = try load(command, profile, capabilities: capabilities) }
    if let error { #expect(error.offset == 17) }
    return error?.code
  }

  @Test func knowsTheSwitchoverCommandByProfile() throws {
    #expect(try load("08 000B 0000").warnings.isEmpty)
    #expect(try load("08 000B 0000", .qemu11_1).warnings.isEmpty)
    #expect(code("08 000B 0000", .qemu7_2) == .badCommand)
  }

  @Test(arguments: ["08 0000 0000", "08 000C 0000", "08 FFFF 0000"])
  func refusesUnknownCommands(command: String) { #expect(code(command) == .badCommand) }

  @Test(arguments: [
    "08 0001 0001 00", "08 0002 0003 000000", "08 000B 0001 00", "08 0003 0001 00",
    "08 0003 0011 0000", "08 0004 0001 00", "08 0005 0002 0000", "08 0007 0000",
    "08 0008 0004 00000000", "08 0009 0001 00",
  ])
  func refusesWrongLengths(command: String) { #expect(code(command) == .badCommand) }

  @Test func ignoresARecordedReturnPathWithAWarning() throws {
    let result = try load("08 0001 0000 08 0002 0004 00000001 08 0009 0000")
    #expect(result.warnings.map(\.kind) == [.ignoredCommand, .ignoredCommand, .ignoredCommand])
    #expect(result.warnings.map(\.offset) == [17, 22, 31])
    #expect(result.warnings[1].message.contains("PING"))
  }

  @Test func takesAnEmptyPostcopyAdviceOnly() throws {
    #expect(try load("08 0003 0000").warnings.isEmpty)
    #expect(code("08 0003 0000", capabilities: ["postcopy-ram"]) == .unsupported)
    #expect(code("08 0003 0010" + String(repeating: "00", count: 16)) == .unsupported)
  }

  @Test(arguments: [
    "08 0004 0000", "08 0005 0000", "08 0006 0014", "08 0007 0004 00000010", "08 0008 0000",
    "08 000A 0004 03 72616D",
  ])
  func refusesWhatNeedsAPostcopyDestination(command: String) {
    #expect(code(command) == .unsupported)
  }

  @Test func aSwitchoverHookThatThrowsEndsTheLoad() throws {
    let registry = SaveStateRegistry()
    let ram = CountdownHandlers("ram", rounds: 0)
    ram.failing = "switchover"
    try registry.registerLive("ram", version: 4, handlers: ram)
    let loader = StateLoader(registry: registry, machine: TestMachine(), options: .none())
    let stream = hex("5145564D 00000003 07 00000004 6E6F6E65 08 000B 0000")
    let error = failure { try loader.load(from: MemoryChannel(stream)) }
    #expect(error?.code == .hookFailed)
    #expect(error?.pathDescription == "ram")
  }

  @Test func everyCommandHasItsLengthAndName() {
    #expect(MigrationCommand.allCases.map(\.rawValue) == Array(1...11))
    #expect(
      MigrationCommand.allCases.map(\.payloadLength) == [0, 4, nil, 0, 0, nil, 4, 0, 0, nil, 0])
    #expect(Set(MigrationCommand.allCases.map(\.name)).count == 11)
  }
}
