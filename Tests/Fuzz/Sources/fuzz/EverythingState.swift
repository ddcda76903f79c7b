import VMState
import VMStateDSL

/// A structure with a subsection of its own.
struct Item: Equatable {
  var flag = false
  var value: UInt16 = 0
  var extra: UInt32 = 0

  static let vmstate = VMStateDescription<Item>("fuzz item", version: 2, minimum: 1) {
    Field("flag", \.flag)
    Field("value", \.value).since(2)
  }
  .subsection("fuzz item/extra", version: 1, minimum: 1, needed: { $0.extra != 0 }) {
    Field("extra", \.extra)
  }
}

enum Mode: UInt8 { case off = 3, on = 200 }

/// A state with a row of every kind that a stream can lead astray: counts, sizes, markers,
/// lists, trees, checks, versions, hooks.
struct EverythingState: Equatable {
  var byte: UInt8 = 7
  var fixed = (UInt32(1), UInt32(2), UInt32(3))
  var four: Int32 = 4
  var ceiling: Int32 = 1000
  var mode = Mode.on
  var count: UInt16 = 2
  var counted: [UInt16] = [5, 6]
  var items: [Item] = [Item(flag: true, value: 1), Item(flag: false, value: 2, extra: 9)]
  var size: Int32 = 3
  var bytes: [UInt8] = [1, 2, 3]
  var bits: UInt32 = 70
  var map: [UInt64] = [0xF0F0, 0x2A]
  var queue: [Item] = [Item(), Item(value: 77)]
  var list: [Item] = [Item(flag: true)]
  var tree = [TreeNode(key: UInt64(1), value: Item()), TreeNode(key: 9, value: Item(value: 4))]
  var pointer: Item? = Item(value: 3)
  var expiry: Int64 = -1
  var late: UInt64 = 5
  var optional: UInt8 = 1

  static func == (left: Self, right: Self) -> Bool {
    left.byte == right.byte && left.fixed == right.fixed && left.four == right.four
      && left.ceiling == right.ceiling && left.mode == right.mode && left.count == right.count
      && left.counted == right.counted && left.items == right.items && left.size == right.size
      && left.bytes == right.bytes && left.bits == right.bits && left.map == right.map
      && left.queue == right.queue && left.list == right.list && left.tree == right.tree
      && left.pointer == right.pointer && left.expiry == right.expiry && left.late == right.late
      && left.optional == right.optional
  }
}

struct Refusal: Error {}

extension EverythingState {
  static let vmstate = VMStateDescription<EverythingState>("fuzz", version: 3, minimum: 1) {
    Field("byte", \.byte)
    Elements("fixed", \.fixed, of: UInt32.self)
    Equal("four", \.four)
    AtMost("ceiling", \.ceiling)
    Enumeration("mode", \.mode)
    Field("count", \.count)
    Counted("counted", \.counted, count: \.count, growing: true)
    Counted("items", \.items, Item.vmstate, count: \.count, fresh: Item())
    Field("size", \.size)
    Buffer("bytes", \.bytes, size: \.size, growing: true)
    Field("bits", \.bits)
    Bitmap("map", \.map, bits: \.bits, growing: true)
    Queue("queue", \.queue, Item.vmstate, fresh: Item()).since(2)
    List("list", \.list, Item.vmstate, fresh: Item()).since(2)
    Tree("tree", \.tree, value: Item.vmstate, fresh: Item()).since(2)
    Pointee("pointer", \.pointer, Item.vmstate)
    Unused(5)
    Field("expiry", \.expiry)
    Field("late", \.late).since(3)
    Validate("late is not 13") { state, _ in state.late != 13 }
  }
  .preLoad { state, _ in state.optional = 0 }
  .postLoad { state, _ in if state.byte == 0xEE { throw Refusal() } }
  .subsection("fuzz/optional", version: 1, minimum: 1, needed: { $0.optional != 0 }) {
    Field("optional", \.optional)
  }
}
