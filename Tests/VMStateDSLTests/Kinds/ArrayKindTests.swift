import Testing
import TestSupport
import VMState
import VMStateDSL

/// Lines K23 to K37 of the table of field kinds.
@Suite struct ArrayKindTests {
  @Test func k23ArraysWithOwnCodecs() throws {
    try expectKind(
      Customs("f", \.f, TripleCodec()), One<InlineArray<2, UInt32>>(f: [1, 0x12_3456]),
      into: One(f: [0, 0]), wire: "000001 123456", json: object("triple", 3, 2))
  }

  @Test func k24GridsWithOwnCodecs() throws {
    try expectKind(
      Customs("f", grid: \.f, TripleCodec()),
      One<InlineArray<2, InlineArray<2, UInt32>>>(f: [[1, 2], [3, 4]]),
      into: One(f: [[0, 0], [0, 0]]), wire: "000001 000002 000003 000004",
      json: object("triple", 3, 4))
  }

  @Test func k25PartsOfArraysWithOwnCodecs() throws {
    try expectKind(
      Customs("f", \.f, TripleCodec(), range: 1..<3),
      One<InlineArray<4, UInt32>>(f: [9, 1, 2, 9]), into: One(f: [0, 0, 0, 0]),
      wire: "000001 000002", json: object("triple", 3, 2))
  }

  @Test func k26TruthValues() throws {
    try expectKind(
      Field("f", \.f), One<InlineArray<3, Bool>>(f: [true, false, true]),
      into: One(f: [false, false, false]), wire: "01 00 01", json: object("bool", 1, 3))
    try expectKind(
      Field("f", \.f, range: 1..<3), One<InlineArray<3, Bool>>(f: [true, false, true]),
      into: One(f: [false, false, false]), wire: "00 01", json: object("bool", 1, 2))
    try expectKind(
      Field("f", \.f, range: 1..<3), One(f: [true, false, true]),
      into: One(f: [false, false, false]), wire: "00 01", json: object("bool", 1, 2))
  }

  @Test func k27Bytes() throws {
    try expectUnsigned(UInt8.self, "01 02 03", "02 03", "uint8")
  }
  @Test func k28HalfWords() throws {
    try expectUnsigned(UInt16.self, "0001 0002 0003", "0002 0003", "uint16")
  }
  @Test func k29Words() throws {
    try expectUnsigned(UInt32.self, "00000001 00000002 00000003", "00000002 00000003", "uint32")
  }
  @Test func k30DoubleWords() throws {
    try expectUnsigned(
      UInt64.self, "0000000000000001 0000000000000002 0000000000000003",
      "0000000000000002 0000000000000003", "uint64")
  }

  /// Whole arrays, parts, grids, tuples and Swift arrays of one type.
  private func expectUnsigned<Value: FixedWidthInteger & WireScalar>(
    _ type: Value.Type, _ wire: String, _ part: String, _ name: String
  ) throws {
    let size = MemoryLayout<Value>.size
    let three: InlineArray<3, Value> = [1, 2, 3]
    let none = InlineArray<3, Value>(repeating: 0)
    try expectKind(
      Field("f", \.f), One(f: three), into: One(f: none), wire: wire,
      json: object(name, size, 3))
    try expectKind(
      Field("f", \.f, range: 1..<3), One(f: three), into: One(f: none), wire: part,
      json: object(name, size, 2))
    try expectKind(
      Elements("f", \.f), One<InlineArray<3, InlineArray<1, Value>>>(f: [[1], [2], [3]]),
      into: One(f: [[0], [0], [0]]), wire: wire, json: object(name, size, 3))
    try expectKind(
      Elements("f", \.f, of: Value.self), One(f: (Value(1), Value(2), Value(3))),
      into: One(f: (0, 0, 0)), wire: wire, json: object(name, size, 3))
    try expectKind(
      Field("f", \.f, count: 3), One(f: [Value(1), 2, 3]), into: One(f: [0, 0, 0, 0]),
      wire: wire, json: object(name, size, 3))
    try expectKind(
      Field("f", \.f, range: 1..<3), One(f: [Value(1), 2, 3]), into: One(f: [0, 0, 0, 0]),
      wire: part, json: object(name, size, 2))
  }

  @Test func k29GridsTravelRowByRow() throws {
    try expectKind(
      Elements("f", \.f), One<InlineArray<2, InlineArray<3, UInt16>>>(f: [[1, 2, 3], [4, 5, 6]]),
      into: One(f: [[0, 0, 0], [0, 0, 0]]), wire: "0001 0002 0003 0004 0005 0006",
      json: object("uint16", 2, 6))
  }

  @Test func k31SignedHalfWords() throws {
    try expectKind(
      Field("f", \.f), One<InlineArray<2, Int16>>(f: [-1, 2]), into: One(f: [0, 0]),
      wire: "ffff 0002", json: object("int16", 2, 2))
  }

  @Test func k32SignedWords() throws {
    try expectKind(
      Field("f", \.f), One<InlineArray<2, Int32>>(f: [-1, 2]), into: One(f: [0, 0]),
      wire: "ffffffff 00000002", json: object("int32", 4, 2))
  }

  @Test func k33SignedDoubleWords() throws {
    try expectKind(
      Field("f", \.f), One<InlineArray<2, Int64>>(f: [-1, 2]), into: One(f: [0, 0]),
      wire: "ffffffffffffffff 0000000000000002", json: object("int64", 8, 2))
  }

  @Test func k34DoublesTravelAsTheirBits() throws {
    let signalling = Double(bitPattern: 0xFFF0_0000_0000_0001)
    try expectKind(
      Field("f", \.f), One<InlineArray<2, Double>>(f: [1.5, signalling]), into: One(f: [0, 0]),
      wire: "3ff8000000000000 fff0000000000001", json: object("CPU_Double_U", 8, 2))
  }

  @Test func k35Timers() throws {
    try expectKind(
      Field("f", \.f), One<InlineArray<2, TimerExpiry>>(f: [.none, TimerExpiry(5)]),
      into: One(f: [.none, .none]), wire: "ffffffffffffffff 0000000000000005",
      json: object("timer", 8, 2))
  }

  @Test func k36TimersBehindPointers() throws {
    try expectKind(
      Pointers("f", \.f), One<InlineArray<3, TimerExpiry?>>(f: [TimerExpiry(5), nil, nil]),
      into: One(f: [TimerExpiry(1), nil, nil]), wire: "0000000000000005 30 30",
      json: object("timer", 8, 3) + ", " + object("nullptr", 1, 2),
      old: object("timer", 8, 3),
      new: object("timer", 8, 3) + ", " + object("ptr-marker", 1, 2))
  }

  @Test func k37PointersToValues() throws {
    try expectKind(
      Pointers("f", \.f), One<InlineArray<2, UInt16?>>(f: [nil, 0x1234]),
      into: One(f: [nil, 0]), wire: "30 1234",
      json: object("nullptr", 1) + ", " + object("uint16", 2),
      old: object("uint16", 1, 2),
      new: object("ptr-marker", 1) + ", " + object("uint16", 2))
    try expectKind(
      CustomPointers("f", array: \.f, TripleCodec()),
      One<InlineArray<2, UInt32?>>(f: [0x12_3456, 1]), into: One(f: [0, 0]),
      wire: "123456 000001", json: object("triple", 3, 2))
  }
}
