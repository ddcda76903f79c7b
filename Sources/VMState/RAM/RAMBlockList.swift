import Synchronization

/// The RAM blocks of a machine, largest `maxLength` first, equal ones in the order added.
///
/// Blocks may be added and removed by any thread; a save that is under way takes the new
/// list up at its next round. QEMU: `ram_list`, system/physmem.c.
public final class RAMBlockList: Sendable {
  /// The list at one moment.
  struct Snapshot: Sendable {
    var blocks: [RAMBlock] = []
    /// Changes with every block added or removed.
    var version: UInt64 = 0
    /// Changes with every block resized.
    var resizes: UInt64 = 0
    /// Changes with every load of the blocks, good or not.
    var loads: UInt64 = 0
  }

  /// What changed, without the blocks.
  struct Stamp {
    var version: UInt64
    var resizes: UInt64
    var loads: UInt64
  }

  /// The unit of page records; the same for all blocks.
  public let targetPageSize: TargetPageSize
  private let state = Guarded(Snapshot())
  private let changeCount = Atomic<UInt64>(0)

  /// An empty list.
  public init(targetPageSize: TargetPageSize = .standard) {
    self.targetPageSize = targetPageSize
  }

  var snapshot: Snapshot { state.withLock { $0 } }

  var stamp: Stamp {
    state.withLock { Stamp(version: $0.version, resizes: $0.resizes, loads: $0.loads) }
  }

  /// Changes with every change of the stamp; costs no lock.
  var changes: UInt64 { changeCount.load(ordering: .acquiring) }

  private func noteChange() { changeCount.add(1, ordering: .releasing) }

  /// A load has written the blocks, perhaps past the eyes of a dirty tracking.
  func noteLoad() {
    state.withLock { $0.loads += 1 }
    noteChange()
  }

  /// The blocks in order.
  public var blocks: [RAMBlock] { state.withLock { $0.blocks } }

  /// Changes with every block added or removed.
  public var version: UInt64 { state.withLock { $0.version } }

  /// The block of a name.
  public subscript(idstr: String) -> RAMBlock? { blocks.first { $0.idstr == idstr } }

  /// Adds a block.
  ///
  /// - Throws: `duplicateEntry`, `invalidRegistration` for another target page size.
  public func add(_ block: RAMBlock) throws(VMStateError) {
    guard block.targetPageSize == targetPageSize else {
      throw VMStateError(
        .invalidRegistration, "the RAM block has another target page size",
        path: [block.idstr], expected: "\(targetPageSize.bytes)",
        found: "\(block.targetPageSize.bytes)")
    }
    let added = state.withLock { state in
      if state.blocks.contains(where: { $0.idstr == block.idstr }) { return false }
      let place = state.blocks.firstIndex { $0.maxLength < block.maxLength }
      state.blocks.insert(block, at: place ?? state.blocks.count)
      state.version += 1
      return true
    }
    guard added else {
      throw VMStateError(
        .duplicateEntry, "there is a RAM block of this name already", path: [block.idstr])
    }
    noteChange()
  }

  /// Removes a block.
  ///
  /// - Throws: `unknownRAMBlock` if it is not in the list.
  public func remove(_ block: RAMBlock) throws(VMStateError) {
    let removed = state.withLock { state in
      guard let index = state.blocks.firstIndex(where: { $0 === block }) else { return false }
      state.blocks.remove(at: index)
      state.version += 1
      return true
    }
    guard removed else {
      throw VMStateError(.unknownRAMBlock, "the RAM block is not in the list", path: [block.idstr])
    }
    noteChange()
  }

  /// Gives a resizeable block another length and calls its `resized`.
  ///
  /// A save that is under way fails at its next look, as in QEMU.
  ///
  /// - Parameter length: Rounded up to pages; at most `maxLength`.
  /// - Throws: `ramBlockSize`.
  public func resize(_ block: RAMBlock, to length: UInt64) throws(VMStateError) {
    let used = try block.resizedLength(length, from: block.usedLength)
    apply(block, used: used, exact: length)
  }

  /// The part of a resize that cannot fail.
  func apply(_ block: RAMBlock, used: UInt64, exact: UInt64) {
    let (changed, told) = block.state.withLock { state in
      let changed = state.used != used
      let told = changed || state.exact != exact
      state.used = used
      state.exact = exact
      return (changed, told)
    }
    if changed {
      block.dirtyLog.markAll()
      state.withLock { $0.resizes += 1 }
      noteChange()
    }
    if told { block.resized?(block, exact) }
  }

  /// Sets what a load may do with every block of the list.
  public func protect(_ protection: RAMBlock.LoadProtection) {
    for block in blocks { block.protection = protection }
  }
}
