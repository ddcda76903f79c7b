import VMState

/// Overwrites a machine's main memory, each time from another place on, by plain stores.
final class Overwriter: @unchecked Sendable {
  private static let pagesPerTurn = 128

  private let block: RAMBlock
  private let announces: Bool
  private var page: UInt64
  private var random: SeededRandom

  init(_ machine: ExampleMachine, _ index: Int) {
    block = machine.memory.block
    announces = machine.options.announcesWrites
    random = SeededRandom(seed: machine.options.seed &+ UInt64(index))
    page = random.next()
  }

  /// Overwrites some pages, and jumps now and then.
  func turn() {
    for _ in 0..<Self.pagesPerTurn {
      overwrite(page % (block.usedLength / 4096), random.next())
      page = random.next() % 32 == 0 ? random.next() : page &+ 1
    }
  }

  private func overwrite(_ page: UInt64, _ value: UInt64) {
    if announces { block.willWrite(offset: page << 12, count: 4096) }
    let start = block.memory.base + Int(page << 12)
    // A page in eight becomes zero.
    start.initializeMemory(
      as: UInt64.self, repeating: value & 7 == 0 ? 0 : value, count: 512)
  }
}
