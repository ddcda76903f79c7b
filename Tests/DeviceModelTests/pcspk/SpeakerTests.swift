import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct SpeakerTests {
  /// A speaker whose counter 2 divides by 2712 (440 Hz).
  private func make() -> (Speaker, PIT) {
    let pit = PIT()
    pit.write(port: 0x43, value: 0xB6, now: 0)
    pit.write(port: 0x42, value: 0x98, now: 0)
    pit.write(port: 0x42, value: 0x0A, now: 0)
    return (Speaker(pit: pit), pit)
  }

  @Test func playsTheToneOfCounter2() throws {
    let (speaker, _) = make()
    var heard: [Double?] = []
    speaker.play = { heard.append($0) }
    speaker.write(0x03, now: 0)
    speaker.write(0x01, now: 0)
    let tone = try #require(heard.first.flatMap { $0 })
    #expect(abs(tone - 440) < 0.1)
    #expect(heard.count == 2 && heard[1] == nil)
  }

  @Test func readsGateSpeakerRefreshAndOutput() {
    let (speaker, _) = make()
    speaker.write(0x03, now: 0)
    #expect(speaker.read(now: 0) == 0x33)
    #expect(speaker.read(now: 0) == 0x23, "the refresh bit toggles")
    // The low half of the period.
    #expect(speaker.read(now: 1_200_000) == 0x13)
    speaker.write(0x00, now: 0)
    #expect(speaker.read(now: 0) & 0x03 == 0)
  }

  @Test func theGateStartsAOneShotOfCounter2() {
    let (speaker, pit) = make()
    pit.write(port: 0x43, value: 0xB0, now: 0)
    pit.write(port: 0x42, value: 0xA9, now: 0)
    pit.write(port: 0x42, value: 0x04, now: 0)
    speaker.write(0x01, now: 0)
    #expect(speaker.read(now: 900_000) & 0x20 == 0)
    #expect(speaker.read(now: 1_100_000) & 0x20 != 0)
  }

  // QEMU 10.0.13, pc.
  @Test func loadsAndSavesARecordedSection() throws {
    try expectSameBytes(SpeakerState.vmstate, SpeakerState(), hex("00 00"))
    let state = try expectSameBytes(SpeakerState.vmstate, SpeakerState(), hex("01 10"))
    #expect(state.dataOn == 1 && state.dummyRefreshClock == 0x10)
  }

  @Test func theToneSoundsAgainAfterALoad() throws {
    let (speaker, pit) = make()
    pit.setGate(true, channel: 2, now: 0)
    var heard: Double?
    speaker.play = { heard = $0 }
    _ = try load(SpeakerState.vmstate, into: &speaker.state, hex("01 00 00"))
    #expect(heard == nil)
    speaker.afterLoad()
    #expect(heard != nil)
    speaker.reset()
    #expect(heard == nil)
  }

  @Test func isLeftOutWhereTheMachineTypeSaysSo() throws {
    let (speaker, _) = make()
    let binding = DeviceBinding(
      SpeakerState.vmstate, StateAccess(speaker, \.state))
    #expect(binding.isNeeded)
    speaker.state.isMigrated = false
    #expect(!binding.isNeeded)
    speaker.reset()
    #expect(!binding.isNeeded, "the property is no register")
  }
}
