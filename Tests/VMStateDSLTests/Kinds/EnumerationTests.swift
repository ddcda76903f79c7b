import Testing
import TestSupport
import VMState
import VMStateDSL

/// Rows over enumerations and over values that are no stored properties.
@Suite struct EnumerationTests {
  enum Mode: UInt16, Sendable {
    case idle = 3
    case busy = 0x1234
  }

  @Test func enumerationsTravelAsTheirRawValue() throws {
    try expectKind(
      Enumeration("f", \.f), One(f: Mode.busy), into: One(f: Mode.idle), wire: "1234",
      json: object("uint16", 2))
  }

  @Test func aRawValueWithoutACaseIsRefusedAndChangesNothing() {
    let table = VMStateDescription<One<Mode>>("k") { Enumeration("f", \.f) }
    var state = One(f: Mode.idle)
    let error = #expect(throws: VMStateError.self) { try load(table, into: &state, hex("0004")) }
    #expect(error?.code == .valueOutOfRange)
    #expect(error?.pathDescription == "f")
    #expect(error?.offset == 0)
    #expect(error?.found == "4")
    #expect(state.f == .idle)
  }

  @Test func computedValuesGoThroughTheirClosures() throws {
    try expectKind(
      Computed("f", get: { UInt8($0.f / 10) }, set: { $0.f = UInt16($1) * 10 }, covering: [\.f]),
      One(f: UInt16(120)), into: One(f: 0), wire: "0c", json: object("uint8", 1))
  }

  @Test func aCutComputedValueIsNotSet() {
    let table = VMStateDescription<One<UInt16>>("k") {
      Computed("f", get: { $0.f }, set: { state, _ in state.f = 9 })
    }
    var state = One(f: UInt16(1))
    #expect(throws: VMStateError.self) { try load(table, into: &state, hex("00")) }
    #expect(state.f == 1)
  }

  @Test func localRowsAreNeitherSentNorDescribed() throws {
    struct Half {
      var sent: UInt8 = 1
      var kept: UInt8 = 2
    }
    let table = VMStateDescription<Half>("k") {
      Local(\.kept)
      Field("local", \.sent)
    }
    #expect(try table.bytes(of: Half()) == hex("01"))
    #expect(
      try table.descriptionText(of: Half())
        == #"""
        "vmsd_name": "k", "version": 0, "fields": [{"name": "local", "type": "uint8", "size": 1}]
        """#)
    var state = Half()
    #expect(try load(table, into: &state, hex("07")) == [])
    #expect(state.sent == 7 && state.kept == 2)
  }
}
