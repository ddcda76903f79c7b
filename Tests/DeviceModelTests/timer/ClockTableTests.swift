import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct ClockStateTests {
  // QEMU 10.0.13, pc: cycle counter, unused, virtual clock.
  static let recorded = hex("000000001bab79be 0000000000000000 000000000dd5b9ec")

  @Test func loadsAndSavesARecordedSection() throws {
    let state = try expectSameBytes(ClockState.vmstate, ClockState(), Self.recorded)
    #expect(state.cpuTicksOffset == 0x1BAB_79BE && state.cpuClockOffset == 0x0DD5_B9EC)
  }

  @Test func version1HasNoVirtualClock() throws {
    var state = ClockState()
    state.cpuClockOffset = 9
    let rest = try load(
      ClockState.vmstate, into: &state, Array(Self.recorded.prefix(16)) + [0], version: 1)
    #expect(rest == [0])
    #expect(state.cpuClockOffset == 9 && state.cpuTicksOffset == 0x1BAB_79BE)
  }

  // By the tables of the format: the subsections of timer/icount follow its own fields.
  static let counting =
    recorded
    + hex("05 0c 74696d65722f69636f756e74 00000001 0000000000000005 0000000000000007")
    + hex("05 17 74696d65722f69636f756e742f776172705f74696d6572 00000001")
    + hex("ffffffffffffffff ffffffffffffffff")
    + hex("05 13 74696d65722f69636f756e742f74696d657273 00000001")
    + hex("000000003b9aca00 0000000005f5e100")
    + hex("05 12 74696d65722f69636f756e742f7368696674 00000002 0003 fffffffffffffffe")

  private var counter: ClockState {
    var state = ClockState()
    state.counting = .adaptive
    state.hasWarpTimer = true
    return state
  }

  @Test func instructionCountingTravelsInNestedSubsections() throws {
    let state = try expectSameBytes(ClockState.vmstate, counter, Self.counting)
    #expect(state.icountBias == 5 && state.icount == 7)
    #expect(state.warpStart == -1 && !state.warpTimer.isArmed)
    #expect(state.realTimeTimer.expiry == 1_000_000_000)
    #expect(state.virtualTimer.expiry == 100_000_000)
    #expect(state.icountTimeShift == 3 && state.lastDelta == -2)
  }

  @Test func sendsOnlyThePartsThatTheMachineHas() throws {
    var state = counter
    state.counting = .fixed
    state.hasWarpTimer = false
    _ = try load(ClockState.vmstate, into: &state, Self.counting + [0])
    let saved = try ClockState.vmstate.bytes(of: state)
    #expect(hexText(saved) == hexText(Self.counting.prefix(24 + 18 + 16)))
  }

  @Test func aStreamWithoutCountingMeansNoInstructions() throws {
    var state = counter
    state.icount = 99
    state.warpStart = 99
    _ = try load(ClockState.vmstate, into: &state, Self.recorded + [0])
    #expect(state.icount == 0 && state.warpStart == -1)
    #expect(state.counting == .adaptive, "how the machine counts is its own affair")
  }

  @Test(arguments: ["0040", "ffff", "7fff"])
  func refusesAnImpossibleShift(shift: String) {
    var bytes = Self.counting
    bytes.replaceSubrange(bytes.count - 10..<bytes.count - 8, with: hex(shift))
    let error = loadError(ClockState.vmstate, into: counter, bytes + [0])
    #expect(error?.code == .valueOutOfRange)
  }

  @Test func refusesEveryShortenedSection() {
    expectRefusesCuts(ClockState.vmstate, ClockState(), Self.recorded)
  }
}
