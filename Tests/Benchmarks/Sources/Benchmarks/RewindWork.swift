import CBaselines
import VMState

/// A machine that stands still and dirties pages of one block, with a rewind buffer; and the
/// same pages copied by C.
final class RewindWork: MachineControl, @unchecked Sendable {
  // One thread.
  let pages: Int
  let dirty: Int
  let ringSize: Int
  private let registry = SaveStateRegistry()
  private let block: RAMBlock
  private let memory: UnsafeMutableRawPointer
  // Of no block: who takes marks out of a block's log makes the buffer look at every page.
  private let otherLog: DirtyLog
  private let log: UnsafeMutablePointer<UInt64>
  private let ring: UnsafeMutablePointer<UInt8>
  private var next = 0
  private var seed: UInt64 = 1
  private(set) var buffer: RewindBuffer?
  private var position = 0

  var runState: RunState { .paused }
  func stop(_ state: RunState) {}
  func start(_ state: RunState) {}
  func withDeviceLock(_ body: () -> Void) { body() }

  /// - Parameters:
  ///   - history: Bytes for contents beside the whole copy of the memory.
  ///   - device: The reference device is part of the machine.
  init(size: Int, history: Int, device: ReferenceDevice?) throws(VMStateError) {
    pages = size / 4096
    dirty = max(1, pages / 100)
    ringSize = history
    block = try RAMBlock(
      "ram", memory: GuestMemory(mapping: UInt64(size)), usedLength: UInt64(size))
    memory = block.memory.base
    bl_random_memory(memory.assumingMemoryBound(to: UInt8.self), size, 1)
    otherLog = DirtyLog(pageCount: pages)
    log = .allocate(capacity: pages / 64 + 1)
    log.initialize(repeating: 0, count: pages / 64 + 1)
    ring = bl_map(history)!
    let blocks = RAMBlockList()
    try blocks.add(block)
    if let device { try registry.register(device, ReferenceState.vmstate) }
    buffer = try RewindBuffer(
      registry: registry, blocks: blocks, machine: self,
      options: RewindOptions(byteLimit: UInt64(size + size / 512 + history)))
  }

  /// Ends the reference to this machine.
  func close() {
    buffer = nil
    bl_unmap(ring, ringSize)
    log.deallocate()
  }

  /// Fills the ring and the buffer, so that the oldest frames have begun to go.
  func warmUp() {
    let frames = ringSize / 4096 / dirty
    copy(frames + frames / 8)
    capture(frames + frames / 8)
  }

  @inline(__always)
  private func nextPage() -> Int {
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(seed >> 33) % pages
  }

  /// The machine alone: one word in each of some pages, marked in a plain log.
  func run(_ times: Int) {
    for _ in 0..<times { dirtyPlainly() }
    for index in 0...pages / 64 { log[index] = 0 }
  }

  @inline(__always)
  private func dirtyPlainly() {
    for _ in 0..<dirty {
      let page = nextPage()
      memory.storeBytes(of: seed, toByteOffset: page &* 4096 &+ 8, as: UInt64.self)
      log[page >> 6] |= 1 << UInt64(page & 63)
    }
  }

  /// The machine alone, with the package's log.
  func runMarked(_ times: Int) {
    for _ in 0..<times { dirtyMarked(otherLog) }
  }

  @inline(__always)
  private func dirtyMarked(_ log: DirtyLog) {
    for _ in 0..<dirty {
      let page = nextPage()
      memory.storeBytes(of: seed, toByteOffset: page &* 4096 &+ 8, as: UInt64.self)
      log.mark(page...page)
    }
  }

  /// C copies the pages into a ring.
  func copy(_ times: Int) { copy(times, ringSize) }

  /// C copies the pages to the same place each time, which stays in the cache.
  func copyInPlace(_ times: Int) { copy(times, dirty * 4096) }

  private func copy(_ times: Int, _ size: Int) {
    let bytes = memory.assumingMemoryBound(to: UInt8.self)
    for _ in 0..<times {
      dirtyPlainly()
      _ = bl_keep_pages(bytes, log, pages / 64 + 1, 4096, ring, size, &next)
    }
  }

  func capture(_ times: Int) {
    for _ in 0..<times {
      dirtyMarked(block.dirtyLog)
      attempt { () throws(VMStateError) in _ = try buffer!.capture() }
    }
  }

  /// Eight steps back and eight forth, over and over.
  func step(_ times: Int) {
    for _ in 0..<times {
      let back = position < 8
      position = (position + 1) & 15
      attempt { () throws(VMStateError) in
        try back ? buffer!.stepBack() : buffer!.stepForward()
      }
    }
    // Back to the newest, where captures go on.
    if position != 0 {
      position = 0
      attempt { () throws(VMStateError) in try buffer!.restore(buffer!.frames.upperBound - 1) }
    }
  }
}
