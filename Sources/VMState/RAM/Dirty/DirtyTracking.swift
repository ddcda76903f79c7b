/// Where the knowledge comes from which pages a running machine has written: the software
/// log, an accelerator, the kernel's page map.
///
/// All calls come from the thread of the save. Between `sync` and the next one, a page
/// written after the source cleared its own mark must be reported by that next one; clearing
/// must happen before `sync` returns, so before the page is read.
///
/// QEMU: `memory_global_dirty_log_start`, `_sync`, `_stop`, system/memory.c.
public protocol DirtyTracking: AnyObject {
  /// Begins to watch a block; everything written from now on will be reported.
  ///
  /// - Throws: What stops the save.
  func start(_ block: RAMBlock) throws(VMStateError)

  /// Adds the pages written since the last call to a bitmap, and forgets them.
  ///
  /// - Throws: What stops the save.
  func sync(_ block: RAMBlock, into bitmap: PageBitmap) throws(VMStateError)

  /// Ends the watch; called once for each started block.
  func stop(_ block: RAMBlock)
}

/// Dirty tracking by the blocks' own logs, which the machine's writers mark.
public final class SoftwareDirtyTracking: DirtyTracking {
  /// Tracking by `RAMBlock.dirtyLog`.
  public init() {}

  /// Forgets the marks made so far: the save sends every page once anyway.
  public func start(_ block: RAMBlock) { block.dirtyLog.reset() }

  /// Moves the log's marks.
  public func sync(_ block: RAMBlock, into bitmap: PageBitmap) {
    block.dirtyLog.drain(into: bitmap)
  }

  /// Nothing to do: marks cost the same whether a save runs or not.
  public func stop(_ block: RAMBlock) {}
}
