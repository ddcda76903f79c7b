import TestSupport
import VMState

/// Something nested.
struct SmallChild: Sendable {
  var number: UInt32 = 0
  var flag = false

  static let vmstate = VMStateDescription<SmallChild>(
    "child", version: 2, minimum: 1,
    fields: [.scalar("number", \.number), .scalar("flag", \.flag).since(2)])

  static func random(_ generator: inout SeededGenerator) -> SmallChild {
    SmallChild(
      number: UInt32(truncatingIfNeeded: generator.next()), flag: .random(using: &generator))
  }
}

enum SmallMode: UInt8, Sendable, CaseIterable {
  case idle, busy, stopped
}

/// A length byte and bytes that are the wrong way round.
struct ReversedCodec: FieldCodec {
  var typeName: String { "reversed" }

  func encode(
    _ value: [UInt8], to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError) {
    writer.put(UInt8(value.count))
    writer.put(bytes: value.reversed())
  }

  func decode(
    into value: inout [UInt8], from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    value = try reader.getCountedBytes().reversed()
  }
}

/// One property of every kind that a table can describe.
struct SmallState: Sendable {
  var identity: UInt32 = 0x5157_4545
  var byte: UInt8 = 0
  var signed: Int16 = 0
  var word: UInt32 = 0
  var wide: UInt64 = 0
  var truth = false
  var real = 0.0
  var timer = TimerExpiry()
  var atMost: Int32 = 1000
  var mode = SmallMode.idle
  var doubled: UInt16 = 0
  var fixed = InlineArray<4, UInt16>(repeating: 0)
  var grid = InlineArray<2, InlineArray<3, UInt8>>(repeating: .init(repeating: 0))
  var pair: (UInt32, UInt32) = (0, 0)
  var optional: UInt32? = 0
  var capacityCount: UInt8 = 0
  var capacity = InlineArray<8, UInt32>(repeating: 0)
  var grownCount: UInt32 = 0
  var grown: [UInt16] = []
  var child = SmallChild()
  var children = InlineArray<2, SmallChild>(repeating: SmallChild())
  var familyCount: Int32 = 0
  var family: [SmallChild] = []
  var behind: SmallChild? = SmallChild()
  var pointers = InlineArray<3, UInt32?>(repeating: nil)
  var childPointers = InlineArray<2, SmallChild?>(repeating: nil)
  var allocatedCount: UInt16 = 0
  var allocated: [SmallChild?] = []
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  var bytesCount: UInt32 = 0
  var bytes: [UInt8] = []
  var counted: [UInt8] = []
  var bitCount: Int64 = 0
  var bits: [UInt64] = []
  var unusedCount: UInt32 = 0
  var queue: [SmallChild] = []
  var list: [SmallChild] = []
  var numbered: [TreeNode<UInt64, SmallChild>] = []
  var keyed: [TreeNode<SmallChild, SmallChild>] = []
  var temporary: UInt32 = 0
  var reversed: [UInt8] = []
  var extra: UInt32 = 0
  var deeper: UInt32 = 0
}

extension SmallState {
  /// Values within the rules of the table; `fitting` has the shape that a load expects (which
  /// pointers are there).
  static func random(seed: UInt64) -> SmallState {
    var generator = SeededGenerator(seed: seed)
    var state = SmallState()
    state.setScalars(&generator)
    state.setArrays(&generator)
    state.setContainers(&generator)
    return state
  }

  private mutating func setScalars(_ generator: inout SeededGenerator) {
    byte = UInt8(truncatingIfNeeded: generator.next())
    signed = Int16(truncatingIfNeeded: generator.next())
    word = UInt32(truncatingIfNeeded: generator.next())
    wide = generator.next()
    truth = .random(using: &generator)
    real = .random(in: -1...1, using: &generator)
    timer = TimerExpiry(.random(in: -1...1_000_000, using: &generator))
    atMost = .random(in: 0...1000, using: &generator)
    mode = .allCases.randomElement(using: &generator) ?? .idle
    doubled = .random(in: 0...0x7FFF, using: &generator)
    temporary = UInt32(truncatingIfNeeded: generator.next())
    extra = .random(in: 0...3, using: &generator)
    deeper = .random(in: 0...3, using: &generator)
  }

  private mutating func setArrays(_ generator: inout SeededGenerator) {
    for index in fixed.indices { fixed[index] = UInt16(truncatingIfNeeded: generator.next()) }
    for row in grid.indices { grid[row][1] = UInt8(truncatingIfNeeded: generator.next()) }
    pair = (word ^ 1, word ^ 2)
    optional = word ^ 3
    capacityCount = .random(in: 0...8, using: &generator)
    for index in capacity.indices { capacity[index] = word &+ UInt32(index) }
    grownCount = .random(in: 0...9, using: &generator)
    grown = (0..<grownCount).map { UInt16(truncatingIfNeeded: $0 &+ word) }
    for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: generator.next()) }
    bytesCount = .random(in: 0...20, using: &generator)
    bytes = (0..<bytesCount).map { UInt8(truncatingIfNeeded: $0 &+ word) }
    counted = bytes.reversed()
    bitCount = .random(in: 0...130, using: &generator)
    bits = (0..<(bitCount + 63) / 64).map { _ in generator.next() }
    unusedCount = .random(in: 0...4, using: &generator)
    reversed = bytes
  }

  private mutating func setContainers(_ generator: inout SeededGenerator) {
    child = .random(&generator)
    behind = .random(&generator)
    for index in children.indices { children[index] = .random(&generator) }
    familyCount = .random(in: 0...4, using: &generator)
    family = (0..<familyCount).map { _ in .random(&generator) }
    pointers[1] = word ^ 5
    childPointers[0] = .random(&generator)
    allocatedCount = .random(in: 0...4, using: &generator)
    allocated = (0..<allocatedCount).map { $0 % 2 == 0 ? nil : .random(&generator) }
    queue = (0..<Int.random(in: 0...3, using: &generator)).map { _ in .random(&generator) }
    list = (0..<Int.random(in: 0...3, using: &generator)).map { _ in .random(&generator) }
    numbered = (0..<Int.random(in: 0...3, using: &generator)).map {
      TreeNode(key: UInt64($0 * 7), value: .random(&generator))
    }
    keyed = (0..<Int.random(in: 0...3, using: &generator)).map {
      TreeNode(key: SmallChild(number: UInt32($0)), value: .random(&generator))
    }
  }
}
