extension RAMBlock {
  /// A snapshot that is being taken, and this block's part in it.
  struct SnapshotLink: Sendable {
    let snapshot: MemorySnapshot
    let block: SnapshotBlock
  }

  /// Says that bytes are about to change: to be called *before* the store by writers that store
  /// to memory directly, where a background snapshot may be taken by
  /// `SnapshotMethod.announcedWrites`; `write` calls it itself. To be called with either method
  /// before memory is given back to the system (a balloon), which protection does not see.
  ///
  /// Costs next to nothing while no snapshot is taken. Else it returns when the present content
  /// is safe, so it may wait for the save; the thread of the save must not come here.
  ///
  /// - Parameters:
  ///   - offset: Byte offset in the block.
  ///   - count: Bytes; what lies behind the used length does not count.
  public func willWrite(offset: UInt64, count: UInt64) {
    guard hasSnapshot.load(ordering: .acquiring), let link = snapshot.withLock({ $0 })
    else { return }
    link.snapshot.willWrite(link.block, offset: offset, count: count)
  }

  /// Links the block with a snapshot that begins, or with none. The machine stands still at the
  /// begin.
  func keep(_ snapshot: MemorySnapshot?, _ block: SnapshotBlock?) {
    var link: SnapshotLink?
    if let snapshot, let block { link = SnapshotLink(snapshot: snapshot, block: block) }
    self.snapshot.withLock { [link] in $0 = link }
    hasSnapshot.store(link != nil, ordering: .releasing)
  }
}
