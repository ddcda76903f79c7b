import VMState

/// Guest memory's handlers, with the live memory read-only until the commit: a write before
/// that is a signal.
final class GuardedRAM: SaveVMHandlers, StagedMemory {
  private let inner: RAMHandlers
  private let memory: [SharedMemory]
  private(set) var commits = 0
  /// Child processes do not get the second copies that a load makes. To share them takes most
  /// of a child's time, and nothing may look at them when a load ends early.
  var keepsStageFromChildren = false

  init(_ inner: RAMHandlers, _ memory: [SharedMemory]) {
    self.inner = inner
    self.memory = memory
    for piece in memory { piece.protect(true) }
  }

  func loadSetup(_ context: LoadContext) throws { try inner.loadSetup(context) }

  func loadState(
    from reader: inout StreamReader, version: Int, kind: SectionKind, _ context: LoadContext
  ) throws {
    try inner.loadState(from: &reader, version: version, kind: kind, context)
    if keepsStageFromChildren, kind == .start {
      memory.forEach { System.keepFromChildren($0.count) }
    }
  }

  func switchoverStart(_ context: LoadContext) throws { try inner.switchoverStart(context) }

  func commitLoad() {
    commits += 1
    for piece in memory { piece.protect(false) }
    inner.commitLoad()
  }

  func finishLoad() { inner.finishLoad() }
  func abortLoad() { inner.abortLoad() }
  func loadCleanup() { inner.loadCleanup() }

  func read(
    block: String, offset: UInt64, into target: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    try inner.read(block: block, offset: offset, into: target)
  }
}
