import Testing
import TestSupport
import VMState

@Suite struct LoadWarningTests {
  let registry = SaveStateRegistry()
  let timer = ByteDevice("timer", [])
  let nic = ByteDevice("nic", [])

  init() throws {
    try registry.register(body: timer, instance: .given(0), alias: 0x40)
    try registry.register(body: nic, path: "0000:00:03.0")
  }

  private let head = hex("5145564D 00000003 07 00000004 6E6F6E65")
  private let timerFull = hex("04 00000001 05 74696D6572 00000000 00000001 01 11 7E 00000001")
  private let nicFull = hex(
    "04 00000002 10 303030303A30303A30332E302F6E6963 00000000 00000001 01 22 7E 00000002")
  private let end = hex("00 06 00000002 7B7D")

  /// Loads twice: with warnings, then strictly.
  private func load(
    _ parts: [UInt8]..., options: LoadOptions = .none()
  ) throws -> (result: LoadResult, refusal: VMStateError?) {
    let stream = parts.flatMap { $0 }
    var loader = StateLoader(registry: registry, machine: TestMachine(), options: options)
    let result = try loader.load(from: MemoryChannel(stream))
    loader.options.isStrict = true
    timer.bytes = [0xEE]
    nic.bytes = [0xEE]
    let refusal = failure { try loader.load(from: MemoryChannel(stream)) }
    if refusal != nil {
      #expect(timer.bytes == [0xEE])
      #expect(nic.bytes == [0xEE])
    }
    return (result, refusal)
  }

  @Test func aWholeStreamHasNone() throws {
    let (result, refusal) = try load(head, timerFull, nicFull, end)
    #expect(result.warnings.isEmpty)
    #expect(refusal == nil)
    #expect(nic.bytes == [0x22])
  }

  @Test func namesMissingSections() throws {
    let (result, refusal) = try load(head, timerFull, end)
    #expect(result.warnings.map(\.kind) == [.missingSection])
    #expect(result.warnings.first?.path == "0000:00:03.0/nic")
    #expect(refusal?.code == .sectionSequence)
    #expect(refusal?.path == ["0000:00:03.0/nic"])
    nic.isNeeded = false
    #expect(try load(head, timerFull, end).result.warnings.isEmpty)
  }

  @Test func namesRepeatedSectionsAndTheLastOneCounts() throws {
    let again = hex("04 00000001 05 74696D6572 00000000 00000001 01 33 7E 00000001")
    let (result, refusal) = try load(head, timerFull, nicFull, again, end)
    #expect(result.warnings.map(\.kind) == [.repeatedSection])
    #expect(result.warnings.first?.offset == 80)
    #expect(result.loadedEntries == ["0000:00:03.0/nic", "timer"])
    #expect(refusal?.code == .sectionSequence)
    #expect(refusal?.offset == 80)
  }

  @Test func namesSectionsOutOfOrder() throws {
    let (result, refusal) = try load(head, nicFull, timerFull, end)
    #expect(result.warnings.map(\.kind) == [.outOfOrder])
    #expect(result.warnings.first?.path == "timer")
    #expect(refusal?.code == .sectionSequence)
  }

  @Test func namesAliasAndCompatibleNames() throws {
    let alias = hex("04 00000001 05 74696D6572 00000040 00000001 01 11 7E 00000001")
    let bare = hex("04 00000002 03 6E6963 00000000 00000001 01 22 7E 00000002")
    let (result, refusal) = try load(head, alias, bare, end)
    #expect(result.warnings.map(\.kind) == [.aliasMatch, .compatibleName])
    #expect(refusal?.code == .unknownSection)
    #expect(timer.bytes == [0xEE])
  }

  @Test func namesBytesAfterTheEnd() throws {
    let (result, refusal) = try load(head, timerFull, nicFull, end, [0])
    #expect(result.warnings.map(\.kind) == [.trailingData])
    #expect(result.warnings.first?.offset == 88)
    #expect(refusal?.code == .trailingData)
    var options = LoadOptions.none()
    options.configuration.suppressesDescription = true
    let (suppressed, _) = try load(head, timerFull, nicFull, end, options: options)
    #expect(suppressed.warnings.map(\.kind) == [.trailingData])
  }

  @Test(arguments: ["", "05", "00", "06", "06 0000", "06 00000003 7B7D", "06 FFFFFFFF 7B"])
  func damageAfterEOFDoesNotMatter(tail: String) throws {
    let (result, refusal) = try load(head, timerFull, nicFull, [0], hex(tail))
    #expect(result.warnings.first?.kind == .description)
    #expect(result.description == nil)
    #expect(nic.bytes == [0xEE])
    #expect(refusal != nil)
    var options = LoadOptions.none()
    options.keepsDescription = true
    #expect(
      try load(head, timerFull, nicFull, [0], hex(tail), options: options).result.warnings.first?
        .kind == .description)
  }

  @Test func handsOverTheDescription() throws {
    var options = LoadOptions.none()
    options.keepsDescription = true
    #expect(
      try load(head, timerFull, nicFull, end, options: options).result.description == ascii("{}"))
    options.limits.descriptionBytes = 1
    let (result, refusal) = try load(head, timerFull, nicFull, end, options: options)
    #expect(result.description == nil)
    #expect(result.warnings.map(\.kind) == [.description])
    #expect(refusal?.code == .limitExceeded)
  }

  @Test func hooksMayWarn() throws {
    timer.postLoad = { _, context in context.warn("the clock was ahead") }
    let (result, refusal) = try load(head, timerFull, nicFull, end)
    #expect(
      result.warnings.map(\.description) == [
        "timer: the clock was ahead (at byte 17 of the stream)"
      ])
    #expect(refusal?.code == .validationFailed)
  }

  @Test func keepsAThousandWarnings() throws {
    let stream = joined(
      head, Array(repeatElement(timerFull, count: 1201).joined()), nicFull, end)
    let loader = StateLoader(registry: registry, machine: TestMachine(), options: .none())
    let result = try loader.load(from: MemoryChannel(stream))
    #expect(result.warnings.count == 1000)
    #expect(result.droppedWarnings == 200)
  }
}
