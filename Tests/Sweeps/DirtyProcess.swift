import Synchronization
import TestSupport
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A second process that writes guest memory through a shared mapping and marks what it wrote in
/// a log that is shared too, as a device in another process does.
final class DirtyProcess: @unchecked Sendable {
  static let running: UInt64 = 0

  let memory: SharedMemory
  let pageCount: Int
  private let log: UnsafeMutablePointer<Atomic<UInt64>>
  private let control: UnsafeMutablePointer<Atomic<UInt64>>
  private let shared: SharedMemory
  private var child: Int32 = 0
  // Each stop has its own number, which the child repeats.
  private var stops: UInt64 = 0

  /// Starts it, held still. This process must have no other thread yet.
  init(pageCount: Int, seed: UInt64) {
    self.pageCount = pageCount
    memory = SharedMemory(count: pageCount << 12)
    let words = (pageCount + 63) >> 6
    shared = SharedMemory(count: (words + 2) * 8)
    log = shared.base.bindMemory(to: Atomic<UInt64>.self, capacity: words + 2)
    control = log + words
    stops = 1
    control[0].store(stops, ordering: .releasing)
    let parent = getpid()
    child = System.fork()
    if child == 0 { write(of: parent, SeededGenerator(seed: seed)) }
    awaitStop()
  }

  /// Lets it write.
  func run() { control[0].store(Self.running, ordering: .releasing) }

  /// Holds it still: on return it writes nothing any more.
  func stop() {
    stops += 1
    control[0].store(stops, ordering: .releasing)
    awaitStop()
  }

  private func awaitStop() {
    while control[1].load(ordering: .acquiring) != stops { usleep(20) }
  }

  func end() {
    control[0].store(.max, ordering: .releasing)
    _ = System.wait(for: child)
  }

  /// Fetches and clears the marks.
  func takeMarks(into bitmap: PageBitmap) {
    for word in 0..<(pageCount + 63) >> 6 {
      let bits = log[word].exchange(0, ordering: .acquiringAndReleasing)
      if bits != 0 { bitmap.mark(word: word, bits: bits) }
    }
  }

  // MARK: In the child

  private func write(of parent: Int32, _ seeded: SeededGenerator) -> Never {
    var random = seeded
    // Fast at first, then slow enough for a save to catch up, however busy the machine is.
    var batches = 0
    while true {
      let command = control[0].load(ordering: .acquiring)
      // A parent that was killed has told nothing.
      if command == .max || getppid() != parent { leave(0) }
      control[1].store(command, ordering: .releasing)
      if command == Self.running {
        for _ in 0..<8 { change(Int(random.next() % UInt64(pageCount)), &random) }
        batches += 1
      } else {
        batches = 0
      }
      usleep(batches < 100 ? 50 : 10_000)
    }
  }

  /// Stores first and marks after.
  private func change(_ page: Int, _ random: inout SeededGenerator) {
    let start = memory.base + page << 12
    switch random.next() % 4 {
    case 0: memset(start, 0, 4096)
    case 1:
      for word in 0..<512 {
        start.storeBytes(of: random.next(), toByteOffset: word * 8, as: UInt64.self)
      }
    default:
      start.storeBytes(
        of: random.next(), toByteOffset: Int(random.next() % 512) * 8, as: UInt64.self)
    }
    log[page >> 6].bitwiseOr(1 << UInt64(page & 63), ordering: .acquiringAndReleasing)
  }
}

/// Dirty tracking by the log that the other process marks.
final class SharedLogTracking: DirtyTracking {
  private let process: DirtyProcess

  init(_ process: DirtyProcess) { self.process = process }

  func start(_ block: RAMBlock) {
    process.takeMarks(into: PageBitmap(pageCount: process.pageCount))
  }
  func sync(_ block: RAMBlock, into bitmap: PageBitmap) { process.takeMarks(into: bitmap) }
  func stop(_ block: RAMBlock) {}
}
