import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct HPETStateTests {
  // QEMU 10.0.13, pc: config, isr, counter, three comparators, none in use.
  static let recorded =
    hex("0000000000000000 0000000000000000 0000000000000000 03")
    + (0..<3).flatMap { timer($0, routes: "00000004") }
  // QEMU 7.2.22, q35: other interrupt lines.
  static let recordedQ35 =
    hex("0000000000000000 0000000000000000 0000000000000000 03")
    + (0..<3).flatMap { timer($0, routes: "00ff0104") }

  /// A comparator after a reset: number, configuration, value, route, period, wrap, timer.
  private static func timer(_ number: Int, routes: String) -> [UInt8] {
    hex(
      """
      0\(number) \(routes)00000030 ffffffffffffffff 0000000000000000 0000000000000000 00
      ffffffffffffffff
      """)
  }

  @Test func loadsAndSavesARecordedSection() throws {
    let state = try expectSameBytes(HPETState.vmstate, HPETState(), Self.recorded)
    #expect(state.timers[2].tn == 2 && state.timers[2].config == 0x4_0000_0030)
    try expectSameBytes(HPETState.vmstate, HPETState(), Self.recordedQ35)
    try expectSameBytes(HPETState.vmstate7_2, HPETState(), Self.recordedQ35)
  }

  @Test func aFreshBlockIsTheRecordedOne() throws {
    #expect(try HPETState.vmstate.bytes(of: HPETState()) == Self.recorded)
    #expect(try HPETState.vmstate.bytes(of: HPETState(routes: 0xFF_0104)) == Self.recordedQ35)
  }

  @Test func refusesAnotherNumberOfComparators() {
    let error = loadError(HPETState.vmstate, into: HPETState(timers: 4), Self.recorded + [0])
    #expect(error?.code == .validationFailed)
    #expect(error?.pathDescription == "num_timers must match")
  }

  @Test func theOlderTableTakesTheStreamsNumber() throws {
    let four = hex("00") + Self.recorded.dropFirst(1) + Self.timer(3, routes: "00000004")
    var body = four
    body[24] = 4
    let state = try expectSameBytes(HPETState.vmstate7_2, HPETState(), body)
    #expect(state.timers.count == 4)
    body[24] = 33
    #expect(
      loadError(HPETState.vmstate7_2, into: HPETState(), body + [0])?.code == .validationFailed)
  }

  @Test func version1HasThreeComparators() throws {
    let bytes = Array(Self.recorded.prefix(24) + Self.recorded.dropFirst(25))
    var state = HPETState()
    #expect(try load(HPETState.vmstate, into: &state, bytes + [0], version: 1) == [0])
    let error = loadError(
      HPETState.vmstate, into: HPETState(timers: 4), bytes + [0], version: 1)
    #expect(error?.code == .validationFailed)
  }

  // Enabled at 7 ms with the counter at 0x1000, one clock interrupt held back.
  static let running =
    hex("0000000000000001 0000000000000000 0000000000001000 03")
    + recorded.dropFirst(25)
    // hpet/rtc_irq_level, hpet/offset.
    + hex("05 12 687065742f7274635f6972715f6c6576656c 00000001 01")
    + hex("05 0b 687065742f6f6666736574 00000001 0000000000009c40")

  @Test func offsetAndClockLineTravelInSubsections() throws {
    let state = try expectSameBytes(HPETState.vmstate, HPETState(), Self.running)
    #expect(state.rtcIRQLevel == 1 && state.hpetOffset == 40_000)
    let hpet = HPET()
    hpet.state = state
    hpet.afterLoad(now: 60_000)
    #expect(hpet.counter(now: 60_000) == 10_000)
  }

  @Test func withoutASavedOffsetTheCounterGoesOnFromItsValue() throws {
    let hpet = HPET()
    hpet.state.savesOffset = false
    _ = try load(HPETState.vmstate, into: &hpet.state, Self.running + [0])
    hpet.afterLoad(now: 1_000_000)
    #expect(hpet.counter(now: 1_000_000) == 0x1000)
    #expect(hpet.counter(now: 1_000_100) == 0x100A)
  }

  @Test func aSaveStoresTheRunningCounter() throws {
    let hpet = HPET()
    hpet.write(offset: 0x10, value: 1, now: 0)
    hpet.beforeSave(now: 1_000_000)
    let bytes = try HPETState.vmstate.bytes(of: hpet.state)
    #expect(hexText(bytes[16..<24]) == "00000000000186a0")
  }

  @Test func missingSubsectionsMeanTheirResetValues() throws {
    var state = HPETState()
    state.rtcIRQLevel = 1
    state.hpetOffset = 99
    _ = try load(HPETState.vmstate, into: &state, Self.recorded + [0])
    #expect(state.rtcIRQLevel == 0 && state.hpetOffset == 0)
  }

  @Test func refusesAComparatorNumberThatWouldShiftTooFar() {
    var bytes = Self.recorded
    bytes[25] = 32
    let error = loadError(HPETState.vmstate, into: HPETState(), bytes + [0])
    #expect(error?.code == .valueOutOfRange)
  }

  @Test func refusesEveryShortenedSection() {
    expectRefusesCuts(HPETState.vmstate, HPETState(), Self.recorded)
  }
}
