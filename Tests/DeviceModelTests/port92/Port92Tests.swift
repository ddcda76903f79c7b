import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct Port92Tests {
  @Test func switchesAddressLine20() {
    let port = Port92()
    var a20: [Bool] = []
    port.a20 = { a20.append($0) }
    port.write(0x02)
    port.write(0x00)
    #expect(a20 == [true, false])
    port.write(0xFE)
    #expect(port.read() == 0xFE)
  }

  @Test func resetsAtARisingEdge() {
    let port = Port92()
    var resets = 0
    port.requestReset = { resets += 1 }
    port.write(0x01)
    port.write(0x03)
    #expect(resets == 1)
    port.write(0x02)
    port.write(0x03)
    #expect(resets == 2)
    port.reset()
    #expect(port.read() == 0)
  }

  // QEMU 10.0.13, pc.
  @Test func loadsAndSavesARecordedSection() throws {
    try expectSameBytes(Port92State.vmstate, Port92State(), hex("00"))
    let state = try expectSameBytes(Port92State.vmstate, Port92State(), hex("02"))
    #expect(state.outport == 2)
  }

  @Test func aLoadResetsNothing() throws {
    let port = Port92()
    var calls = 0
    port.requestReset = { calls += 1 }
    port.a20 = { _ in calls += 1 }
    _ = try load(Port92State.vmstate, into: &port.state, hex("03 00"))
    port.afterLoad()
    #expect(calls == 0)
    #expect(port.read() == 3)
  }
}
