import Testing
import TestSupport
import VMState
import VMStateDSL

/// Lines K38 to K44 of the table of field kinds.
@Suite struct VariableKindTests {
  @Test func k38CountsOfSignedWords() throws {
    try expectKind(
      Counted("f", \.f, count: \.n), Many(n: Int32(2), f: [UInt16(1), 2, 9]),
      into: Many(n: 0, f: [0, 0, 0]), wire: "0001 0002", json: object("uint16", 2, 2),
      count: .scalar("n", \.n), head: "00000002")
    try expectKind(
      Customs("f", \.f, TripleCodec(), count: \.n), Many(n: Int32(2), f: [UInt32(1), 2]),
      into: Many(n: 0, f: [0, 0]), wire: "000001 000002", json: object("triple", 3, 2),
      count: .scalar("n", \.n), head: "00000002")
  }

  @Test func k38NegativeCountsMeanNoElements() throws {
    let table = VMStateDescription<Many<Int32, [UInt16]>>("k") {
      Field("n", \.n)
      Counted("f", \.f, count: \.n)
    }
    let none = Many(n: Int32(-1), f: [UInt16(7)])
    #expect(try table.bytes(of: none) == hex("ffffffff"))
    #expect(
      try table.descriptionText(of: none)
        == #""vmsd_name": "k", "version": 0, "fields": [{"name": "n", "type": "int32", "size": 4}]"#
    )
    var state = Many(n: Int32(1), f: [UInt16(7)])
    #expect(try load(table, into: &state, hex("ffffffff ee")) == [0xEE])
    #expect(state.f == [7])
  }

  @Test func k39CountsFromTwoToTheThirtyFirstMeanNoElements() throws {
    try expectKind(
      Counted("f", \.f, count: \.n), Many(n: UInt32(2), f: [UInt8(1), 2]),
      into: Many(n: 0, f: [0, 0]), wire: "01 02", json: object("uint8", 1, 2),
      count: .scalar("n", \.n), head: "00000002")
    let table = VMStateDescription<Many<UInt32, [UInt8]>>("k") {
      Field("n", \.n)
      Counted("f", \.f, count: \.n, growing: true)
    }
    var state = Many(n: UInt32(0), f: [UInt8(1)])
    #expect(try load(table, into: &state, hex("80000000 ee")) == [0xEE])
    #expect(state.f == [])
  }

  @Test func k40GrowingCountsOfWords() throws {
    try expectKind(
      Counted("f", \.f, count: \.n, growing: true), Many(n: UInt32(2), f: [UInt32(1), 2]),
      into: Many(n: 7, f: []), wire: "00000001 00000002", json: object("uint32", 4, 2),
      count: .scalar("n", \.n), head: "00000002")
    try expectKind(
      Customs("f", \.f, TripleCodec(), count: \.n, fresh: 0),
      Many(n: UInt32(2), f: [UInt32(1), 2]), into: Many(n: 7, f: []), wire: "000001 000002",
      json: object("triple", 3, 2), count: .scalar("n", \.n), head: "00000002")
  }

  @Test func k41GrowingCountsOfHalfWords() throws {
    try expectKind(
      Counted("f", \.f, count: \.n, growing: true), Many(n: UInt16(2), f: [true, false]),
      into: Many(n: 0, f: [true]), wire: "01 00", json: object("bool", 1, 2),
      count: .scalar("n", \.n), head: "0002")
  }

  @Test func k41GrowingArraysShrinkToTheCount() throws {
    let table = VMStateDescription<Many<UInt16, [UInt8]>>("k") {
      Field("n", \.n)
      Counted("f", \.f, count: \.n, growing: true)
    }
    var state = Many(n: UInt16(3), f: [UInt8(1), 2, 3])
    #expect(try load(table, into: &state, hex("0001 09")) == [])
    #expect(state.f == [9])
    #expect(try load(table, into: &state, hex("0000")) == [])
    #expect(state.f == [])
  }

  @Test func k42CountsOverFixedArrays() throws {
    try expectKind(
      Counted("f", \.f, count: \.n), Many<UInt16, InlineArray<4, Int16>>(n: 2, f: [1, -2, 9, 9]),
      into: Many(n: 0, f: [0, 0, 0, 0]), wire: "0001 fffe", json: object("int16", 2, 2),
      count: .scalar("n", \.n), head: "0002")
  }

  @Test func k43SignedCountsOverFixedArrays() throws {
    try expectKind(
      Counted("f", \.f, count: \.n), Many<Int32, InlineArray<2, UInt64>>(n: 1, f: [5, 9]),
      into: Many(n: 0, f: [0, 0]), wire: "0000000000000005", json: object("uint64", 8),
      count: .scalar("n", \.n), head: "00000001")
  }

  @Test func k44CountsTimesAFactor() throws {
    try expectKind(
      Counted("f", \.f, count: \.n, times: 3),
      Many<UInt32, InlineArray<8, UInt8>>(n: 2, f: [1, 2, 3, 4, 5, 6, 9, 9]),
      into: Many(n: 0, f: InlineArray(repeating: 0)), wire: "01 02 03 04 05 06",
      json: object("uint8", 1, 6), count: .scalar("n", \.n), head: "00000002")
  }

  @Test func takesTheCountPresentWhereItDoesNotTravel() throws {
    let table = VMStateDescription<Many<UInt8, [UInt8]>>("k") {
      Counted("f", \.f, count: \.n)
      Local(\.n)
    }
    var state = Many(n: UInt8(2), f: [UInt8(0), 0, 7])
    #expect(try load(table, into: &state, hex("01 02 03")) == [3])
    #expect(state.f == [1, 2, 7])
  }
}
