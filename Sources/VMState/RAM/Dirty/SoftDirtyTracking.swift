#if os(Linux)
  /// Dirty tracking by the soft-dirty bits of the page map.
  ///
  /// The bits are read in one step and cleared in another, for the whole process: a write
  /// between the two would be lost, so the machine's owner holds its threads still for the
  /// look. Kernels built without the bits are found out by a trial write.
  public final class SoftDirtyTracking: DirtyTracking {
    private let map: WrittenPages
    private let standStill: DirtyTrackingMethod.StandStill
    // Clearing is for all blocks: what one block's look finds of another is kept here.
    private var watched: [ObjectIdentifier: (range: DirtyRange, found: PageBitmap)] = [:]

    /// Opens the kernel's files and tries the bits; clears those of the whole process.
    ///
    /// - Throws: `unsupported` where the kernel refuses, or has no such bits.
    public init(_ standStill: @escaping DirtyTrackingMethod.StandStill) throws(VMStateError) {
      self.standStill = standStill
      map = try WrittenPages(clears: true)
      guard try map.tellsSoftDirty() else {
        throw VMStateError(
          .unsupported, "this kernel was built without soft-dirty bits (CONFIG_MEM_SOFT_DIRTY)")
      }
    }

    /// Watches a block from a cleared state on.
    public func start(_ block: RAMBlock) throws(VMStateError) {
      let range = try DirtyRange(block)
      try look()
      watched[ObjectIdentifier(block)] = (range, PageBitmap(pageCount: range.pageCount))
    }

    /// Looks at all watched blocks and reports this one's pages.
    public func sync(_ block: RAMBlock, into bitmap: PageBitmap) throws(VMStateError) {
      guard let item = watched[ObjectIdentifier(block)] else { return }
      try look()
      for index in 0..<item.found.wordCount where item.found.words[index] != 0 {
        bitmap.mark(word: index, bits: item.found.words[index])
        item.found.words[index] = 0
      }
    }

    /// Ends the watch.
    public func stop(_ block: RAMBlock) { watched[ObjectIdentifier(block)] = nil }

    private func look() throws(VMStateError) {
      var failure: VMStateError?
      standStill {
        do throws(VMStateError) {
          for item in watched.values {
            try map.findSoftDirty(item.range.addresses) { item.found.mark(item.range.pages($0)) }
          }
          try map.clearSoftDirty()
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
    }
  }
#endif
