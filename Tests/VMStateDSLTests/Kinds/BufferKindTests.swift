import Testing
import TestSupport
import VMState
import VMStateDSL

/// Lines K61 to K76 of the table of field kinds.
@Suite struct BufferKindTests {
  static let four: InlineArray<4, UInt8> = [1, 2, 3, 4]
  static let none = InlineArray<4, UInt8>(repeating: 0)

  @Test func k61WholeArrays() throws {
    try expectKind(
      Buffer("f", \.f), One(f: Self.four), into: One(f: Self.none), wire: "01020304",
      json: object("buffer", 4))
  }

  @Test func k61LongerThanTheStreamsBuffer() throws {
    var long = One(f: InlineArray<70000, UInt8>(repeating: 0))
    for index in 0..<70000 { long.f[index] = UInt8(truncatingIfNeeded: index &* 7) }
    let table = VMStateDescription<One<InlineArray<70000, UInt8>>>("k") { Buffer("f", \.f) }
    let bytes = try table.bytes(of: long)
    #expect(bytes == (0..<70000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    var copy = One(f: InlineArray<70000, UInt8>(repeating: 0))
    #expect(try load(table, into: &copy, bytes + [9]) == [9])
    #expect(try table.bytes(of: copy) == bytes)
  }

  @Test func k62Beginnings() throws {
    try expectKind(
      Buffer("f", \.f, range: 0..<3), One(f: Self.four), into: One(f: Self.none),
      wire: "010203", json: object("buffer", 3))
  }

  @Test func k63FromAStartToTheEnd() throws {
    try expectKind(
      Buffer("f", \.f, range: 1..<4), One(f: Self.four), into: One(f: Self.none),
      wire: "020304", json: object("buffer", 3))
  }

  @Test func k64FromAStartToAnEnd() throws {
    try expectKind(
      Buffer("f", \.f, range: 1..<3), One(f: Self.four), into: One(f: Self.none), wire: "0203",
      json: object("buffer", 2))
    var state = One(f: Self.none)
    let table = VMStateDescription<One<InlineArray<4, UInt8>>>("k") {
      Buffer("f", \.f, range: 1..<3)
    }
    _ = try load(table, into: &state, hex("0809"))
    #expect((0..<4).map { state.f[$0] } == [0, 8, 9, 0])
  }

  @Test func k65MemoryInHostOrder() throws {
    try expectKind(
      RawMemory("f", \.f),
      One<InlineArray<2, UInt32>>(f: [UInt32(littleEndian: 0x0403_0201), 0]),
      into: One(f: [9, 9]), wire: "01020304 00000000", json: object("buffer", 8))
    try expectKind(
      RawMemory("f", \.f, range: 1..<2),
      One<InlineArray<2, UInt16>>(f: [9, UInt16(littleEndian: 0x0201)]), into: One(f: [0, 0]),
      wire: "0102", json: object("buffer", 2))
  }

  @Test func k66OwnCodecsForMemory() throws {
    try expectKind(
      Custom("f", \.f, TripleCodec()), One(f: 7), into: One(f: 0), wire: "000007",
      json: object("triple", 3))
  }

  @Test func k67BytesBehindAPointer() throws {
    try expectKind(
      Buffer("f", \.f, count: 2), One(f: [UInt8(1), 2, 3]), into: One(f: [0, 0]), wire: "0102",
      json: object("buffer", 2))
    try expectKind(
      RawMemory("f", \.f, count: 1, first: 1),
      One(f: [UInt16(9), UInt16(littleEndian: 0x0201)]), into: One(f: [0, 0]), wire: "0102",
      json: object("buffer", 2))
  }

  @Test func k68LengthsOfSignedWords() throws {
    try expectKind(
      Buffer("f", \.f, size: \.n), Many(n: Int32(2), f: [UInt8(1), 2, 3]),
      into: Many(n: 0, f: [0, 0, 0]), wire: "0102", json: object("buffer", 2),
      count: .scalar("n", \.n), head: "00000002")
  }

