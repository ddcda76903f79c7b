import Testing
import TestSupport
import VMState
import VMStateDSL

private struct Channel {
  var count: Int32 = 0
  var latchedCount: UInt16 = 0
  var gate: UInt8 = 0
  var loadTime: Int64 = 0

  static let vmstate = VMStateDescription<Channel>("pit channel", version: 2, minimum: 2) {
    Field("count", \.count)
    Field("latched_count", \.latchedCount)
    Field("gate", \.gate)
    Field("count_load_time", \.loadTime)
  }
}

private struct PIT {
  var irqDisabled: UInt32 = 0
  var channels: InlineArray<2, Channel> = .init(repeating: Channel())
  var nextTransition: Int64 = -1
  var line = false
  var extra: UInt8 = 0

  static let vmstate = VMStateDescription<PIT>("i8254", version: 3, minimum: 2) {
    Field("channels[0].irq_disabled", \.irqDisabled).since(3)
    Structs("channels", \.channels, Channel.vmstate).since(2)
    Field("channels[0].next_transition_time", \.nextTransition)
    Local(\.line)
  }
  .subsection("i8254/extra", version: 1, needed: { $0.extra != 0 }) { Field("extra", \.extra) }
}

@Suite struct TableTests {
  @Test func writesFieldsArraysAndSubsections() throws {
    var pit = PIT()
    pit.irqDisabled = 1
    pit.channels[1].count = 0x10000
    pit.extra = 9
    #expect(
      try PIT.vmstate.bytes(of: pit)
        == hex(
          """
          00000001
          00000000 0000 00 0000000000000000
          00010000 0000 00 0000000000000000
          ffffffffffffffff
          05 0b 69383235342f6578747261 00000001 09
          """))
  }

  @Test func describesItselfAsQEMUDoes() throws {
    #expect(
      try PIT.vmstate.descriptionText(of: PIT())
        == #"""
        "vmsd_name": "i8254", "version": 3, "fields": [{"name": "channels[0].irq_disabled", \#
        "type": "uint32", "size": 4}, {"name": "channels", "array_len": 2, "type": "struct", \#
        "struct": {"vmsd_name": "pit channel", "version": 2, "fields": [{"name": "count", \#
        "type": "int32", "size": 4}, {"name": "latched_count", "type": "uint16", "size": 2}, \#
        {"name": "gate", "type": "uint8", "size": 1}, {"name": "count_load_time", "type": \#
        "int64", "size": 8}]}, "size": 15}, {"name": "channels[0].next_transition_time", "type": \#
        "int64", "size": 8}]
        """#)
  }

  @Test func loadsWhatItWrote() throws {
    var pit = PIT()
    pit.channels[0].latchedCount = 0x1234
    pit.extra = 3
    var bytes = try PIT.vmstate.bytes(of: pit)
    bytes.append(0)
    var loaded = PIT()
    try bytes.withUnsafeBytes { raw in
      var reader = StreamReader(over: raw)
      try PIT.vmstate.load(&loaded, from: &reader)
    }
    #expect(loaded.channels[0].latchedCount == 0x1234)
    #expect(loaded.extra == 3)
  }

  @Test func namesTheFieldAtWhichTheDataEnds() throws {
    let bytes = try PIT.vmstate.bytes(of: PIT())
    var loaded = PIT()
    let error = #expect(throws: VMStateError.self) {
      try bytes.prefix(4 + 15 + 5).withUnsafeBytes { raw in
        var reader = StreamReader(over: raw)
        try PIT.vmstate.load(&loaded, from: &reader)
      }
    }
    #expect(error?.code == .endOfStream)
    #expect(error?.pathDescription == "channels[1]/latched_count")
    #expect(error?.offset == 24)
  }
}
