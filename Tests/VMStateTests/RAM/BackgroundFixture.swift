import Synchronization
import TestSupport

@testable import VMState

/// A channel that stands still before its next write, once: until a closure returns.
final class StallingChannel: ByteChannel {
  let inner: any ByteChannel
  private let stall: @Sendable () -> Void
  private let isDue = Atomic<Bool>(false)

  init(_ inner: any ByteChannel, _ stall: @escaping @Sendable () -> Void) {
    self.inner = inner
    self.stall = stall
  }

  /// The next write stands still.
  func arm() { isDue.store(true, ordering: .releasing) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    if isDue.exchange(false, ordering: .acquiringAndReleasing) { stall() }
    return try inner.write(spans)
  }

  func shutdown() { inner.shutdown() }
  func close() throws(VMStateError) { try inner.close() }
}

/// A machine's memory and a device, saved by background snapshots.
final class BackgroundFixture {
  let list = RAMBlockList()
  let handlers: RAMHandlers
  let registry = SaveStateRegistry()
  let machine: OverwrittenMachine
  let device = ByteDevice("device", [1, 2, 3])

  init(
    _ method: SnapshotMethod, _ blocks: [RAMBlock], threads: Int = 3,
    copiedBytes: UInt64 = 16 << 20, seed: UInt64 = .random(in: 0...(.max))
  ) throws {
    print("seed \(seed)")
    for block in blocks { try list.add(block) }
    handlers = RAMHandlers(list)
    handlers.snapshotOptions = SnapshotOptions(method: method, copiedBytes: copiedBytes)
    try registry.registerLive("ram", version: 4, handlers: handlers)
    try registry.register(body: device)
    machine = OverwrittenMachine(
      list.blocks, threads: threads, announces: method == .announcedWrites, seed: seed)
  }

  deinit { machine.finish() }

  var saver: StateSaver {
    var options = SaveOptions.none()
    options.configuration.capabilities = ["background-snapshot"]
    return StateSaver(registry: registry, machine: machine, options: options)
  }

  var statistics: SnapshotStatistics { handlers.progress.current.snapshot }

  func save(_ observer: (any TransferObserver)? = nil) throws -> [UInt8] {
    let channel = MemoryChannel()
    try saver.save(to: channel, observer: observer)
    return channel.bytes
  }

  /// The memory that a stream leads to.
  func loaded(_ stream: [UInt8]) throws -> [[UInt8]] {
    let target = RAMBlockList()
    for block in list.blocks {
      try target.add(
        RAMBlock(
          block.idstr, memory: GuestMemory(mapping: block.maxLength),
          usedLength: block.usedLength, attributes: block.attributes, protection: .disposable))
    }
    let registry = SaveStateRegistry()
    try registry.registerLive("ram", version: 4, handlers: RAMHandlers(target))
    try registry.register(body: ByteDevice("device", []))
    var options = LoadOptions.none()
    options.isStrict = true
    let loader = StateLoader(
      registry: registry, machine: TestMachine(.inMigrate), options: options)
    try loader.load(from: MemoryChannel(stream))
    return target.blocks.map(\.content)
  }

  /// Methods that this system permits.
  static let permitted = SnapshotMethod.allCases.filter { method in
    do throws(VMStateError) {
      _ = try SnapshotMethod.openFaults(method)
      return true
    } catch {
      print("not permitted here: \(error)")
      return false
    }
  }
}
