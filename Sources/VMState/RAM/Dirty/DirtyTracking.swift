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

  /// True: `sync` only reports, and `clear` forgets, piece by piece. Must not change. Default:
  /// false.
  var clearsByChunks: Bool { get }

  /// Forgets the marks of some pages, just before they are read. Pages of them that were
  /// written since `sync` are added to the bitmap, unless the tracking keeps their marks.
  /// Only called if `clearsByChunks`.
  ///
  /// QEMU: `memory_region_clear_dirty_bitmap`, system/memory.c.
  ///
  /// - Throws: What stops the save.
  func clear(_ block: RAMBlock, _ pages: Range<Int>, into bitmap: PageBitmap) throws(VMStateError)

  /// Ends the watch; called once for each started block.
  func stop(_ block: RAMBlock)
}

extension DirtyTracking {
  /// No.
  public var clearsByChunks: Bool { false }
  /// Nothing to do.
  public func clear(
    _ block: RAMBlock, _ pages: Range<Int>, into bitmap: PageBitmap
  ) throws(VMStateError) {}
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
