import Testing
import TestSupport
import VMState
import VMStateDSL

/// The vectors V1 to V5 of the format's reference, failing loads included.
@Suite struct ScalarVectorTests {
  struct Primitive: Equatable {
    var b1 = false, b2 = false
    var u8: UInt8 = 0
    var u16: UInt16 = 0
    var u32: UInt32 = 0
    var u64: UInt64 = 0
    var i8a: Int8 = 0, i8b: Int8 = 0
    var i16a: Int16 = 0, i16b: Int16 = 0
    var i32a: Int32 = 0, i32b: Int32 = 0
    var i64a: Int64 = 0, i64b: Int64 = 0

    static let vmstate = VMStateDescription<Primitive>("simple/primitive", version: 1, minimum: 1) {
      Field("b_1", \.b1)
      Field("b_2", \.b2)
      Field("u8_1", \.u8)
      Field("u16_1", \.u16)
      Field("u32_1", \.u32)
      Field("u64_1", \.u64)
      Field("i8_1", \.i8a)
      Field("i8_2", \.i8b)
      Field("i16_1", \.i16a)
      Field("i16_2", \.i16b)
      Field("i32_1", \.i32a)
      Field("i32_2", \.i32b)
      Field("i64_1", \.i64a)
      Field("i64_2", \.i64b)
    }

    static let sample = Primitive(
      b1: true, b2: false, u8: 130, u16: 512, u32: 70000, u64: 12_121_212, i8a: 65, i8b: -65,
      i16a: 512, i16b: -512, i32a: 70000, i32b: -70000, i64a: 12_121_212, i64b: -12_121_212)

    static let wire = hex(
      """
      01 00 82 0200 00011170 0000000000b8f47c 41 bf 0200 fe00 00011170 fffeee90
      0000000000b8f47c ffffffffff470b84
      """)
  }

  @Test func v1PrimitivesHaveTheReferenceBytes() throws {
    #expect(try Primitive.vmstate.bytes(of: .sample) == Primitive.wire)
    var loaded = Primitive()
    #expect(try load(Primitive.vmstate, into: &loaded, Primitive.wire + [0]) == [0])
    #expect(loaded == .sample)
  }

  @Test func v1RefusesEveryShortenedInput() {
    expectRobust(Primitive.vmstate, Primitive(), Primitive.wire + [0])
  }

  struct Words: Equatable {
    var w0: UInt16 = 0x42, w1: UInt16 = 0x43, w2: UInt16 = 0x44
  }
  struct ArrayState {
    var words: InlineArray<3, UInt16> = [0x42, 0x43, 0x44]
    static let vmstate = VMStateDescription<ArrayState>("simple/array", version: 1, minimum: 1) {
      Field("u16_1", \.words)
    }
  }

  @Test func v2ArraysHaveTheReferenceBytes() throws {
    let wire = hex("0042 0043 0044")
    #expect(try ArrayState.vmstate.bytes(of: ArrayState()) == wire)
    var loaded = ArrayState(words: [0, 0, 0])
    #expect(try load(ArrayState.vmstate, into: &loaded, wire + [0]) == [0])
    #expect(loaded.words[0] == 0x42 && loaded.words[1] == 0x43 && loaded.words[2] == 0x44)
    expectRobust(ArrayState.vmstate, ArrayState(), wire + [0])
  }

  struct Versioned: Equatable {
    var a: UInt32 = 0
    var b: UInt32 = 200
    var c: UInt32 = 0
    var d: UInt64 = 0
    var e: UInt32 = 500
    var f: UInt64 = 600

    static let vmstate = VMStateDescription<Versioned>("test/versioned", version: 2, minimum: 1) {
      Field("a", \.a)
      Field("b", \.b).since(2)
      Field("c", \.c)
      Field("d", \.d)
      Field("e", \.e).since(2)
      Field("f", \.f).since(2)
    }
  }

  @Test func v3OldVersionLeavesNewFieldsAlone() throws {
    var state = Versioned()
    let wire = hex("0000000a 0000001e 0000000000000028 00")
    #expect(try load(Versioned.vmstate, into: &state, wire, version: 1) == [0])
    #expect(state == Versioned(a: 10, b: 200, c: 30, d: 40, e: 500, f: 600))
  }

  @Test func v4NewVersionLoadsAll() throws {
    var state = Versioned()
    let wire = hex("0000000a 00000014 0000001e 0000000000000028 00000032 000000000000003c 00")
    #expect(try load(Versioned.vmstate, into: &state, wire, version: 2) == [0])
    #expect(state == Versioned(a: 10, b: 20, c: 30, d: 40, e: 50, f: 60))
  }

  @Test func refusesVersionsOutsideTheRangeWithoutReading() {
    let newer = loadError(Versioned.vmstate, into: Versioned(), hex("0000000a"), version: 3)
    #expect(newer?.code == .versionTooNew)
    #expect(newer?.offset == 0)
    let older = loadError(Versioned.vmstate, into: Versioned(), hex("0000000a"), version: 0)
    #expect(older?.code == .versionTooOld)
  }

  struct Skipping: Equatable {
    var a: UInt32 = 1, b: UInt32 = 2, c: UInt32 = 3
    var d: UInt64 = 4
    var e: UInt32 = 5
    var f: UInt64 = 6
    var skips = false

    static let vmstate = VMStateDescription<Skipping>("test/skip", version: 2, minimum: 1) {
      Field("a", \.a)
      Field("b", \.b)
      Field("c", \.c).when { state, _ in !state.skips }
      Field("d", \.d)
      Field("e", \.e).when { state, _ in !state.skips }
      Field("f", \.f).since(2)
      Local(\.skips)
    }
  }

  @Test func v5TestsDecideWhichFieldsTravel() throws {
    #expect(
      try Skipping.vmstate.bytes(of: Skipping())
        == hex("00000001 00000002 00000003 0000000000000004 00000005 0000000000000006"))
    #expect(
      try Skipping.vmstate.bytes(of: Skipping(skips: true))
        == hex("00000001 00000002 0000000000000004 0000000000000006"))

    var all = Skipping()
    _ = try load(
      Skipping.vmstate, into: &all,
      hex("0000000a 00000014 0000001e 0000000000000028 00000032 000000000000003c 00"))
    #expect(all == Skipping(a: 10, b: 20, c: 30, d: 40, e: 50, f: 60))

    var some = Skipping(c: 300, e: 500, skips: true)
    _ = try load(
      Skipping.vmstate, into: &some,
      hex("0000000a 00000014 0000000000000028 000000000000003c 00"))
    #expect(some == Skipping(a: 10, b: 20, c: 300, d: 40, e: 500, f: 60, skips: true))
  }
}

/// The reference's "load robust": empty, two bytes short, first half, second half must fail.
func expectRobust<State>(
  _ description: VMStateDescription<State>, _ state: State, _ wire: [UInt8],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var inputs: [[UInt8]] = [[]]
  if wire.count > 3 {
    let half = wire.count / 2
    inputs += [
      Array(wire.dropLast(2)), Array(wire.prefix(half)), Array(wire[half..<half + half]),
    ]
  }
  for input in inputs {
    let error = loadError(description, into: state, input)
    #expect(error != nil, "\(input.count) bytes were accepted", sourceLocation: sourceLocation)
    #expect(error?.offset != nil, sourceLocation: sourceLocation)
  }
  #expect(loadError(description, into: state, wire) == nil, sourceLocation: sourceLocation)
}
