import Testing
import TestSupport
import VMState

@Suite struct MachineConfigurationTests {
  let registry = SaveStateRegistry()
  let machine = TestMachine()

  /// The bytes between the file header and the end of a stream without devices.
  private func bytes(
    of configuration: MachineConfiguration, _ profile: StreamProfile = .qemu10_0
  ) throws -> (body: [UInt8], json: String) {
    var options = SaveOptions(configuration: configuration, profile: profile)
    options.profile.switchoverStart = false
    let channel = MemoryChannel()
    try StateSaver(registry: registry, machine: machine, options: options).save(to: channel)
    let all = channel.bytes
    let end = all.count - 1 - 5 - (try #require(descriptionLength(all)))
    return (Array(all[8..<end]), String(decoding: all[(end + 6)...], as: UTF8.self))
  }

  private func descriptionLength(_ bytes: [UInt8]) -> Int? {
    for start in stride(from: bytes.count - 6, through: 0, by: -1)
    where bytes[start] == 0 && bytes[start + 1] == 6 && bytes[start + 6..<bytes.count].first == 0x7B
    {
      let length = bytes[start + 2..<start + 6].reduce(0) { $0 << 8 | Int($1) }
      if start + 6 + length == bytes.count { return length }
    }
    return nil
  }

  private func load(
    _ body: [UInt8], into configuration: MachineConfiguration,
    _ profile: StreamProfile = .qemu10_0
  ) throws -> LoadResult {
    let stream = hex("5145564D 00000003") + body + [0]
    var options = LoadOptions(configuration: configuration, profile: profile)
    options.configuration.suppressesDescription = true
    let loader = StateLoader(registry: registry, machine: machine, options: options)
    return try loader.load(from: MemoryChannel(stream))
  }

  private func loadError(
    _ body: [UInt8], into configuration: MachineConfiguration,
    _ profile: StreamProfile = .qemu10_0
  ) -> VMStateError? {
    let before = machine.calls
    let error = failure { _ = try load(body, into: configuration, profile) }
    #expect(machine.calls == before, "a bad configuration does not touch the machine")
    return error
  }

  private func body(_ name: String) -> [UInt8] {
    hex("07 000000") + [UInt8(name.utf8.count)] + ascii(name)
  }

  private let pc = MachineConfiguration(machineType: "pc-i440fx-10.0")

  @Test func writesTheNameAlone() throws {
    let (body, json) = try bytes(of: pc)
    #expect(body == hex("07 0000000E") + ascii("pc-i440fx-10.0"))
    #expect(
      json
        == lines(
          #"{"configuration": {"vmsd_name": "configuration", "version": 1, "fields": ["#,
          #"{"name": "len", "type": "uint32", "size": 4}, "#,
          #"{"name": "name", "type": "buffer", "size": 14}]}, "page_size": 4096, "devices": []}"#))
  }

  @Test func writesComparedCapabilitiesAsTheRecordedStreamDoes() throws {
    var configuration = pc
    configuration.capabilities = ["mapped-ram", "multifd"]
    let (body, json) = try bytes(of: configuration)
    #expect(
      body == hex("07 0000000E") + ascii("pc-i440fx-10.0")
        + hex("05 1A") + ascii("configuration/capabilities")
        + hex("00000001 00000001 0A") + ascii("mapped-ram"))
    #expect(
      json.hasPrefix(
        lines(
          #"{"configuration": {"vmsd_name": "configuration", "version": 1, "fields": ["#,
          #"{"name": "len", "type": "uint32", "size": 4}, "#,
          #"{"name": "name", "type": "buffer", "size": 14}], "subsections": ["#,
          #"{"vmsd_name": "configuration/capabilities", "version": 1, "fields": ["#,
          #"{"name": "caps_count", "type": "uint32", "size": 4}, "#,
          #"{"name": "capabilities", "type": "capability", "size": 11}]}]}, "page_size": 4096, "#)
      ))
  }

  @Test func writesSeveralCapabilitiesInWireOrder() throws {
    var configuration = MachineConfiguration(machineType: "x")
    configuration.capabilities = ["mapped-ram", "x-ignore-shared"]
    let (body, json) = try bytes(of: configuration)
    #expect(
      body == hex("07 00000001 78 05 1A") + ascii("configuration/capabilities")
        + hex("00000001 00000002 0F") + ascii("x-ignore-shared") + hex("0A")
        + ascii("mapped-ram"))
    #expect(json.contains(#""capabilities", "array_len": 2, "type": "capability", "size": 16}"#))
    // 7.2 compares one of them only, and has no such member.
    let (old, oldJSON) = try bytes(of: configuration, .qemu7_2)
    #expect(
      old == hex("07 00000001 78 05 1A") + ascii("configuration/capabilities")
        + hex("00000001 00000001 0F") + ascii("x-ignore-shared"))
    #expect(oldJSON == #"{"page_size": 4096, "devices": []}"#)
  }

  @Test func writesPageBitsAboveTheMinimumAndTheUUID() throws {
    var configuration = MachineConfiguration(
      machineType: "v", pageBits: 14, minimumPageBits: 10,
      uuid: MachineUUID("00112233-4455-6677-8899-aabbccddeeff"))
    var (body, json) = try bytes(of: configuration)
    let bits =
      hex("07 00000001 76 05 1E") + ascii("configuration/target-page-bits")
      + hex("00000001 0000000E")
    #expect(body == bits)
    #expect(json.contains(#""page_size": 16384, "#))
    configuration.validatesUUID = true
    (body, json) = try bytes(of: configuration)
    #expect(
      body == bits + hex("05 12") + ascii("configuration/uuid")
        + hex("00000001 00112233 44556677 8899AABB CCDDEEFF"))
    #expect(
      json.contains(
        lines(
          #""subsections": [{"vmsd_name": "configuration/target-page-bits", "version": 1, "#,
          #""fields": [{"name": "target_page_bits", "type": "uint32", "size": 4}]}, "#,
          #"{"vmsd_name": "configuration/uuid", "version": 1, "fields": ["#,
          #"{"name": "uuid.data", "array_len": 16, "type": "uint8", "size": 1}]}]}"#)))
  }

  @Test func loadsWhatItWrites() throws {
    var configuration = MachineConfiguration(
      machineType: "virt-10.0", pageBits: 16, minimumPageBits: 12,
      capabilities: ["x-ignore-shared", "validate-uuid"], uuid: MachineUUID(high: 1, low: 2))
    let result = try load(try bytes(of: configuration).body, into: configuration)
    #expect(result.configuration?.machineTypeText == "virt-10.0")
    #expect(result.configuration?.pageBits == 16)
    #expect(result.configuration?.capabilities == ["x-ignore-shared"])
    #expect(result.configuration?.uuid == MachineUUID(high: 1, low: 2))
    #expect(result.warnings.isEmpty)
    configuration.uuid = nil
    let body = try bytes(of: configuration).body
    #expect(try load(body, into: configuration).configuration?.uuid == nil)
  }

  @Test func comparesTheMachineTypeAsAPrefix() throws {
    for name in ["pc-i440fx-10.0", "pc-i440fx", "p", "", "pc-i440fx-10.0\0junk"] {
      let result = try load(body(name), into: pc)
      #expect(result.warnings.count == (name == "pc-i440fx-10.0" ? 0 : 1))
    }
    for name in ["pc-i440fx-10.00", "pc-i440fx-9.2", "q", "\0"] {
      let error = loadError(body(name), into: pc)
      #expect(error?.code == .machineMismatch, "\(name)")
      #expect(error?.expected == "pc-i440fx-10.0")
      #expect(error?.found == name)
      #expect(error?.offset == 8)
      #expect(error?.pathDescription == "configuration")
    }
  }

  @Test func comparesThePageBits() throws {
    let bits = hex("05 1E") + ascii("configuration/target-page-bits") + hex("00000001 0000000E")
    let error = loadError(body(pc.machineType) + bits, into: pc)
    #expect(error?.code == .configurationMismatch)
    #expect(error?.expected == "12 bits")
    #expect(error?.found == "14 bits")
    // An absent subsection means the family's minimum.
    let local = MachineConfiguration(machineType: "v", pageBits: 14, minimumPageBits: 10)
    #expect(loadError(body("v"), into: local)?.found == "10 bits")
  }

  @Test func comparesEveryValidatedCapabilityAndNamesAllThatDiffer() throws {
    let caps =
      hex("05 1A") + ascii("configuration/capabilities") + hex("00000001 00000001 0A")
      + ascii("mapped-ram")
    var local = pc
    local.capabilities = ["x-ignore-shared"]
    let error = loadError(body(pc.machineType) + caps, into: local)
    #expect(error?.code == .configurationMismatch)
    #expect(error?.expected == "x-ignore-shared on, mapped-ram off")
    #expect(error?.found == "x-ignore-shared off, mapped-ram on")
    local.capabilities = ["mapped-ram"]
    #expect(try load(body(pc.machineType) + caps, into: local).warnings.isEmpty)
    // 7.2 does not compare it.
    #expect(try load(body(pc.machineType) + caps, into: pc, .qemu7_2).warnings.isEmpty)
  }

  @Test func refusesUnknownCapabilities() {
    let caps =
      hex("05 1A") + ascii("configuration/capabilities") + hex("00000001 00000001 03 666F6F")
    let error = loadError(body("pc") + caps, into: pc)
    #expect(error?.code == .configurationMismatch)
    #expect(error?.message == "Received unknown capability 'foo'")
    #expect(error?.offset == 51)
  }

  @Test func comparesTheUUID() throws {
    let uuid =
      hex("05 12") + ascii("configuration/uuid")
      + hex("00000001 00112233 44556677 8899AABB CCDDEEFF")
    let result = try load(body("pc-i440fx-10.0") + uuid, into: pc)
    #expect(result.warnings.map(\.kind) == [.configuration])
    var local = pc
    local.uuid = MachineUUID(high: 1, low: 1)
    let error = loadError(body("pc-i440fx-10.0") + uuid, into: local)
    #expect(error?.code == .configurationMismatch)
    #expect(error?.found == "00112233-4455-6677-8899-aabbccddeeff")
    #expect(error?.expected == "00000000-0000-0001-0000-000000000001")
  }

  @Test func looksAtTheLowEightBitsOfASubsectionsVersion() throws {
    let name = hex("05 12") + ascii("configuration/uuid")
    let uuid = [UInt8](repeating: 0, count: 16)
    #expect(try load(body("pc") + name + hex("00000101") + uuid, into: pc).warnings.count == 2)
    #expect(loadError(body("pc") + name + hex("00000002") + uuid, into: pc)?.code == .versionTooNew)
    #expect(loadError(body("pc") + name + hex("00000100") + uuid, into: pc)?.code == .versionTooOld)
  }

  @Test func leavesSubsectionsOfOthersToTheSections() {
    // The prefix is the configuration's, the name is not.
    let own = loadError(body("pc") + hex("05 0E") + ascii("configurationX"), into: pc)
    #expect(own?.code == .unknownSubsection)
    #expect(own?.found == "configurationX")
  }

  @Test(arguments: ["05 05 6F74686572", "05 0D 636F6E66696775726174696F6E", "05 40 63", "05"])
  func refusesASubsectionThatIsNotTheConfigurations(bytes: String) {
    let stream = hex("5145564D 00000003") + body("pc") + hex(bytes)
    let loader = StateLoader(
      registry: registry, machine: machine, options: LoadOptions(configuration: pc))
    let error = failure { try loader.load(from: MemoryChannel(stream)) }
    #expect(error?.code == .unknownSectionType)
    #expect(error?.offset == 15)
    #expect(machine.runState == .running)
  }

  @Test func boundsTheNameAndTheCapabilities() {
    let long = loadError(hex("07 FFFFFFFF"), into: pc)
    #expect(long?.code == .limitExceeded)
    let caps = hex("05 1A") + ascii("configuration/capabilities") + hex("00000001 FFFFFFFF")
    #expect(loadError(body("pc") + caps, into: pc)?.code == .limitExceeded)
  }

  @Test func readsUUIDsInTheUsualForm() {
    let text = "00112233-4455-6677-8899-aabbccddeeff"
    #expect(MachineUUID(text)?.description == text)
    for bad in [
      "", "00112233-4455-6677-8899-aabbccddeef", "0011223344556677-8899-aabb-ccdd-eeff",
      "00112233-4455-6677-8899-aabbccddeefg", "+0112233-4455-6677-8899-aabbccddeeff",
    ] {
      #expect(MachineUUID(bad) == nil, "\(bad)")
    }
  }

  @Test func refusesAPageSizeThatNoMachineHas() {
    let configuration = MachineConfiguration(machineType: "x", pageBits: 64)
    let saver = StateSaver(
      registry: registry, machine: machine,
      options: SaveOptions(configuration: configuration))
    #expect(failure { try saver.save(to: MemoryChannel()) }?.code == .configurationMismatch)
  }
}
