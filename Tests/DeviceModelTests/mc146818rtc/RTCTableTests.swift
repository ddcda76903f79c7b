import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct RTCStateTests {
  // QEMU 10.0.13, pc: 128 bytes of memory, the index, and the times.
  static let recorded = hex(
    """
    0330440000000721112626020080000000000000068002001c00000000000000
    00000000000000001c2000000000003000000000120000000000000000000000
    000000000000004d494700000000000000000000000000000000000000000000
    0000000000000000000000520000000000000000000000000000000000000000
    00
    00000000000000000000000000000000000000000000000000000000
    ffffffffffffffff 0000000000000000
    000000000000000000000000000000000000000000000000
    00000000 00000000
    000000006b00e953 18e9e8c149d5ae30 0000000000000000
    18e9e8c185707830 18ea34f57834dc30
    """)

  @Test func loadsAndSavesARecordedSection() throws {
    let state = try expectSameBytes(RTCState.vmstate, RTCState(), Self.recorded)
    #expect(state.baseRTC == 0x6B00_E953)
    #expect(!state.periodicTimer.isArmed)
    #expect(state.updateTimer.expiry == 0x18E9_E8C1_8570_7830)
    #expect(!state.needsTimeFromRegisters)
  }

  @Test func aRecordedClockGoesOn() throws {
    let rtc = RTC()
    rtc.state = try expectSameBytes(RTCState.vmstate, RTCState(), Self.recorded)
    let recorded = Int64(bitPattern: rtc.state.lastUpdate)
    rtc.afterLoad(now: recorded)
    #expect(rtc.state.updateTimer.expiry == 0x18E9_E8C1_8570_7830, "as QEMU had armed it")
    // Two hours later.
    let now = recorded + 7200 * 1_000_000_000
    let shown = [0x32, 9, 8, 7, 4, 2, 0].map { index -> UInt8 in
      rtc.write(port: 0x70, value: UInt8(index), now: now)
      return rtc.read(port: 0x71, now: now)
    }
    #expect(shown == [0x00, 0x26, 0x11, 0x21, 0x02, 0x44, 0x03])
  }

  @Test func aSaveShowsTheTimeOfTheSave() throws {
    let rtc = RTC(seconds: 0)
    rtc.beforeSave(now: 61_000_000_000)
    let bytes = try RTCState.vmstate.bytes(of: rtc.state)
    #expect(bytes[0] == 0x01 && bytes[2] == 0x01)
  }

  // Version 1 ends after the unused bytes that follow the periodic time.
  static let version1 = Array(recorded.prefix(128 + 1 + 28 + 8 + 8 + 24))

  @Test func anOldStreamSetsTheClockFromTheRegisters() throws {
    let rtc = RTC(seconds: 1)
    let rest = try load(RTCState.vmstate, into: &rtc.state, Self.version1 + [0], version: 1)
    #expect(rest == [0])
    #expect(rtc.state.needsTimeFromRegisters)
    rtc.afterLoad(now: 5)
    #expect(!rtc.state.needsTimeFromRegisters)
    // 2026-11-21 00:44:03.
    #expect(rtc.state.baseRTC == 1_795_221_843)
    #expect(rtc.state.updateTimer.expiry == 1_000_000_005)
  }

  @Test func derivesThePeriodFromTheRegisters() throws {
    var bytes = Self.recorded
    bytes[11] |= 0x40
    var state = RTCState()
    _ = try load(RTCState.vmstate, into: &state, bytes + [0])
    #expect(state.period == 32)
  }

  @Test func theReinjectionCountTravelsInASubsection() throws {
    let name = "6d6331343638313872746 32f6972715f7265696e6a6563745f6f6e5f61636b5f636f756e74"
    let body = Self.recorded + hex("05 25 \(name) 00000001 0007")
    let state = try expectSameBytes(RTCState.vmstate, RTCState(), body)
    #expect(state.irqReinjectOnAckCount == 7)
  }

  @Test func refusesAnIndexBeyondTheMemory() {
    var bytes = Self.recorded
    bytes[128] = 128
    #expect(
      loadError(RTCState.vmstate, into: RTCState(), bytes + [0])?.code == .valueOutOfRange)
  }

  @Test func refusesEveryShortenedSection() {
    expectRefusesCuts(RTCState.vmstate, RTCState(), Self.recorded)
  }
}
