import Testing
import VMState

@Suite struct SaveStateRegistryTests {
  let registry = SaveStateRegistry()

  @discardableResult
  private func add(
    _ name: String, path: String? = nil, _ instance: InstanceID = .any, alias: Int32? = nil
  ) throws -> SaveStateEntry {
    try registry.register(
      body: ByteDevice(name, []), path: path, instance: instance, alias: alias)
  }

  @Test func numbersSectionsInTheOrderOfRegistration() throws {
    #expect(try add("timer").sectionID == 0)
    let live = CountdownHandlers("ram", rounds: 0)
    #expect(try registry.registerLive("ram", version: 4, handlers: live).sectionID == 1)
    #expect(try add("cpu").sectionID == 2)
  }

  @Test func neverGivesASectionIDTwice() throws {
    let first = try add("a")
    #expect(try registry.unregister(first))
    #expect(try add("a").sectionID == 1)
  }

  @Test func takesAGivenSectionIDAndGoesOnBehindIt() throws {
    let entry = try registry.register(body: ByteDevice("a", []), sectionID: 40)
    #expect(entry.sectionID == 40)
    #expect(try add("b").sectionID == 41)
    let error = failure { try registry.register(body: ByteDevice("c", []), sectionID: 40) }
    #expect(error?.code == .invalidRegistration)
    #expect(try registry.register(body: ByteDevice("d", []), sectionID: 7).sectionID == 7)
    #expect(try add("e").sectionID == 42)
  }

  @Test func numbersInstancesOfOneName() throws {
    #expect(try add("serial").instanceID == 0)
    #expect(try add("serial").instanceID == 1)
    #expect(try add("serial", .given(9)).instanceID == 9)
    #expect(try add("serial").instanceID == 10)
    #expect(try add("other").instanceID == 0)
  }

  @Test func putsTheDevicePathInFrontAndKeepsTheBareNameForOldStreams() throws {
    let first = try add("e1000", path: "0000:00:03.0")
    #expect(first.idstr == "0000:00:03.0/e1000")
    #expect(first.instanceID == 0)
    #expect(first.compat?.idstr == "e1000")
    #expect(first.compat?.instanceID == 0)
    let second = try add("e1000", path: "0000:00:04.0")
    #expect(second.instanceID == 0)
    #expect(second.compat?.instanceID == 1)
    let third = try add("e1000", path: "0000:00:05.0", .given(7))
    #expect(third.instanceID == 0)
    #expect(third.compat?.instanceID == 7)
    #expect(try add("e1000", path: "0000:00:06.0").compat?.instanceID == 8)
  }

  @Test func refusesNamesBeyond255Bytes() throws {
    let path = String(repeating: "p", count: 249)
    #expect(try add("e1000", path: path).idstr.utf8.count == 255)
    for (name, path) in [
      ("e10000", path), ("x", String(repeating: "p", count: 255)),
      (String(repeating: "n", count: 256), nil),
    ] {
      let error = failure { try add(name, path: path) }
      #expect(error?.code == .invalidRegistration)
    }
    // Each of the three used up its number, as in QEMU.
    #expect(try add("next").sectionID == 4)
  }

