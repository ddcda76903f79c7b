import Testing
import TestSupport
import VMState

@Suite struct StateLoaderTests {
  let registry = SaveStateRegistry()
  let machine = TestMachine()
  let log = CallLog()
  let timer: ByteDevice
  let ram: CountdownHandlers

  init() throws {
    timer = ByteDevice("timer", [9, 9, 9], log: log)
    timer.version = 2
    ram = CountdownHandlers("ram", rounds: 0, log: log)
    try registry.register(body: timer)
    try registry.registerLive("ram", version: 4, handlers: ram)
  }

  /// Header and configuration of the machine type `none`: 17 bytes.
  private let head = hex("5145564D 00000003 07 00000004 6E6F6E65")
  /// Section id 5, 30 bytes in all.
  private let ramStart = hex("01 00000005 03 72616D 00000000 00000004 A0 7E 00000005")
  private let timerFull = hex("04 00000009 05 74696D6572 00000000 00000001 02 1122 7E 00000009")
  /// An empty description.
  private let end = hex("00 06 00000002 7B7D")

  private func load(
    _ parts: [UInt8]..., options: LoadOptions = .none()
  ) throws -> LoadResult {
    let loader = StateLoader(registry: registry, machine: machine, options: options)
    return try loader.load(from: MemoryChannel(parts.flatMap { $0 }))
  }

  private func loadError(_ parts: [UInt8]..., options: LoadOptions = .none()) -> VMStateError? {
    let stream = parts.flatMap { $0 }
    let error = failure { _ = try load(stream, options: options) }
    #expect(timer.bytes == [9, 9, 9])
    #expect(ram.sum == 0)
    #expect(machine.runState == .running)
    #expect(!log.contains("timer after-load"))
    #expect(registry.entries.allSatisfy { $0.loadSectionID == nil && $0.loadVersion == nil })
    return error
  }

