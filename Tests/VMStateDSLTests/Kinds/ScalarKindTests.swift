import Testing
import TestSupport
import VMState
import VMStateDSL

/// Lines K1 to K22 of the table of field kinds.
@Suite struct ScalarKindTests {
  @Test func k1TruthValues() throws {
    try expectKind(
      Field("f", \.f), One(f: true), into: One(f: false), wire: "01", json: object("bool", 1))
  }

  @Test func k1AnyByteButZeroIsTrueAndSavedAsOne() throws {
    struct Flags {
      var f = false
      var array: InlineArray<3, Bool> = [false, true, false]
    }
    let table = VMStateDescription<Flags>("k") {
      Field("f", \.f)
      Field("array", \.array)
    }
    for observer in [nil, SilentObserver()] {
      var flags = Flags()
      #expect(
        try load(table, into: &flags, hex("02 80 00 ff"), context: LoadContext(observer: observer))
          == [])
      #expect(flags.f && flags.array[0] && !flags.array[1] && flags.array[2])
      #expect(try table.bytes(of: flags) == hex("01 01 00 01"))
    }
  }

  @Test func k2SignedBytes() throws {
    try expectKind(
      Field("f", \.f), One(f: Int8(-65)), into: One(f: 0), wire: "bf", json: object("int8", 1))
  }

  @Test func k3SignedHalfWords() throws {
    try expectKind(
      Field("f", \.f), One(f: Int16(-512)), into: One(f: 0), wire: "fe00",
      json: object("int16", 2))
  }

  @Test func k4SignedWords() throws {
    try expectKind(
      Field("f", \.f), One(f: Int32(-70000)), into: One(f: 0), wire: "fffeee90",
      json: object("int32", 4))
  }

  @Test func k5SignedDoubleWords() throws {
    try expectKind(
      Field("f", \.f), One(f: Int64(-12_121_212)), into: One(f: 0), wire: "ffffffffff470b84",
      json: object("int64", 8))
  }

  @Test func k6Bytes() throws {
    try expectKind(
      Field("f", \.f), One(f: UInt8(130)), into: One(f: 0), wire: "82", json: object("uint8", 1))
  }

  @Test func k7HalfWords() throws {
    try expectKind(
      Field("f", \.f), One(f: UInt16(0x1234)), into: One(f: 0), wire: "1234",
      json: object("uint16", 2))
  }

  @Test func k8Words() throws {
    try expectKind(
      Field("f", \.f), One(f: UInt32(0x8123_4567)), into: One(f: 0), wire: "81234567",
      json: object("uint32", 4))
  }

  @Test func k9DoubleWords() throws {
    try expectKind(
      Field("f", \.f), One(f: UInt64(0x8123_4567_89AB_CDEF)), into: One(f: 0),
      wire: "8123456789abcdef", json: object("uint64", 8))
  }

  @Test func k10LinuxTypesAreTheSameWords() throws {
    struct Words {
      var u8: UInt8 = 1
      var u16: UInt16 = 2
      var u32: UInt32 = 3
      var u64: UInt64 = 4
    }
    let table = VMStateDescription<Words>("k") {
      Field("u8", \.u8)
      Field("u16", \.u16)
      Field("u32", \.u32)
      Field("u64", \.u64)
    }
    #expect(try table.bytes(of: Words()) == hex("01 0002 00000003 0000000000000004"))
  }

  @Test func k12EqualBytes() throws { try expectEqualKind(UInt8(5), "05", "uint8 equal", 1) }
  @Test func k13EqualHalfWords() throws {
    try expectEqualKind(UInt16(5), "0005", "uint16 equal", 2)
  }
  @Test func k14EqualSignedWords() throws {
    try expectEqualKind(Int32(-5), "fffffffb", "int32 equal", 4)
  }
  @Test func k15EqualWords() throws {
    try expectEqualKind(UInt32(5), "00000005", "uint32 equal", 4)
  }
  @Test func k16EqualDoubleWordsAreNamedSigned() throws {
    try expectEqualKind(UInt64(5), "0000000000000005", "int64 equal", 8)
  }

  private func expectEqualKind<Value: FixedWidthInteger & WireScalar>(
    _ value: Value, _ wire: String, _ type: String, _ size: Int
  ) throws {
    let row = Equal<One<Value>>("f", \.f, hint: "set by the board")
    try expectKind(
      row, One(f: value), into: One(f: value), wire: wire, json: object(type, size),
      carries: false)
    let table = VMStateDescription("k", fields: [row.field])
    var other = One(f: value &+ 1)
    let error = #expect(throws: VMStateError.self) {
      try load(table, into: &other, hex(wire))
    }
    #expect(error?.code == .valueMismatch)
    #expect(error?.expected == "\(value &+ 1)")
    #expect(error?.found == "\(value)")
    #expect(error?.message.contains("set by the board") == true)
    #expect(other.f == value &+ 1, "a field that differs keeps its value")
  }

  @Test func k17NumbersUpToThePresentOne() throws {
    try expectKind(
      AtMost("f", \.f), One(f: 3), into: One(f: 4), wire: "00000003", json: object("int32 le", 4))
    let table = VMStateDescription<One<Int32>>("k") { AtMost("f", \.f) }
    for wire in ["00000005", "ffffffff"] {
      #expect(loadError(table, into: One(f: 4), hex(wire))?.code == .valueOutOfRange)
    }
    #expect(loadError(table, into: One(f: -1), hex("00000000"))?.code == .valueOutOfRange)
  }

  @Test func k18TimersAreExpiryTimes() throws {
    try expectKind(
      Field("f", \.f), One(f: TimerExpiry(1_000_000)), into: One(f: .none),
      wire: "00000000000f4240", json: object("timer", 8))
    try expectKind(
      Field("f", \.f), One(f: TimerExpiry.none), into: One(f: TimerExpiry(7)),
      wire: "ffffffffffffffff", json: object("timer", 8))
  }

  @Test func k19TimersBehindPointers() throws {
    try expectKind(
      Pointee("f", \.f), One<TimerExpiry?>(f: TimerExpiry(1)),
      into: One<TimerExpiry?>(f: TimerExpiry(2)), wire: "0000000000000001", json: object("timer", 8)
    )
  }

  @Test func k20OwnCodecs() throws {
    try expectKind(
      Custom("f", \.f, TripleCodec()), One(f: 0x12_3456), into: One(f: 0), wire: "123456",
      json: object("triple", 3))
  }

  @Test func k20OwnCodecsOverTheWholeState() throws {
    struct SumCodec: FieldCodec {
      var typeName: String { "sum" }
      func encode(
        _ value: One<UInt16>, to writer: inout StreamWriter, _ context: SaveContext
      ) throws(VMStateError) { writer.put(value.f &+ 1) }
      func decode(
        into value: inout One<UInt16>, from reader: inout StreamReader, _ context: LoadContext
      ) throws(VMStateError) { value.f = try reader.get(UInt16.self) &- 1 }
    }
    try expectKind(
      Custom("f", SumCodec(), covering: [\.f]), One(f: 4), into: One(f: 0), wire: "0005",
      json: object("sum", 2))
  }

  @Test func k21ValuesBehindPointers() throws {
    try expectKind(
      Pointee("f", \.f), One<UInt16?>(f: 0x1234), into: One(f: 0), wire: "1234",
      json: object("uint16", 2))
    try expectKind(
      CustomPointers("f", \.f, TripleCodec()), One<UInt32?>(f: 0x12_3456), into: One(f: 0),
      wire: "123456", json: object("triple", 3))
  }

  @Test func k21ANullPointerIsRefusedOnBothSides() {
    let table = VMStateDescription<One<UInt16?>>("k") { Pointee("f", \.f) }
    let onSave = #expect(throws: VMStateError.self) { try table.bytes(of: One(f: nil)) }
    let onLoad = loadError(table, into: One(f: nil), hex("1234"))
    for error in [onSave, onLoad] {
      #expect(error?.code == .valueMismatch)
      #expect(error?.pathDescription == "f")
      #expect(error?.offset == 0)
    }
  }

  @Test func k22ValidationsCheckWhatCameBefore() throws {
    let table = VMStateDescription<One<UInt8>>("k", version: 3) {
      Field("f", \.f)
      Validate("f is even") { state, version in state.f % 2 == 0 && version == 3 }
    }
    #expect(try table.bytes(of: One(f: 4)) == hex("04"))
    #expect(
      try table.descriptionText(of: One(f: 4))
        == #""vmsd_name": "k", "version": 3, "fields": [\#(object("uint8", 1))]"#)
    var state = One(f: UInt8(0))
    #expect(try load(table, into: &state, hex("06")) == [])
    let error = loadError(table, into: state, hex("07"))
    #expect(error?.code == .validationFailed)
    #expect(error?.pathDescription == "f is even")
    #expect(error?.offset == 1)
    #expect(loadError(table, into: state, hex("06"), version: 2)?.code == .validationFailed)
    let saving = #expect(throws: VMStateError.self) { try table.bytes(of: One(f: 5)) }
    #expect(saving?.code == .validationFailed)
  }
}
