import Testing
import TestSupport
import VMState
import VMStateDSL

/// Lines K77 to K83 of the table of field kinds.
@Suite struct ContainerKindTests {
  static let one = Pair(a: 1, b: 2)
  static let two = Pair(a: 3, b: 4)

  @Test func k77Temporaries() throws {
    struct Half: Sendable {
      var high: UInt8
      static let vmstate = VMStateDescription<Half>("half", version: 2) { Field("high", \.high) }
    }
    try expectKind(
      Temporary(
        Half.vmstate, make: { Half(high: UInt8($0.f >> 8)) },
        apply: { half, state in state.f = UInt16(half.high) << 8 }, covering: [\.f]),
      One(f: UInt16(0x1200)), into: One(f: 0), wire: "12",
      json: #"""
        {"name": "tmp", "type": "tmp", "vmsd_name": "half", "version": 2, "fields": [\#
        {"name": "high", "type": "uint8", "size": 1}], "size": 1}
        """#)
  }

  @Test func k77ATemporaryThatRefusesWhatCameFailsTheLoad() {
    struct Refusal: Error {}
    let half = VMStateDescription<One<UInt8>>("half") { Field("f", \.f) }
    let table = VMStateDescription<One<UInt8>>("k") {
      Temporary(half, make: { $0 }, apply: { _, _ in throw Refusal() }, covering: [\.f])
    }
    let error = loadError(table, into: One(f: 0), hex("12"))
    #expect(error?.code == .hookFailed)
    #expect(error?.cause is Refusal)
    #expect(error?.pathDescription == "tmp")
    #expect(error?.offset == 1)
  }

  @Test func k78TailQueues() throws {
    try expectKind(
      Queue("f", \.f, Pair.vmstate, fresh: Pair()), One(f: [Self.one, Self.two]),
      into: One(f: [Pair()]), wire: "01 0001 02 01 0003 04 00", json: list("qtailq", 2, 9))
    try expectKind(
      Queue("f", \.f, Pair.vmstate, fresh: Pair()), One(f: []), into: One(f: [Pair()]),
      wire: "00", json: list("qtailq", 0, 1))
  }

  @Test func k79Lists() throws {
    try expectKind(
      List("f", \.f, Pair.vmstate, fresh: Pair()), One(f: [Self.one]), into: One(f: []),
      wire: "01 0001 02 00", json: list("qlist", 1, 5))
  }

  @Test func k79AnyByteButZeroAnnouncesAnElement() throws {
    let table = VMStateDescription<One<[Pair]>>("k") {
      List("f", \.f, Pair.vmstate, fresh: Pair())
    }
    var state = One(f: [Pair]())
    #expect(try load(table, into: &state, hex("ff 0001 02 00 ee")) == [0xEE])
    #expect(state.f == [Self.one])
  }

  /// A list's object: its elements' members repeat the same keys.
  private func list(_ type: String, _ count: Int, _ size: Int) -> String {
    let members = repeatElement(Pair.json + ", ", count: count).joined()
    return #"{"name": "f", "type": "\#(type)", \#(members)"size": \#(size)}"#
  }

  typealias Node = TreeNode<One<UInt8>, Pair>
  static let key = VMStateDescription<One<UInt8>>("key", version: 2) { Field("f", \.f) }
  static let keyJSON = #"""
    "vmsd_name": "key", "version": 2, "fields": [{"name": "f", "type": "uint8", "size": 1}]
    """#

  @Test func k80TreesInKeyOrder() throws {
    try expectKind(
      Tree(
        "f", \.f, key: Self.key, value: Pair.vmstate,
        fresh: Node(key: One(f: 0), value: Pair()), precedes: { $0.f < $1.f }),
      One(f: [Node(key: One(f: 9), value: Self.two), Node(key: One(f: 5), value: Self.one)]),
      into: One(f: []), wire: "00000002 01 05 0001 02 01 09 0003 04 00",
      json: #"""
        {"name": "f", "type": "gtree", \#(Self.keyJSON), \#(Pair.json), \#(Self.keyJSON), \#
        \#(Pair.json), "size": 15}
        """#)
  }

  @Test func k81TreesWithNumbersAsKeys() throws {
    try expectKind(
      Tree("f", \.f, value: Pair.vmstate, fresh: Pair()),
      One(f: [TreeNode(key: UInt64.max, value: Self.two), TreeNode(key: 5, value: Self.one)]),
      into: One(f: []),
      wire: "00000002 01 0000000000000005 0001 02 01 ffffffffffffffff 0003 04 00",
      json: #"{"name": "f", "type": "gtree", \#(Pair.json), \#(Pair.json), "size": 29}"#)
  }

  @Test func k81KeysOutOfOrderAndRepeatedOnesAreSortedOut() throws {
    let table = VMStateDescription<One<[TreeNode<UInt64, Pair>]>>("k") {
      Tree("f", \.f, value: Pair.vmstate, fresh: Pair())
    }
    var state = One(f: [TreeNode<UInt64, Pair>]())
    _ = try load(
      table, into: &state,
      hex(
        """
        00000003 01 0000000000000009 0001 01 01 0000000000000005 0002 02
        01 0000000000000009 0003 03 00
        """))
    #expect(state.f.map(\.key) == [5, 9])
    #expect(state.f.map(\.value) == [Pair(a: 2, b: 2), Pair(a: 3, b: 3)])
  }

  @Test func k82ATableMayEndAtOnce() throws {
    let table = VMStateDescription<One<UInt8>>("k") {}
    #expect(try table.bytes(of: One(f: 1)) == [])
    #expect(
      try table.descriptionText(of: One(f: 1)) == #""vmsd_name": "k", "version": 0, "fields": []"#)
    var state = One(f: UInt8(1))
    #expect(try load(table, into: &state, [0xEE]) == [0xEE])
  }

  @Test func k83TheNextFreeInstance() throws {
    let registry = SaveStateRegistry()
    let table = VMStateDescription<One<UInt8>>("k") { Field("f", \.f) }
    for expected in 0..<3 {
      let body = DeviceBinding(table, StateAccess(StateBox(One(f: UInt8(expected)))))
      let entry = try registry.register(body: body, instance: .any)
      #expect(entry.instanceID == UInt32(expected))
    }
  }
}
