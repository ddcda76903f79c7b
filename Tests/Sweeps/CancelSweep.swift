import TestSupport
import VMState

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Saves and loads through sockets, cancelled at random moments while another process writes the
/// source's memory. After each the source runs on and its state travels whole; nothing leaks.
struct CancelSweep {
  /// Who is cancelled.
  private enum Victim: UInt64 { case save, load, both, peer }

  static func run(_ arguments: Arguments) throws {
    var sweep = try CancelSweep(arguments.seed)
    defer { sweep.process.end() }
    try sweep.sweep(arguments.count ?? 1000)
  }

  private static let pageCount = 1024
  private let process: DirtyProcess
  private let source: CancelMachine
  private var random: SeededGenerator
  private var counts = (cancelled: 0, tooLate: 0)
  // The longest whole transfer of each way so far, in microseconds.
  private var times = CancelWay.all.map { _ in UInt64(2000) }

  private init(_ seed: UInt64) throws {
    process = DirtyProcess(pageCount: Self.pageCount, seed: seed)
    source = try CancelMachine(process)
    random = SeededGenerator(seed: seed)
    source.start(.running)
    Watch.start(seed: seed)
  }

  private mutating func sweep(_ count: Int) throws {
    // What the runtime keeps for itself is there before anything is counted.
    for way in CancelWay.all.indices { try travelWhole(way) }
    let before = Resources()
    for number in 0..<count {
      Watch.enter("cancels", stream: number % CancelWay.all.count, case: number)
      let way = number % CancelWay.all.count
      try cancelOne(way)
      try travelWhole((way + 1) % CancelWay.all.count)
      try before.expectNoMore(after: number)
    }
    Watch.leave()
    try before.expectLittleMoreMemory()
    System.print(
      "cancels: \(count) transfers while another process wrote; \(counts.cancelled) ended early, "
        + "\(counts.tooLate) were complete; after each the memory travelled whole; no descriptor, "
        + "thread or memory was left behind")
    guard counts.cancelled > count / 4 else { throw Violation("too few were cancelled in time") }
  }

  /// A transfer that is let be.
  private mutating func travelWhole(_ index: Int) throws {
    let way = CancelWay.all[index]
    let target = try CancelMachine(pageCount: Self.pageCount, .disposable)
    let began = System.seconds
    let transfer = try Transfer(source, target, way)
    let (save, load) = transfer.outcome
    times[index] = max(times[index], UInt64((System.seconds - began) * 1_000_000))
    if let error = save ?? load { throw Violation("\(way): \(error)") }
    guard memcmp(target.block.memory.base, process.memory.base, process.memory.count) == 0 else {
      throw Violation("\(way): the memory that arrived is not the source's")
    }
    source.start(.running)
  }

  private mutating func cancelOne(_ index: Int) throws {
    let way = CancelWay.all[index]
    let isProtected = Bool.random(using: &random)
    let target = try CancelMachine(
      pageCount: Self.pageCount, isProtected ? .protected : .disposable)
    if isProtected { memset(target.block.memory.base, 0xA5, process.memory.count) }
    let victim = Victim(rawValue: random.next() % 4) ?? .both
    let delay = random.next() % (times[index] + times[index] / 4)
    let transfer = try Transfer(source, target, way)
    usleep(UInt32(delay))
    switch victim {
    case .save: transfer.save.cancel()
    case .load: transfer.load.cancel()
    case .both:
      transfer.save.cancel()
      transfer.load.cancel()
    case .peer: transfer.cutChannels()
    }
    let (save, load) = transfer.outcome
    try judge(way, victim, save, load, target, isProtected)
  }

  private mutating func judge(
    _ way: CancelWay, _ victim: Victim, _ save: VMStateError?, _ load: VMStateError?,
    _ target: CancelMachine, _ isProtected: Bool
  ) throws {
    if save == nil {
      guard !source.runState.isLive else { throw Violation("\(way): saved, and runs on") }
      source.start(.running)
    } else {
      guard source.runState == .running else {
        throw Violation("\(way): the machine does not run after \(save!): \(source.runState)")
      }
    }
    if load != nil || save != nil { counts.cancelled += 1 } else { counts.tooLate += 1 }
    guard load != nil else { return }
    let expected: UInt8 = isProtected ? 0xA5 : 0
    let bytes = UnsafeRawBufferPointer(
      start: target.block.memory.base, count: process.memory.count)
    guard bytes.allSatisfy({ $0 == expected }) else {
      throw Violation("\(way), \(victim): a load that failed left something: \(load!)")
    }
  }
}

/// A save and a load that run at the same time.
private struct Transfer {
  let save: RunningTransfer<SaveProgress, SaveResult>
  let load: RunningTransfer<LoadProgress, LoadResult>
  private let pairs: [(SocketChannel, SocketChannel)]

  init(_ source: CancelMachine, _ target: CancelMachine, _ way: CancelWay) throws {
    pairs = try (0...way.channels).map { _ in try SocketChannel.makePair() }
    if way.channels > 0 {
      source.ram.multifd = MultifdChannels(pairs.dropFirst().map(\.0), options: way.multifd)
      target.ram.multifd = MultifdChannels(pairs.dropFirst().map(\.1), options: way.multifd)
    }
    load = try target.loader(way).start(from: pairs[0].1)
    save = try source.saver(way).start(to: pairs[0].0)
  }

  /// The network goes away.
  func cutChannels() { for (one, _) in pairs { one.shutdown() } }

  /// Waits for both; their errors.
  var outcome: (save: VMStateError?, load: VMStateError?) {
    let saved = Waiting(save)
    let loaded = Waiting(load)
    let error = saved.error
    // A source that stops early hangs up.
    if error != nil { for (one, _) in pairs { one.shutdown() } }
    return (error, loaded.error)
  }
}

/// The end of a transfer, for a caller without tasks.
private final class Waiting: Sendable {
  private let ended = Guarded<VMStateError??>(nil)

  init<Progress: Sendable, Success: Sendable>(_ transfer: RunningTransfer<Progress, Success>) {
    Task {
      do throws(VMStateError) {
        _ = try await transfer.result()
        self.ended.withLock { $0 = .some(nil) }
      } catch {
        self.ended.withLock { $0 = .some(error) }
      }
    }
  }

  var error: VMStateError? {
    while true {
      if let ended = ended.withLock({ $0 }) { return ended }
      usleep(50)
    }
  }
}

/// What a process holds of its system.
private struct Resources {
  private let descriptors = Resources.count(of: "/proc/self/fd")
  private let threads = Resources.count(of: "/proc/self/task")
  private let memory = System.peakMemory

  private static func count(of folder: String) -> Int {
    guard let handle = opendir(folder) else { return 0 }
    defer { closedir(handle) }
    var count = 0
    while readdir(handle) != nil { count += 1 }
    return count
  }

  /// Threads may take a moment to be gone after they have said so.
  func expectNoMore(after number: Int) throws {
    for attempt in 0... {
      let left = (
        Self.count(of: "/proc/self/fd") - descriptors, Self.count(of: "/proc/self/task") - threads
      )
      if left.0 <= 0, left.1 <= 0 { return }
      guard attempt < 1000 else {
        throw Violation("\(left.0) descriptors and \(left.1) threads are left after \(number)")
      }
      usleep(1000)
    }
  }

  func expectLittleMoreMemory() throws {
    let more = System.peakMemory - memory
    guard more < 64 << 20 else { throw Violation("the peak of memory has grown by \(more) bytes") }
  }
}
