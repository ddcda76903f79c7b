import TestSupport
import Testing
import VMState

/// Damage after the EOF byte: a warning, and in a strict load an error with its place.
@Suite struct HostileDescriptionTests {
  struct State { var value: UInt32 = 7 }
  typealias Machine = HostileMachine<State>

  private func machine() throws -> Machine {
    try Machine(
      VMStateDescription("dev", version: 1, fields: [.scalar("value", \.value)]), State())
  }

  private let stream =
    Machine.head + Machine.header() + hex("00000001") + Machine.footer + [0]

  @Test(arguments: [
    "06 FFFFFFFF 7B7D", "06 80000000", "06 40000000 7B", "06 0000", "07 00000000", "",
  ])
  func aDescriptionOfGigabytesIsAWarning(text: String) throws {
    for keeps in [false, true] {
      let machine = try machine()
      let memory = PeakMemory()
      let result = try machine.load(MemoryChannel(stream + hex(text))) {
        $0.keepsDescription = keeps
      }
      #expect(memory.growth < 1 << 30)
      #expect(machine.device.state.value == 1)
      #expect(machine.device.loads == 1)
      #expect(result.description == nil)
      let warning = try #require(result.warnings.first { $0.kind == .description })
      #expect(warning.offset >= UInt64(stream.count))
    }
  }

  @Test(arguments: ["06 FFFFFFFF 7B7D", "06 0000", "07 00000000", ""])
  func aStrictLoadRefusesIt(text: String) throws {
    for keeps in [false, true] {
      let error = try machine().refusal(of: stream + hex(text)) {
        $0.isStrict = true
        $0.keepsDescription = keeps
      }
      #expect(error?.path == ["description"])
      #expect((error?.offset ?? 0) >= UInt64(stream.count))
    }
  }

  @Test func aLongerDescriptionThanTheLimitIsSkipped() throws {
    var limits = Limits()
    limits.descriptionBytes = 100
    let text = [UInt8](repeating: 0x20, count: 1000)
    let machine = try machine()
    let result = try machine.load(
      MemoryChannel(stream + hex("06 000003E8") + text), limits: limits
    ) { $0.keepsDescription = true }
    #expect(result.description == nil)
    #expect(result.warnings.contains { $0.kind == .description })
    #expect(result.bytes == UInt64(stream.count + 5 + 1000))
  }

  // MARK: - The description as input

  private func parseError(_ text: String, limits: Limits = Limits()) -> VMStateError? {
    failure { _ = try StreamDescription(parsing: ascii(text), limits: limits) }
  }

  private func described(_ field: String) throws -> DescribedTable {
    let text =
      #"{"devices": [{"name": "dev", "instance_id": 0, "vmsd_name": "dev", "version": 1, "#
      + #""fields": [\#(field)]}]}"#
    return try StreamDescription(parsing: ascii(text)).devices[0].table
  }

  private func loadError(_ field: String, _ bytes: [UInt8]) throws -> VMStateError? {
    let table = try described(field)
    let memory = PeakMemory()
    var reader = StreamReader(EndlessChannel(bytes, then: [0]))
    var limits = Limits()
    limits.describedBytes = 32 << 20
    let context = LoadContext(limits: limits)
    let error = failure { _ = try table.load(from: &reader, context) }
    #expect(memory.growth < 1 << 30)
    return error
  }

  @Test func refusesStructuresAThousandDeep() {
    let open =
      #"{"name": "x", "size": 0, "type": "struct", "struct": "#
      + #"{"vmsd_name": "x", "version": 1, "fields": ["#
    let text =
      #"{"devices": [{"name": "x", "instance_id": 0, "vmsd_name": "x", "version": 1, "fields": ["#
      + String(repeating: open, count: 1000) + String(repeating: "]}}", count: 1000) + "]}]}"
    let error = parseError(text)
    #expect(error?.code == .limitExceeded)
    #expect(error?.offset != nil)
    let brackets = parseError(String(repeating: "[", count: 1_000_000))
    #expect(brackets?.code == .limitExceeded)
  }

  @Test(arguments: ["-1", "9223372036854775808", "1e400", "\"4\"", "null"])
  func refusesImpossibleSizes(size: String) {
    let text =
      #"{"devices": [{"name": "dev", "instance_id": 0, "vmsd_name": "dev", "version": 1, "#
      + #""fields": [{"name": "a", "type": "uint8", "size": \#(size)}]}]}"#
    let error = parseError(text)
    #expect(error?.code == .badDescription)
    #expect(error?.path.first == "dev")
  }

  @Test func sizesThatMultiplyPastTheAddressSpaceAreRefused() throws {
    let error = try loadError(
      #"{"name": "a", "type": "buffer", "array_len": 4611686018427387904, "size": 8}"#, [])
    #expect(error?.code == .limitExceeded)
    #expect(error?.path == ["a"])
    #expect(error?.offset == 0)
  }

  @Test func structuresWithoutBytesCannotTakeAllMemory() throws {
    // 2^60 structures out of no byte at all.
    func nested(_ depth: Int) -> String {
      let inner = depth == 0 ? "" : nested(depth - 1)
      return #"{"name": "a", "array_len": 1048576, "size": 0, "type": "struct", "struct": "#
        + #"{"vmsd_name": "x", "version": 1, "fields": [\#(inner)]}}"#
    }
    let error = try loadError(nested(2), [])
    #expect(error?.code == .limitExceeded)
    #expect(error?.path.first?.hasPrefix("a") == true)
    #expect(error?.offset == 0)
  }

  @Test func aTreeOfAnotherSizeThanDescribedIsRefused() throws {
    let tree = #"{"name": "t", "type": "gtree", "size": 4}"#
    let error = try loadError(tree, hex("FFFFFFFF"))
    #expect(error?.code == .badDescription)
    #expect(error?.found == "4294967295 nodes")
    #expect(error?.path == ["t"])
  }
}
