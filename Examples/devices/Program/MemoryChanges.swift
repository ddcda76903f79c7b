import DeviceModels
import VMState

/// Changes in memory between the rounds of a save, of all kinds that deltas know: a few bytes,
/// whole pages, pages that become zero, and pages that no cache has.
final class MemoryChanges {
  private let machine: ExampleMachine
  private var random: SeededRandom
  private var lastSync: UInt64 = 0
  private var rounds = 0

  private static let mostRounds = 16

  init(_ machine: ExampleMachine, seed: UInt64) {
    self.machine = machine
    random = SeededRandom(seed: seed ^ 0xDE17A)
    setCache(1 << 20)
  }

  private func setCache(_ bytes: UInt64) {
    var parameters = RAMParameters()
    parameters.xbzrleCacheSize = bytes
    do throws(VMStateError) {
      try machine.ramHandlers.setParameters(parameters)
    } catch {
      complain("the size of the cache: \(error)")
    }
  }

  /// Called by the save as it goes on: changes pages once for each look at the dirty log.
  func makeThem(_ progress: SaveProgress) {
    guard progress.phase == .iterating, progress.dirtySyncCount > lastSync,
      rounds < Self.mostRounds
    else { return }
    lastSync = progress.dirtySyncCount
    rounds += 1
    if rounds == Self.mostRounds / 2 { setCache(2 << 20) }
    let pages = machine.options.memoryBytes >> 12
    for _ in 0..<200 { changeWord(hot(of: pages)) }
    for _ in 0..<40 { changeWord(random.next() % pages) }
    for _ in 0..<40 { changePage(hot(of: pages)) { self.random.next() } }
    for _ in 0..<20 { changePage(hot(of: pages)) { 0 } }
  }

  private func hot(of pages: UInt64) -> UInt64 {
    min(256 + random.next() % 200, pages - 1)
  }

  private func changeWord(_ page: UInt64) {
    machine.memory.store(random.next(), at: page << 12 + random.next() % 512 * 8)
  }

  private func changePage(_ page: UInt64, _ word: () -> UInt64) {
    for offset in stride(from: UInt64(0), to: 4096, by: 8) {
      machine.memory.store(word(), at: page << 12 + offset)
    }
  }

  /// False, with a complaint, if a kind of page did not occur.
  func haveHadEffect() throws -> Bool {
    let values = machine.ramHandlers.progress.current.xbzrle
    say(
      "deltas: \(values.pages) pages found in the cache, \(values.cacheMisses) not, "
        + "\(values.overflows) overflows, \(values.bytes) bytes")
    guard values.cacheMisses > 0, values.overflows > 0, values.pages > values.overflows else {
      complain("not every kind of page has occurred")
      return false
    }
    return true
  }
}
