import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct PITStateTests {
  // QEMU 10.0.13, pc, after the BIOS: counter 0 in mode 2 at 18.2 Hz.
  static let recorded = hex(
    """
    00000000
    00002e9c 0000 00 00 00 03 03 9c 03 02 00 01 000000000018fe02 000000000e672826
    00010000 0000 00 00 00 00 00 00 00 03 00 01 0000000000000000 0000000000000000
    000004a9 0000 00 00 00 03 03 a9 03 03 00 00 0000000000199eb0 0000000000000000
    000000000e672826
    """)

  @Test func loadsAndSavesARecordedSection() throws {
    let state = try expectSameBytes(PITState.vmstate, PITState(), Self.recorded)
    #expect(state.channels[0].count == 11_932)
    #expect(state.channels[0].mode == 2)
    #expect(state.channels[2].rwMode == 3)
  }

  @Test func aRecordedStateGoesOnTicking() throws {
    let pit = PIT()
    pit.state = try expectSameBytes(PITState.vmstate, PITState(), Self.recorded)
    var armed = TimerExpiry.none
    pit.armTimer = { armed = $0 }
    pit.afterLoad()
    #expect(armed.expiry == 0x0E67_2826)
    pit.timerFired()
    #expect(armed.expiry > 0x0E67_2826)
  }

  @Test func theSecondTransitionTimeCounts() throws {
    var bytes = Self.recorded
    bytes[bytes.count - 1] = 0x27
    var state = PITState()
    #expect(try load(PITState.vmstate, into: &state, bytes + [0]) == [0])
    #expect(state.channels[0].nextTransitionTime == 0x0E67_2827)
  }

  @Test func version2HasNoDisableFlag() throws {
    var state = PITState()
    state.irqDisabled = 7
    let bytes = Array(Self.recorded.dropFirst(4)) + [0]
    #expect(try load(PITState.vmstate, into: &state, bytes, version: 2) == [0])
    #expect(state.irqDisabled == 7)
    #expect(state.channels[0].count == 11_932)
  }

  @Test(arguments: ["00000000", "00010001", "ffffffff", "80000000"])
  func refusesACountThatWouldDivideByZero(count: String) {
    var bytes = Self.recorded
    bytes.replaceSubrange(4..<8, with: hex(count))
    let error = loadError(PITState.vmstate, into: PITState(), bytes + [0])
    #expect(error?.code == .valueOutOfRange)
    #expect(error?.pathDescription.hasPrefix("channels") == true)
  }

  @Test func acceptsTheModeThatTheKernelsTimerResetsTo() throws {
    var bytes = Self.recorded
    bytes[19] = 0xFF
    try expectSameBytes(PITState.vmstate, PITState(), bytes)
  }

  @Test func refusesEveryShortenedSection() {
    expectRefusesCuts(PITState.vmstate, PITState(), Self.recorded)
  }
}