  @Test func k68AnEmptyBufferIsDescribedAndANegativeOneRefused() throws {
    let table = VMStateDescription<Many<Int32, [UInt8]>>("k") {
      Field("n", \.n)
      Buffer("f", \.f, size: \.n)
    }
    #expect(
      try table.descriptionText(of: Many(n: 0, f: []))
        == #"""
        "vmsd_name": "k", "version": 0, "fields": [{"name": "n", "type": "int32", "size": 4}, \#
        {"name": "f", "type": "buffer", "size": 0}]
        """#)
    let loading = loadError(table, into: Many(n: 0, f: []), hex("ffffffff"))
    let saving = #expect(throws: VMStateError.self) { try table.bytes(of: Many(n: -1, f: [])) }
    for error in [loading, saving] {
      #expect(error?.code == .valueOutOfRange)
      #expect(error?.pathDescription == "f")
      #expect(error?.offset == 4)
    }
  }

  @Test func k69LengthsOfWords() throws {
    try expectKind(
      Buffer("f", \.f, size: \.n), Many(n: UInt32(2), f: [UInt8(1), 2, 3]),
      into: Many(n: 0, f: [0, 0, 0]), wire: "0102", json: object("buffer", 2),
      count: .scalar("n", \.n), head: "00000002")
    // The member is read as a signed word.
    let table = VMStateDescription<Many<UInt32, [UInt8]>>("k") {
      Field("n", \.n)
      Buffer("f", \.f, size: \.n, growing: true)
    }
    #expect(loadError(table, into: Many(n: 0, f: []), hex("80000000"))?.code == .valueOutOfRange)
  }

  @Test func k70AllocatedByTheLoad() throws {
    try expectKind(
      Buffer("f", \.f, size: \.n, growing: true), Many(n: UInt32(2), f: [UInt8(1), 2]),
      into: Many(n: 9, f: []), wire: "0102", json: object("buffer", 2),
      count: .scalar("n", \.n), head: "00000002")
  }

  @Test func k71LengthsTimesAFactor() throws {
    try expectKind(
      Buffer("f", \.f, size: \.n, times: 3), Many(n: Int32(1), f: [UInt8(1), 2, 3]),
      into: Many(n: 0, f: [0, 0, 0]), wire: "010203", json: object("buffer", 3),
      count: .scalar("n", \.n), head: "00000001")
  }

  @Test func k72PartialVariableBuffers() throws {
    try expectKind(
      Buffer("f", \.f, size: \.n), Many(n: UInt32(1), f: [UInt8(1), 2]),
      into: Many(n: 0, f: [0, 0]), wire: "01", json: object("buffer", 1),
      count: .scalar("n", \.n), head: "00000001")
  }

  @Test func k73UnusedBytesAreZerosAndDiscarded() throws {
    try expectKind(
      Unused(3), One(f: UInt8(0)), into: One(f: UInt8(0)), wire: "000000",
      json: #"{"name": "unused", "type": "unused_buffer", "size": 3}"#, carries: false)
    let table = VMStateDescription<One<UInt8>>("k") { Unused(5000) }
    var state = One(f: UInt8(7))
    #expect(try load(table, into: &state, Array(repeating: 0xAA, count: 5001)) == [0xAA])
    #expect(state.f == 7)
  }

  @Test func k74UnusedElements() throws {
    try expectKind(
      Unused(2, count: \.n), Many(n: UInt32(3), f: UInt8(0)), into: Many(n: 0, f: 0),
      wire: "000000000000",
      json: #"{"name": "unused", "array_len": 3, "type": "unused_buffer", "size": 2}"#,
      count: .scalar("n", \.n), head: "00000003")
  }

  @Test func k75BitmapsAreDoubleWords() throws {
    try expectKind(
      Bitmap("f", \.f, bits: \.n), Many(n: Int32(65), f: [UInt64(1) << 63, 3]),
      into: Many(n: 0, f: [0, 0]), wire: "8000000000000000 0000000000000003",
      json: object("bitmap", 16), count: .scalar("n", \.n), head: "00000041")
    try expectKind(
      Bitmap("f", \.f, bits: \.n, growing: true), Many(n: UInt16(64), f: [UInt64(5)]),
      into: Many(n: 0, f: []), wire: "0000000000000005", json: object("bitmap", 8),
      count: .scalar("n", \.n), head: "0040")
  }

  @Test func k75BitCountsThatNoMachineHasAreRefused() throws {
    let signed = VMStateDescription<Many<Int32, [UInt64]>>("k") {
      Field("n", \.n)
      Bitmap("f", \.f, bits: \.n)
    }
    let loading = loadError(signed, into: Many(n: 0, f: [0]), hex("ffffffff"))
    let saving = #expect(throws: VMStateError.self) { try signed.bytes(of: Many(n: -1, f: [])) }
    #expect(loading?.code == .valueOutOfRange)
    #expect(saving?.code == .valueOutOfRange)
    let wide = VMStateDescription<Many<UInt64, [UInt64]>>("k") {
      Field("n", \.n)
      Bitmap("f", \.f, bits: \.n)
    }
    let error = loadError(wide, into: Many(n: 0, f: [0]), hex("ffffffffffffffff"))
    #expect(error?.code == .countExceedsCapacity)
    #expect(error?.pathDescription == "f")
  }

  @Test func k76CountedByteArrays() throws {
    try expectKind(
      Buffer(counted: "f", \.f), One(f: [1, 2, 3]), into: One(f: [9]), wire: "00000003 010203",
      json: object("GByteArray", 7))
    let table = VMStateDescription<One<[UInt8]>>("k") { Buffer(counted: "f", \.f) }
    let error = loadError(table, into: One(f: []), hex("ffffffff 01"))
    #expect(error?.code == .limitExceeded)
    #expect(error?.pathDescription == "f")
  }
}
