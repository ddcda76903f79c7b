import Testing
import TestSupport
import VMState
import VMStateDSL

/// Lines K45 to K60 of the table of field kinds.
@Suite struct StructKindTests {
  static let one = Pair(a: 1, b: 2)
  static let two = Pair(a: 3, b: 4)

  @Test func k45Structures() throws {
    try expectKind(
      Struct("f", \.f, Pair.vmstate), One(f: Self.one), into: One(f: Pair()), wire: "0001 02",
      json: pairs())
  }

  @Test func k45TravelWithTheTablesPresentVersion() throws {
    struct Child {
      var old: UInt8 = 1
      var new: UInt8 = 2
      static let vmstate = VMStateDescription<Child>("child", version: 3, minimum: 3) {
        Field("old", \.old)
        Field("new", \.new).since(3)
      }
    }
    let table = VMStateDescription<One<Child>>("k", version: 9, minimum: 1) {
      Struct("f", \.f, Child.vmstate)
    }
    var state = One(f: Child())
    #expect(try load(table, into: &state, hex("05 06"), version: 1) == [])
    #expect(state.f.old == 5 && state.f.new == 6)
  }

  @Test func k46VersionedStructures() throws {
    struct Child {
      var old: UInt8 = 1
      var new: UInt8 = 2
      static let vmstate = VMStateDescription<Child>("child", version: 3) {
        Field("old", \.old)
        Field("new", \.new).since(3)
      }
    }
    try expectKind(
      Struct("f", \.f, Child.vmstate, version: 2), One(f: Child()),
      into: One(f: Child(old: 0, new: 0)), wire: "01",
      json: #"""
        {"name": "f", "type": "vstruct", "vmsd_name": "child", "version": 2, "fields": [\#
        {"name": "old", "type": "uint8", "size": 1}], "size": 1}
        """#)
  }

  @Test func k47StructuresBehindPointers() throws {
    try expectKind(
      Pointee("f", \.f, Pair.vmstate), One<Pair?>(f: Self.one), into: One<Pair?>(f: Pair()),
      wire: "0001 02", json: pairs())
    let table = VMStateDescription<One<Pair?>>("k") { Pointee("f", \.f, Pair.vmstate) }
    let error = loadError(table, into: One(f: nil), hex("0001 02"))
    #expect(error?.code == .valueMismatch)
    #expect(error?.pathDescription == "f")
  }

  @Test func k47AnAbsentPointerMayBeTestedAway() throws {
    let table = VMStateDescription<One<Pair?>>("k") {
      Pointee("f", \.f, Pair.vmstate).when { state, _ in state.f != nil }
    }
    #expect(try table.bytes(of: One(f: nil)) == [])
    #expect(try table.bytes(of: One(f: Self.one)) == hex("0001 02"))
  }

  @Test func k48ArraysOfStructures() throws {
    try expectKind(
      Structs("f", \.f, Pair.vmstate), One<InlineArray<2, Pair>>(f: [Self.one, Self.two]),
      into: One(f: [Pair(), Pair()]), wire: "0001 02 0003 04", json: pairs(2))
    try expectKind(
      Elements("f", \.f, Pair.vmstate), One(f: (Self.one, Self.two)),
      into: One(f: (Pair(), Pair())), wire: "0001 02 0003 04", json: pairs(2))
  }

  @Test func k49PartsOfArraysOfStructures() throws {
    try expectKind(
      Structs("f", \.f, Pair.vmstate, range: 1..<3),
      One<InlineArray<4, Pair>>(f: [Pair(), Self.one, Self.two, Pair()]),
      into: One(f: InlineArray(repeating: Pair())), wire: "0001 02 0003 04", json: pairs(2))
    try expectKind(
      Structs("f", \.f, Pair.vmstate, count: 1, first: 2), One(f: [Pair(), Pair(), Self.one]),
      into: One(f: [Pair(), Pair(), Pair()]), wire: "0001 02", json: pairs())
  }

  @Test func k50GridsOfStructures() throws {
    try expectKind(
      Elements("f", \.f, Pair.vmstate),
      One<InlineArray<2, InlineArray<1, Pair>>>(f: [[Self.one], [Self.two]]),
      into: One(f: [[Pair()], [Pair()]]), wire: "0001 02 0003 04", json: pairs(2))
  }

  @Test func k51CountsOfBytes() throws { try expectEmbedded(UInt8(2), "02") }
  @Test func k52CountsOfSignedWords() throws { try expectEmbedded(Int32(2), "00000002") }
  @Test func k53CountsOfWords() throws { try expectEmbedded(UInt32(2), "00000002") }

  private func expectEmbedded<Count: FixedWidthInteger & WireScalar>(
    _ count: Count, _ head: String
  ) throws {
    try expectKind(
      Counted("f", \.f, Pair.vmstate, count: \.n),
      Many<Count, InlineArray<3, Pair>>(n: count, f: [Self.one, Self.two, Pair()]),
      into: Many(n: 0, f: InlineArray(repeating: Pair())), wire: "0001 02 0003 04",
      json: pairs(2), count: .scalar("n", \.n), head: head)
  }

  @Test func k54KnownNumbersBehindAPointer() throws {
    try expectKind(
      Structs("f", \.f, Pair.vmstate, count: 2), One(f: [Self.one, Self.two]),
      into: One(f: [Pair(), Pair()]), wire: "0001 02 0003 04", json: pairs(2))
  }

  @Test func k55SignedCountsBehindAPointer() throws { try expectPointed(Int32(2), "00000002") }
  @Test func k56CountsOfWordsBehindAPointer() throws { try expectPointed(UInt32(2), "00000002") }
  @Test func k57CountsOfHalfWordsBehindAPointer() throws { try expectPointed(UInt16(2), "0002") }

  private func expectPointed<Count: FixedWidthInteger & WireScalar>(
    _ count: Count, _ head: String
  ) throws {
    try expectKind(
      Counted("f", \.f, Pair.vmstate, count: \.n), Many(n: count, f: [Self.one, Self.two]),
      into: Many(n: 0, f: [Pair(), Pair(), Pair()]), wire: "0001 02 0003 04", json: pairs(2),
      count: .scalar("n", \.n), head: head)
  }

  @Test func k58AllocatedByTheLoad() throws {
    try expectKind(
      Counted("f", \.f, Pair.vmstate, count: \.n, fresh: Pair()),
      Many(n: Int32(2), f: [Self.one, Self.two]), into: Many(n: 9, f: []),
      wire: "0001 02 0003 04", json: pairs(2), count: .scalar("n", \.n), head: "00000002")
  }

  @Test func k58EveryAllocatedElementStartsAfresh() throws {
    struct Child: Sendable {
      var sent: UInt8
      var kept: UInt8
      static let vmstate = VMStateDescription<Child>("child") {
        Field("sent", \.sent)
        Local(\.kept)
      }
    }
    let table = VMStateDescription<Many<UInt8, [Child]>>("k") {
      Field("n", \.n)
      Counted("f", \.f, Child.vmstate, count: \.n, fresh: Child(sent: 0, kept: 7))
    }
    // The same number of elements as before must not keep what the old ones held.
    var state = Many(n: UInt8(1), f: [Child(sent: 1, kept: 1)])
    #expect(try load(table, into: &state, hex("01 05")) == [])
    #expect(state.f[0].sent == 5 && state.f[0].kept == 7)
  }

  @Test func k59PointersToStructures() throws {
    try expectKind(
      Pointers("f", \.f, Pair.vmstate), One<InlineArray<3, Pair?>>(f: [Self.one, nil, Self.two]),
      into: One(f: [Pair(), nil, Pair()]), wire: "0001 02 30 0003 04",
      json: pairs(3) + ", " + object("nullptr", 1) + ", " + pairs(),
      old: pairs(3), new: pairs(3) + ", " + object("ptr-marker", 1) + ", " + pairs())
    try expectKind(
      Pointers("f", \.f, Pair.vmstate, count: 2), One<[Pair?]>(f: [nil, Self.one]),
      into: One(f: [nil, Pair()]), wire: "30 0001 02",
      json: object("nullptr", 1) + ", " + pairs(), old: object("struct", 1, 2),
      new: object("ptr-marker", 1) + ", " + pairs())
  }

  @Test func k60PointersAllocatedByTheLoad() throws {
    let marker = object("ptr-marker", 1)
    try expectKind(
      Pointers("f", \.f, Pair.vmstate, count: \.n, fresh: Pair()),
      Many<UInt32, [Pair?]>(n: 3, f: [Self.one, nil, Self.two]), into: Many(n: 0, f: [Pair()]),
      wire: "31 0001 02 30 31 0003 04",
      json: "", new: [marker, pairs(), marker, marker, pairs()].joined(separator: ", "),
      count: .scalar("n", \.n), head: "00000003", profile: .qemu11_1)
  }

  @Test(arguments: [StreamProfile.qemu7_2, .qemu10_0])
  func k60OlderFormatsRefuseThem(profile: StreamProfile) {
    let table = VMStateDescription<Many<UInt32, [Pair?]>>("k") {
      Field("n", \.n)
      Pointers("f", \.f, Pair.vmstate, count: \.n, fresh: Pair())
    }
    let saving = #expect(throws: VMStateError.self) {
      try table.bytes(of: Many(n: 0, f: []), context: SaveContext(profile: profile))
    }
    let loading = loadError(
      table, into: Many(n: 0, f: []), hex("00000000"), context: LoadContext(profile: profile))
    for error in [saving, loading] {
      #expect(error?.code == .unsupported)
      #expect(error?.pathDescription == "f")
      #expect(error?.found == profile.name)
    }
  }

  @Test func k60RefusesAnotherMarker() {
    let table = VMStateDescription<Many<UInt32, [Pair?]>>("k") {
      Field("n", \.n)
      Pointers("f", \.f, Pair.vmstate, count: \.n, fresh: Pair())
    }
    let error = loadError(
      table, into: Many(n: 0, f: []), hex("00000001 32"),
      context: LoadContext(profile: .qemu11_1))
    #expect(error?.code == .badMarker)
    #expect(error?.expected == "0x30 or 0x31")
    #expect(error?.offset == 4)
  }
}
