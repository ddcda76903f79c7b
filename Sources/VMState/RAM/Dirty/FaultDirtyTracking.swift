#if os(Linux)
  /// Dirty tracking by write protection whose faults a thread handles: the first write to a
  /// page stops its writer until the page is marked and the protection lifted.
  ///
  /// For kernels without the asynchronous kind that can protect pages never touched (Linux 6.4);
  /// private anonymous memory.
  public final class FaultDirtyTracking: DirtyTracking {
    private let faults: UserFaults
    private let handler: WriteFaultHandler

    /// Opens the kernel's interface and starts the thread.
    ///
    /// - Throws: `unsupported`, with the system's error, where it refuses.
    public init() throws(VMStateError) {
      faults = try UserFaults([.writeProtection, .untouchedPages])
      handler = try WriteFaultHandler(faults)
    }

    /// Watches the block's memory and protects all of it.
    public func start(_ block: RAMBlock) throws(VMStateError) {
      let range = try DirtyRange(block)
      do throws(VMStateError) {
        try faults.watch(range.addresses)
        handler.add(block, range)
        try faults.setProtected(true, range.addresses)
      } catch {
        handler.remove(block)
        throw error.within(block.idstr)
      }
    }

    /// Takes the marks and protects their pages again, chunk by chunk.
    public func sync(_ block: RAMBlock, into bitmap: PageBitmap) throws(VMStateError) {
      try handler.take(block, into: bitmap)
    }

    /// Ends the watch; a writer that waits goes on.
    public func stop(_ block: RAMBlock) {
      guard let range = handler.remove(block) else { return }
      faults.unwatch(range.addresses)
    }

    deinit { handler.end() }
  }
#endif
