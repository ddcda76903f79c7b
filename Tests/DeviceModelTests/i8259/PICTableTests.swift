import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct PICStateTests {
  // QEMU 10.0.13, pc: master and slave after the BIOS.
  static let master = hex("01 00 fa 00 00 20 00 00 00 00 00 00 00 01 00 00")
  static let slave = hex("00 00 ff 00 00 28 00 00 00 00 00 00 00 01 00 00")

  @Test func loadsAndSavesRecordedSections() throws {
    let master = try expectSameBytes(PICState.vmstate, PICState(), Self.master)
    #expect(master.imr == 0xFA && master.irqBase == 0x20 && master.lastIRR == 1)
    let slave = try expectSameBytes(PICState.vmstate, PICState(), Self.slave)
    #expect(slave.irqBase == 0x28)
  }

  @Test func aRecordedPairDeliversTheTimer() throws {
    let pair = PICPair()
    pair.master.state = try expectSameBytes(PICState.vmstate, PICState(), Self.master)
    pair.slave.state = try expectSameBytes(PICState.vmstate, PICState(), Self.slave)
    var level = false
    pair.master.interrupt = { level = $0 }
    pair.slave.afterLoad()
    pair.master.afterLoad()
    pair.setLine(0, true)
    #expect(!level, "the line was up when the stream was made")
    pair.setLine(0, false)
    pair.setLine(0, true)
    #expect(level)
    #expect(pair.acknowledge() == 0x20)
  }

  // The recorded master, then `i8259/ltim` version 1 with the value 8.
  static let withLTIM = master + hex("05 0a 69383235392f6c74696d 00000001 08")

  @Test func theWholeLevelModeTravelsInASubsection() throws {
    let state = try expectSameBytes(PICState.vmstate, PICState(), Self.withLTIM)
    #expect(state.ltim == 8)
  }

  @Test func aMissingSubsectionMeansEdges() throws {
    var state = PICState()
    state.ltim = 8
    _ = try load(PICState.vmstate, into: &state, Self.master + [0])
    #expect(state.ltim == 0)
  }

  @Test func refusesEveryShortenedSection() {
    expectRefusesCuts(PICState.vmstate, PICState(), Self.master)
  }
}
