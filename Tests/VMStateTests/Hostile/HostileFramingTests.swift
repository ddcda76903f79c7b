import TestSupport
import Testing
import VMState

/// What a bad stream can have wrong outside of the sections' bodies.
@Suite struct HostileFramingTests {
  struct State {
    var value: UInt32 = 7
    var extra: UInt32 = 8
  }

  typealias Machine = HostileMachine<State>

  let machine: Machine

  init() throws {
    let table = VMStateDescription<State>(
      "dev", version: 3, minimum: 2, fields: [.scalar("value", \.value)]
    ).subsection(
      VMStateDescription(
        "dev/extra", version: 1, minimum: 1, fields: [.scalar("extra", \.extra)]))
    machine = try Machine(table, State())
  }

  private let good = hex("00000001")

  @Test(arguments: ["51455648", "00000000", "FFFFFFFF", "4D564551"])
  func refusesAWrongMagic(text: String) {
    let error = machine.refusal(of: hex(text) + Machine.head.dropFirst(4) + Machine.end)
    #expect(error?.code == .badMagic)
    #expect(error?.offset == 0)
    #expect(error?.path == ["file header"])
    #expect(error?.found == "0x" + text.lowercased())
    #expect(machine.owner.calls.isEmpty)
  }

  @Test(arguments: [0, 2, 4, 0x8000_0003, .max] as [UInt32])
  func refusesAWrongStreamVersion(version: UInt32) {
    let error = machine.refusal(of: hex("5145564D") + be32(version) + Machine.end)
    #expect(error?.code == .unsupportedStreamVersion)
    #expect(error?.offset == 4)
    #expect(error?.path == ["file header"])
    #expect(error?.found == "\(version)")
  }

  @Test func refusesAnUnknownSectionByNameInstanceAndNumber() {
    let name = hex("04 00000009 03") + ascii("dew") + hex("00000000 00000003")
    let byName = machine.refusal(of: Machine.head + name + good + Machine.end)
    #expect(byName?.code == .unknownSection)
    #expect(byName?.path == ["dew"])
    #expect(byName?.offset == 17)
    let other = hex("04 00000009 03") + ascii("dev") + hex("00000001 00000003")
    #expect(machine.refusal(of: Machine.head + other + good)?.code == .unknownSection)
    let byNumber = machine.refusal(of: Machine.head + hex("02 00000077") + Machine.end)
    #expect(byNumber?.code == .unknownSection)
    #expect(byNumber?.path == ["section header"])
    #expect(byNumber?.found == "119")
  }

  @Test(arguments: [4, 0x7FFF_FFFF, 0x8000_0000, .max] as [UInt32])
  func refusesAVersionThatIsTooNew(version: UInt32) {
    let error = machine.refusal(ofBody: good, version: version)
    #expect(error?.code == .versionTooNew)
    #expect(error?.path == ["dev"])
    #expect(error?.offset == 17)
    #expect(error?.expected == "at most 3")
    #expect(error?.found == "\(version)")
  }

  @Test(arguments: [0, 1] as [UInt32])
  func refusesAVersionThatIsTooOld(version: UInt32) {
    let error = machine.refusal(ofBody: good, version: version)
    #expect(error?.code == .versionTooOld)
    #expect(error?.path == ["dev"])
    #expect(error?.expected == "at least 2")
    #expect(error?.found == "\(version)")
  }

  @Test func refusesAMissingFooterAndOneOfAnotherSection() {
    let section = Machine.head + Machine.header(version: 3) + good
    let missing = machine.refusal(of: section + hex("04 00000009") + Machine.end)
    #expect(missing?.code == .missingFooter)
    #expect(missing?.path == ["dev"])
    #expect(missing?.offset == Machine.bodyOffset + 4)
    #expect(missing?.message == "Missing section footer for dev")
    let other = machine.refusal(of: section + hex("7E 00000008") + Machine.end)
    #expect(other?.code == .footerMismatch)
    #expect(other?.path == ["dev"])
    #expect(other?.expected == "9")
    #expect(other?.found == "8")
  }

  @Test(arguments: [[UInt8](repeating: 0x41, count: 255), hex("FF FE 80 C0"), hex("C3 28 00")])
  func refusesLongNamesAndThoseThatAreNotUTF8(name: [UInt8]) {
    let counted = [UInt8(name.count)] + name
    let section = machine.refusal(
      of: Machine.head + hex("04 00000009") + counted + hex("00000000 00000003") + good)
    #expect(section?.code == .unknownSection)
    #expect(section?.offset == 17)
    #expect(section?.path == [String(decoding: name, as: UTF8.self)])
    let block = machine.refusal(
      of: Machine.head + hex("01 00000005 03") + ascii("ram") + hex("00000000 00000004")
        + hex("0000000000001008") + counted + Machine.end)
    #expect(block?.code == .unknownRAMBlock)
    #expect(block?.path == ["ram", String(decoding: name, as: UTF8.self)])
  }

  @Test(arguments: [[UInt8](repeating: 0x41, count: 247), hex("FF FE 80 C0"), hex("C3")])
  func refusesSubsectionsOfUnknownNames(rest: [UInt8]) {
    let name = ascii("dev/") + rest
    let error = machine.refusal(
      ofBody: good + hex("05") + [UInt8(name.count)] + name + hex("00000001 00000000"),
      version: 3)
    #expect(error?.code == .unknownSubsection)
    #expect(error?.path == ["dev"])
    #expect(error?.offset == Machine.bodyOffset + 4)
  }

  @Test func sectionsThatNeverEndStopAtTheLimit() {
    var limits = Limits()
    limits.sections = 1000
    let section = Machine.header(version: 3) + good + Machine.footer
    let error = machine.refusal(of: EndlessChannel(Machine.head, then: section), limits: limits)
    #expect(error?.code == .limitExceeded)
    #expect(error?.expected == "at most 1000")
    #expect(error?.offset == UInt64(17 + 1000 * section.count))
    // The same with commands that mean nothing here.
    let commands = machine.refusal(
      of: EndlessChannel(Machine.head, then: hex("08 0001 0000")), limits: limits)
    #expect(commands?.code == .limitExceeded)
  }

  @Test func theSameSubsectionAThousandTimesIsReadAsOften() throws {
    // A flat repetition is no nesting: QEMU reads each, and so the last one counts.
    let subsection = hex("05 09") + ascii("dev/extra") + hex("00000001")
    let body = good + (1...1000).flatMap { subsection + be32($0) }
    let result = try machine.load(
      MemoryChannel(
        Machine.head + Machine.header(version: 3) + body + Machine.footer + Machine.end))
    #expect(result.loadedEntries == ["dev"])
    #expect(machine.device.state.extra == 1000)
  }

  @Test func refusesLengthsOfGigabytesInTheConfiguration() {
    let long = machine.refusal(of: hex("5145564D 00000003 07 FFFFFFFF 41"))
    #expect(long?.code == .limitExceeded)
    #expect(long?.path == ["configuration"])
    let many = machine.refusal(
      of: Machine.head + hex("05 1A") + ascii("configuration/capabilities")
        + hex("00000001 FFFFFFFF"))
    #expect(many?.code == .limitExceeded)
    #expect(many?.path == ["configuration"])
    #expect(many?.found == "4294967295")
  }
}
