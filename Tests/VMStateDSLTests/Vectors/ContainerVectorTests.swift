import Testing
import TestSupport
import VMState
import VMStateDSL

/// The vectors V6 to V13 of the format's reference, failing loads included.
@Suite struct ContainerVectorTests {
  struct Number: Equatable {
    var i: Int32 = 0
    static let vmstate = VMStateDescription<Number>("test/tst", version: 1, minimum: 1) {
      Field("i", \.i)
    }
  }
  struct StructPointers {
    var array: InlineArray<4, Number?> = [Number(), Number(), Number(), Number()]
    static let vmstate = VMStateDescription<StructPointers>("test/arps", version: 1, minimum: 1) {
      Pointers("ar", \.array, Number.vmstate)
    }
    var numbers: [Int32?] { (0..<4).map { array[$0]?.i } }
  }

  @Test func v6PointersToStructures() throws {
    let full = StructPointers(array: [Number(i: 0), Number(i: 1), Number(i: 2), Number(i: 3)])
    let wire = hex("00000000 00000001 00000002 00000003")
    #expect(try StructPointers.vmstate.bytes(of: full) == wire)
    var loaded = StructPointers()
    #expect(try load(StructPointers.vmstate, into: &loaded, wire + [0]) == [0])
    #expect(loaded.numbers == [0, 1, 2, 3])
  }

  static let oneNull = hex("00000000 30 00000002 00000003")

  @Test func v7NullPointerIsAMarkerByte() throws {
    let source = StructPointers(array: [Number(i: 0), nil, Number(i: 2), Number(i: 3)])
    #expect(try StructPointers.vmstate.bytes(of: source) == Self.oneNull)
    var loaded = StructPointers(array: [Number(), nil, Number(), Number()])
    #expect(try load(StructPointers.vmstate, into: &loaded, Self.oneNull + [0]) == [0])
    #expect(loaded.numbers == [0, nil, 2, 3])
  }

  @Test func v7RefusesAnotherMarker() {
    var wire = Self.oneNull
    wire[4] = 0x31
    let error = loadError(
      StructPointers.vmstate,
      into: StructPointers(array: [Number(), nil, Number(), Number()]), wire)
    #expect(error?.code == .badMarker)
    #expect(error?.pathDescription == "ar[1]")
    #expect(error?.offset == 4)
  }

  struct PlainPointers {
    var array: InlineArray<4, Int32?>
    static let vmstate = VMStateDescription<PlainPointers>("test/arps", version: 1, minimum: 1) {
      Pointers("ar", \.array)
    }
  }

  @Test func v8PointersToScalars() throws {
    #expect(
      try PlainPointers.vmstate.bytes(of: PlainPointers(array: [0, nil, 2, 3])) == Self.oneNull)
    var loaded = PlainPointers(array: [3, nil, 1, 0])
    #expect(try load(PlainPointers.vmstate, into: &loaded, Self.oneNull + [0]) == [0])
    #expect((0..<4).map { loaded.array[$0] } == [0, nil, 2, 3])
  }

  struct Item: Equatable {
    var b = false
    var u8: UInt8 = 0
    static let vmstate = VMStateDescription<Item>("test/queue-element", version: 1, minimum: 1) {
      Field("b", \.b)
      Field("u8", \.u8)
    }
  }
  struct QueueState: Equatable {
    var i16: Int16 = 0
    var queue: [Item] = []
    var i32: Int32 = 0
    static let vmstate = VMStateDescription<QueueState>("test/queue", version: 1, minimum: 1) {
      Field("i16", \.i16)
      Queue("q", \.queue, Item.vmstate, fresh: Item()).since(1)
      Field("i32", \.i32)
    }
  }

  @Test func v9TailQueue() throws {
    let source = QueueState(
      i16: -512, queue: [Item(b: true, u8: 130), Item(b: false, u8: 65)], i32: 70000)
    let wire = hex("fe00 01 01 82 01 00 41 00 00011170")
    #expect(try QueueState.vmstate.bytes(of: source) == wire)
    var loaded = QueueState()
    #expect(try load(QueueState.vmstate, into: &loaded, wire + [0], version: 1) == [0])
    #expect(loaded == source)
  }

  struct Entry: Equatable {
    var id: UInt32 = 0
    static let vmstate = VMStateDescription<Entry>("test/queue list", version: 1, minimum: 1) {
      Field("id", \.id)
    }
  }
  struct ListState: Equatable {
    var id: UInt32 = 0
    var list: [Entry] = []
    static let vmstate = VMStateDescription<ListState>(
      "test/container/qlist", version: 1, minimum: 1
    ) {
      Field("id", \.id)
      List("list", \.list, Entry.vmstate, fresh: Entry()).since(1)
    }
  }

  @Test func v12ListKeepsOrderAndCanBeEditedAfterwards() throws {
    let source = ListState(
      id: 1, list: [0x0a, 0x0b00, 0x0c_0000, 0x0d00_0000].map { Entry(id: $0) })
    let wire = hex("00000001 01 0000000a 01 00000b00 01 000c0000 01 0d000000 00")
    #expect(try ListState.vmstate.bytes(of: source) == wire)
    var loaded = ListState()
    #expect(try load(ListState.vmstate, into: &loaded, wire + [0]) == [0])
    #expect(loaded == source)
    loaded.list.insert(Entry(id: 0x12), at: 1)
    loaded.list.insert(Entry(id: 0x13), at: 0)
    loaded.list.insert(Entry(id: 0x14), at: loaded.list.count - 1)
    loaded.list.append(Entry(id: 0x15))
    loaded.list.remove(at: loaded.list.count - 2)
    #expect(
      loaded.list.map(\.id) == [0x13, 0x0a, 0x12, 0x0b00, 0x0c_0000, 0x14, 0x15])
  }

  struct Parent: Equatable {
    var a: UInt32 = 0
    var b: UInt32 = 0
    var d: UInt64 = 0
    var f: UInt64 = 0
    static let child = VMStateDescription<Parent>("test/tmp_child_parent") { Field("f", \.f) }
    static let vmstate = VMStateDescription<Parent>("test/with_tmp", version: 1, minimum: 0) {
      Field("a", \.a)
      Field("d", \.d)
      Temporary(
        Child.vmstate, make: { Child(diff: Int64($0.b) - Int64($0.a), parent: $0) },
        apply: { child, parent in
          parent.f = child.parent?.f ?? 0
          parent.b = UInt32(truncatingIfNeeded: Int64(parent.a) + child.diff)
        }, covering: [\.b, \.f])
    }
  }
  struct Child {
    var diff: Int64 = 0
    var parent: Parent?
    static let vmstate = VMStateDescription<Child>("test/tmp_child") {
      Field("diff", \.diff)
      Pointee("parent", \.parent, Parent.child)
    }
  }

  @Test func v13TemporaryCopiesBetweenItselfAndTheOwner() throws {
    let source = Parent(a: 2, b: 4, d: 1, f: 8)
    let wire = hex("00000002 0000000000000001 0000000000000002 0000000000000008")
    #expect(try Parent.vmstate.bytes(of: source) == wire)
    var loaded = Parent()
    #expect(try load(Parent.vmstate, into: &loaded, wire + [0], version: 1) == [0])
    #expect(loaded == source)
    expectRobust(Parent.vmstate, Parent(), wire + [0])
  }
}
