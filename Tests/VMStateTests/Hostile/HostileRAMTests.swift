import TestSupport
import Testing
import VMState

/// RAM records that must not be believed.
@Suite struct HostileRAMTests {
  struct State { var value: UInt32 = 7 }
  typealias Machine = HostileMachine<State>

  private let machine: Machine

  init() throws {
    machine = try Machine(
      VMStateDescription("dev", version: 1, fields: [.scalar("value", \.value)]), State())
  }

  /// Header of the START section; its body begins at offset 33.
  private let start =
    Machine.head + hex("01 00000005 03") + ascii("ram") + hex("00000000 00000004")

  private let main = hex("04") + ascii("main")

  @Test(arguments: ["FFFFFFFFFFFFF000", "8000000000000000", "0000000000005000"])
  func refusesLengthsThatNoBlockTakes(text: String) {
    let total = hex(text)
    var word = total
    word[7] |= 4
    let error = machine.refusal(of: start + word + main + total)
    #expect(error?.code == .ramBlockSize)
    #expect(error?.path == ["ram", "main"])
    #expect(error?.offset == UInt64(start.count + 8))
  }

  @Test func refusesLengthsThatDoNotAddUp() {
    let more = machine.refusal(
      of: start + hex("0000000000001004") + main + hex("0000000000002000"))
    #expect(more?.code == .badRAMRecord)
    #expect(more?.path == ["ram", "main"])
    let none = machine.refusal(
      of: start + hex("0000000000001004") + main + hex("0000000000000000"))
    #expect(none?.code == .badRAMRecord)
  }

  @Test func aBlockListThatNeverEndsStopsAtTheLimit() {
    var limits = Limits()
    limits.elements = 1000
    let error = machine.refusal(
      of: EndlessChannel(start + hex("FFFFFFFFFFFFF004"), then: main + hex("0000000000001000")),
      limits: limits)
    #expect(error?.code == .limitExceeded)
    #expect(error?.path == ["ram"])
    #expect(error?.offset == UInt64(start.count + 8 + 1000 * 13))
  }

  @Test(arguments: ["0000000000003008", "FFFFFFFFFFFFF008", "0000000000003002"])
  func refusesPagesBeyondTheirBlock(text: String) {
    let error = machine.refusal(of: start + hex(text) + main + [UInt8](repeating: 0, count: 5000))
    #expect(error?.code == .ramOffset)
    #expect(error?.path == ["ram", "main"])
    #expect(error?.offset == UInt64(start.count))
  }

  @Test(arguments: ["0000000000000028", "0000000000000022"])
  func refusesToContinueNoBlock(text: String) {
    let error = machine.refusal(of: start + hex(text) + [UInt8](repeating: 0, count: 5000))
    #expect(error?.code == .badRAMRecord)
    #expect(error?.path == ["ram"])
    #expect(error?.offset == UInt64(start.count))
  }

  @Test(arguments: ["0000000000000048", "00000000000003FF", "000000000000000A", "0000000000000000"])
  func refusesFlagsThatCannotStandTogether(text: String) {
    let error = machine.refusal(of: start + hex(text) + main)
    #expect(error?.code == .badRAMRecord)
    #expect(error?.path == ["ram"])
    #expect(error?.offset == UInt64(start.count))
  }

  @Test func secondCopiesBeyondTheLimitAreRefusedBeforeAPageIsRead() {
    var limits = Limits()
    limits.stagedMemoryBytes = 8192
    let list = hex("0000000000004004") + main + hex("0000000000003000")
    let rom = hex("03") + ascii("rom") + hex("0000000000001000")
    let error = machine.refusal(of: start + list + rom, limits: limits)
    #expect(error?.code == .limitExceeded)
    #expect(error?.path == ["ram"])
    #expect(error?.found == "16384 bytes")
  }
}
