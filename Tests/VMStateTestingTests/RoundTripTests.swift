import Testing
import TestSupport
import VMState
import VMStateDSL
import VMStateTesting

@Suite struct RoundTripTests {
  @Test func aGoodTablePasses() throws {
    try expectRoundTrip(Device.vmstate, Device.sample, into: Device.fresh)
    try expectRoundTrip(Device.vmstate, Device.fresh, into: Device.fresh, profile: .qemu7_2)
  }

  @Test func namesTheFieldThatLosesItsValue() {
    struct Leaky {
      var a: UInt16 = 1
      var b: UInt16 = 2
    }
    let table = VMStateDescription<Leaky>("leaky") {
      Field("a", \.a)
      Computed("b", get: { $0.b }, set: { _, _ in }, covering: [\.b])
    }
    #expect(
      sentence { () throws(TestFailure) in
        try expectRoundTrip(table, Leaky(a: 5, b: 6), into: Leaky())
      }
        == "'leaky' does not survive a load: byte 3 ('b') is 06 when saved and 02 when saved again"
    )
  }

  @Test func noticesAPropertyThatDoesNotTravel() {
    var state = Device.sample
    state.line = true
    #expect(
      sentence { () throws(TestFailure) in
        try expectRoundTrip(Device.vmstate, state, into: Device.fresh)
      }.hasPrefix("'device' differs after a load although its 37 bytes are the same"))
  }

  @Test func noticesBytesThatNobodyReads() {
    struct Short: FieldCodec {
      var typeName: String { "short" }
      func encode(
        _ value: UInt8, to writer: inout StreamWriter, _ context: SaveContext
      ) throws(VMStateError) { writer.put(UInt16(value)) }
      func decode(
        into value: inout UInt8, from reader: inout StreamReader, _ context: LoadContext
      ) throws(VMStateError) { value = try reader.get(UInt8.self) }
    }
    struct State { var f: UInt8 = 1 }
    let table = VMStateDescription<State>("k") { Custom("f", \.f, Short()) }
    #expect(
      sentence { () throws(TestFailure) in try expectRoundTrip(table, State(), into: State()) }
        == "'k' leaves 1 of its own 2 bytes unread")
  }

  @Test func reportsALoadThatFails() {
    var fresh = Device.fresh
    fresh.second = nil
    let text = sentence { () throws(TestFailure) in
      try expectRoundTrip(Device.vmstate, Device.sample, into: fresh)
    }
    #expect(text.hasPrefix("'device' does not load its own bytes: second: the pointer is null"))
    let saving = sentence { () throws(TestFailure) in
      try expectRoundTrip(Device.vmstate, fresh, into: fresh)
    }
    #expect(saving.hasPrefix("'device' cannot be saved: second: the pointer is null"))
  }
}