  @Test func refusesVersionsAndIDsThatTheFormatCannotExpress() {
    let device = ByteDevice("x", [])
    device.version = -1
    #expect(failure { try registry.register(body: device) }?.code == .invalidRegistration)
    device.version = Int(Int32.max) + 1
    #expect(failure { try registry.register(body: device) }?.code == .invalidRegistration)
    #expect(failure { try add("y", .given(.max)) }?.code == .invalidRegistration)
    #expect(failure { try add("") }?.code == .invalidRegistration)
    #expect(
      failure {
        try add("z", .given(.max - 1)); try add("z")
      }?.code == .invalidRegistration)
    let old = ByteDevice("old", [])
    old.minimumVersion = 2
    let error = failure {
      try registry.register(body: old, alias: 0x40, requiredForAlias: 1)
    }
    #expect(error?.code == .invalidRegistration)
    #expect(failure { try registry.register(body: old, alias: 0x40, requiredForAlias: 2) } == nil)
  }

  @Test func findsByNameAndInstanceOrAlias() throws {
    let pit = try add("i8254", .given(0), alias: 0x40)
    #expect(registry.find("i8254", instance: 0) === pit)
    #expect(registry.find("i8254", instance: 0x40) === pit)
    #expect(registry.find("i8254", instance: 1) == nil)
    #expect(registry.find("i825", instance: 0) == nil)
  }

  @Test func anAliasOfMinusOneComparesAsAllOnes() throws {
    let entry = try add("x", .given(0))
    #expect(registry.find("x", instance: 0xFFFF_FFFF) === entry)
  }

  @Test func findsByTheNameWithoutThePath() throws {
    let first = try add("e1000", path: "0000:00:03.0")
    let second = try add("e1000", path: "0000:00:04.0")
    #expect(registry.find("e1000", instance: 0) === first)
    #expect(registry.find("e1000", instance: 1) === second)
    #expect(registry.find("e1000", instance: 2) == nil)
    #expect(registry.find("0000:00:04.0/e1000", instance: 0) === second)
    #expect(first.match(ascii("e1000"), instance: 0) == .compatible)
    #expect(first.match(ascii("0000:00:03.0/e1000"), instance: 0) == .exact)
  }

  @Test func comparesNamesAsBytes() throws {
    // The same character composed and decomposed: equal as text, not on the wire.
    let entry = try add("caf\u{E9}")
    #expect(registry.find("caf\u{E9}", instance: 0) === entry)
    #expect(registry.find("cafe\u{301}", instance: 0) == nil)
    #expect(try add("cafe\u{301}").instanceID == 0)
  }

  @Test func entriesWithHandlersAnswerToInstanceZeroToo() throws {
    let handlers = CountdownHandlers("htab", rounds: 0)
    let entry = try registry.registerLive(
      "htab", instance: .given(5), version: 1, handlers: handlers)
    #expect(registry.find("htab", instance: 5) === entry)
    #expect(registry.find("htab", instance: 0) === entry)
    #expect(entry.isRAM)
    handlers.phases = .wholeState
    #expect(try !registry.registerLive("old", version: 1, handlers: handlers).isRAM)
  }

  @Test func refusesWhatTheLookUpWouldFindAlready() throws {
    try add("i8254", .given(0), alias: 0x40)
    #expect(failure { try add("i8254", .given(0)) }?.code == .duplicateEntry)
    #expect(failure { try add("i8254", .given(0x40)) }?.code == .duplicateEntry)
    try add("e1000", path: "0000:00:03.0")
    #expect(failure { try add("e1000", .given(0)) }?.code == .duplicateEntry)
    #expect(failure { try add("e1000", path: "0000:00:03.0") }?.code == .duplicateEntry)
    #expect(registry.entries.count == 2)
  }

  @Test func sortsByPriorityAndKeepsTheOrderWithin() throws {
    func add(_ name: String, _ priority: MigrationPriority) throws {
      let device = ByteDevice(name, [])
      device.priority = priority
      try registry.register(body: device)
    }
    try add("timer", .standard)
    try add("bridge1", .pciBus)
    try add("gic", .gicv3)
    try add("serial", .standard)
    try add("iommu", .iommu)
    try add("bridge2", .pciBus)
    #expect(
      registry.entries.map(\.idstr) == ["gic", "bridge1", "bridge2", "iommu", "timer", "serial"])
    #expect(registry.entries.map(\.sectionID) == [2, 1, 5, 4, 0, 3])
  }

  @Test func removesEveryMatchingEntry() throws {
    try add("usb", path: "1")
    try add("usb", path: "2")
    try add("rtc")
    #expect(try registry.unregister { $0.compat?.idstr == "usb" } == 2)
    #expect(registry.entries.map(\.idstr) == ["rtc"])
  }

  @Test func refusesEditsWhileATransferRuns() throws {
    let device = ByteDevice("x", [1])
    let entry = try registry.register(body: device)
    var codes: [VMStateError.Code?] = []
    device.beforeSave = { [registry] in
      codes.append(failure { try registry.register(body: ByteDevice("new", [])) }?.code)
      codes.append(failure { try registry.unregister(entry) }?.code)
    }
    let saver = StateSaver(registry: registry, machine: TestMachine(), options: .none())
    try saver.save(to: MemoryChannel())
    #expect(codes == [.busy, .busy])
    #expect(registry.use == nil)
    #expect(try registry.unregister(entry))
  }
}