  @Test func loadsAStreamInItsOrderAndLeavesTheMachineStopped() throws {
    let parts = hex("02 00000005 B0 7E 00000005 08 000B 0000 03 00000005 C0 7E 00000005")
    let result = try load(head, ramStart, parts, timerFull, end)
    #expect(
      log.calls == [
        "ram load-setup", "ram load start 4", "ram load part 4", "ram switchover",
        "ram load end 4", "timer load 1", "ram commit", "timer commit", "ram after-load",
        "timer after-load", "ram load-cleanup",
      ])
    #expect(timer.bytes == [0x11, 0x22])
    #expect(ram.sum == 0xA0 + 0xB0 + 0xC0)
    #expect(machine.calls == ["stop restore-vm", "synchronizeBeforeLoad", "synchronizeAfterLoad"])
    #expect(machine.runState == .restoreVM)
    #expect(result.warnings.isEmpty)
    #expect(result.loadedEntries == ["ram", "timer"])
    #expect(result.configuration?.machineTypeText == "none")
    #expect(result.bytes == 17 + 23 + 11 + 5 + 11 + 27 + 8)
    #expect(result.description == nil)
    #expect(registry.find("timer", instance: 0)?.loadVersion == 1)
    #expect(registry.find("timer", instance: 0)?.loadSectionID == 9)
    #expect(registry.find(loadSectionID: 5)?.idstr == "ram")
  }

  @Test func refusesWhatIsNoStream() {
    let magic = loadError(hex("51455646 00000003"))
    #expect(magic?.code == .badMagic)
    #expect(magic?.offset == 0)
    #expect(magic?.found == "0x51455646")
    let old = loadError(hex("5145564D 00000002"))
    #expect(old?.code == .unsupportedStreamVersion)
    #expect(old?.message.contains("obsolete") == true)
    let new = loadError(hex("5145564D 00000004"))
    #expect(new?.code == .unsupportedStreamVersion)
    #expect(new?.found == "4")
    #expect(loadError(hex("5145564D 00000003"), end)?.code == .configurationMissing)
    #expect(machine.calls.isEmpty)
  }

  @Test func withoutTheOptionAConfigurationIsAnUnknownSection() throws {
    var options = LoadOptions.none(.qemu7_2)
    options.configuration.sendsConfiguration = false
    let error = loadError(head, end, options: options)
    #expect(error?.code == .unknownSectionType)
    #expect(error?.found == "7")
    #expect(error?.offset == 8)
    let result = try load(hex("5145564D 00000003"), ramStart, timerFull, end, options: options)
    #expect(result.configuration == nil)
    #expect(result.warnings.isEmpty)
  }

  @Test(arguments: [5, 6, 7, 9, 0x7E, 0xFF] as [UInt8])
  func refusesATypeByteThatCannotStandThere(byte: UInt8) {
    let error = loadError(head, timerFull, [byte])
    #expect(error?.code == .unknownSectionType)
    #expect(error?.offset == 44)
    #expect(error?.found == "\(byte)")
  }

  @Test func refusesAnUnknownSection() {
    let error = loadError(head, hex("04 00000009 05 74696D6572 00000007 00000001 00"))
    #expect(error?.code == .unknownSection)
    #expect(error?.message == "Unknown savevm section or instance 'timer' 7")
    #expect(error?.offset == 17)
    #expect(error?.path == ["timer"])
    let raw = loadError(head, hex("04 00000009 02 FFFE 00000000 00000001 00"))
    #expect(raw?.code == .unknownSection)
  }

  @Test func refusesAnEmptyName() {
    let error = loadError(head, hex("01 00000009 00 00000000 00000001"))
    #expect(error?.code == .emptySectionName)
    #expect(error?.offset == 17)
  }

  @Test(arguments: ["00000003", "7FFFFFFF", "80000000", "FFFFFFFF"])
  func refusesANewerVersion(version: String) {
    let error = loadError(head, hex("04 00000009 05 74696D6572 00000000" + version + "00"))
    #expect(error?.code == .versionTooNew)
    #expect(error?.message.hasPrefix("Unsupported version") == true)
    #expect(error?.expected == "at most 2")
  }

  @Test func refusesAnOlderVersionThanTheDescriptionsMinimum() {
    timer.minimumVersion = 2
    let error = loadError(head, timerFull, end)
    #expect(error?.code == .versionTooOld)
    #expect(
      error?.message.hasPrefix("error while loading state for instance 0x0 of device 'timer'")
        == true)
    #expect(error?.path == ["timer"])
  }

  @Test func refusesAMissingFooter() {
    let error = loadError(
      head, hex("04 00000009 05 74696D6572 00000000 00000001 02 1122 7D 00000009"), end)
    #expect(error?.code == .missingFooter)
    #expect(error?.message == "Missing section footer for timer")
    #expect(error?.offset == 39)
    #expect(error?.found == "125")
  }

  @Test func refusesAnotherSectionsFooter() {
    let error = loadError(
      head, hex("04 00000009 05 74696D6572 00000000 00000001 02 1122 7E 00000008"), end)
    #expect(error?.code == .footerMismatch)
    #expect(error?.message == "Mismatched section id in footer for timer")
    #expect(error?.offset == 39)
    #expect(error?.expected == "9")
    #expect(error?.found == "8")
  }

  @Test func readsNoFootersWhereNoneAreSent() throws {
    var options = LoadOptions.none()
    options.configuration.sendsSectionFooters = false
    _ = try load(
      head, hex("01 00000005 03 72616D 00000000 00000004 A0"),
      hex("04 00000009 05 74696D6572 00000000 00000001 02 1122"), end, options: options)
    #expect(timer.bytes == [0x11, 0x22])
  }

  @Test func aPartNeedsAStart() {
    let error = loadError(head, hex("02 00000000 B0 7E 00000000"))
    #expect(error?.code == .unknownSection)
    #expect(error?.message == "Unknown savevm section 0")
  }

  @Test func anEarlierLoadsSectionIDsDoNotCount() throws {
    _ = try load(head, ramStart, timerFull, end)
    try machine.start(.running)
    let loader = StateLoader(registry: registry, machine: machine, options: .none())
    let stream = head + hex("02 00000005 B0 7E 00000005")
    #expect(failure { try loader.load(from: MemoryChannel(stream)) }?.code == .unknownSection)
    // And the registry still has the marks of the load before.
    #expect(registry.find(loadSectionID: 5)?.idstr == "ram")
  }

  @Test func anEntryThatIsNotInTheStreamLosesItsMarks() throws {
    _ = try load(head, ramStart, timerFull, end)
    _ = try load(head, timerFull, end)
    #expect(registry.find(loadSectionID: 5) == nil)
  }

  @Test func aPartOfADeviceLoadsItAgainWithItsLastVersion() throws {
    let result = try load(
      head, ramStart, timerFull, hex("02 00000009 01 77 7E 00000009"), end)
    #expect(timer.bytes == [0x77])
    #expect(log.calls.filter { $0 == "timer load 1" }.count == 2)
    #expect(result.warnings.map(\.kind) == [.repeatedSection])
  }

  @Test func aSharedSectionIDMeansTheFirstEntryOfTheList() throws {
    let timerFull = hex("04 00000005 05 74696D6572 00000000 00000001 02 1122 7E 00000005")
    _ = try load(head, ramStart, timerFull, hex("02 00000005 01 77 7E 00000005"), end)
    #expect(timer.bytes == [0x77])
    #expect(ram.sum == 0xA0)
  }

  @Test func boundsTheNumberOfSections() {
    var options = LoadOptions.none()
    options.limits.sections = 3
    let error = loadError(head, timerFull, timerFull, timerFull, timerFull, options: options)
    #expect(error?.code == .limitExceeded)
    #expect(error?.offset == 98)
  }

  @Test func countsEntriesWhoseWordTheSourceWaitsFor() throws {
    ram.needsSwitchoverAck = true
    var count = -1
    timer.postLoad = { _, context in count = context.switchoverAcksNeeded }
    _ = try load(head, timerFull, end)
    #expect(count == 0)
    var options = LoadOptions.none()
    options.configuration.capabilities = ["switchover-ack"]
    _ = try load(head, timerFull, end, options: options)
    #expect(count == 1)
  }

  @Test func reportsProgressAndSections() throws {
    let observer = Recorder()
    let loader = StateLoader(registry: registry, machine: machine, options: .none())
    var steps: [LoadProgress] = []
    let stream = joined(head, ramStart, timerFull, end)
    try loader.load(from: MemoryChannel(stream), observer: observer) { steps.append($0) }
    #expect(steps.map(\.loadedBytes) == [17, 40, 67])
    #expect(steps.map(\.sections) == [0, 1, 2])
    #expect(steps.allSatisfy { $0.totalBytes == UInt64(stream.count) })
    #expect(observer.sections == ["start ram 5 v4 @17", "full timer 9 v1 @40"])
    #expect(observer.lengths == [23, 27])
    #expect(observer.hooks == ["load-setup ram", "after-load ram", "after-load timer"])
  }
}
