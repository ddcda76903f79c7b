import Testing
import TestSupport
import VMState
import VMStateDSL
import VMStateTesting

@Suite struct GoldenTests {
  @Test func recordedBytesPass() throws {
    try expectGolden(Device.vmstate, Device.sample, Device.bytes)
  }

  @Test func namesTheFieldThatDiffers() {
    var bytes = Device.bytes
    bytes[5] = 0xEE
    #expect(
      sentence { () throws(TestFailure) in
        try expectGolden(Device.vmstate, Device.sample, bytes)
      }
        == "'device' is saved otherwise than recorded: byte 5 ('first/count'), expected "
        + "ee 01 00 02 00 01 00 03, found 01 01 00 02 00 01 00 03; 37 bytes expected, 37 found")
  }

  @Test func noticesMissingBytes() {
    #expect(
      sentence { () throws(TestFailure) in
        try expectGolden(Device.vmstate, Device.sample, Array(Device.bytes.dropLast()))
      }
        == "'device' is saved otherwise than recorded: byte 36 ('device/extra/extra'), expected "
        + "the end, found 09; 36 bytes expected, 37 found")
  }

  @Test func noticesALoadThatStoresSomethingElse() {
    struct State { var f: UInt8 = 1 }
    let table = VMStateDescription<State>("k") {
      Computed("f", get: { $0.f }, set: { $0.f = $1 &+ 1 }, covering: [\.f])
    }
    #expect(
      sentence { () throws(TestFailure) in try expectGolden(table, State(), [1]) }
        == "'k' does not load what is recorded: byte 0 ('f'), expected 01, found 02 after a load")
  }

  @Test func comparesDescriptions() throws {
    struct State { var f: UInt8 = 1 }
    let table = VMStateDescription<State>("k") { Field("f", \.f) }
    let text = #"""
      "vmsd_name": "k", "version": 0, "fields": [{"name": "f", "type": "uint8", "size": 1}]
      """#
    try expectDescription(table, State(), text, profile: .qemu7_2)
    #expect(
      sentence { () throws(TestFailure) in
        try expectDescription(table, State(), text.replacing("uint8", with: "uint16"))
      }
        == #"""
        'k' is described otherwise than recorded for QEMU 10.0: at character 70, expected \#
        16", "size": 1}], found 8", "size": 1}]
        """#)
  }
}
