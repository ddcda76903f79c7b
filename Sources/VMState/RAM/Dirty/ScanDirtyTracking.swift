#if os(Linux)
  /// Dirty tracking by asynchronous write protection: the kernel notes the first write to a
  /// page and lets it pass; a scan takes the notes and protects again in one step.
  ///
  /// Sees every write of this process, whoever makes it, and those the kernel makes for it;
  /// not those of another process through a shared mapping. Linux 6.7 or later; private,
  /// shared and huge-page memory.
  public final class ScanDirtyTracking: DirtyTracking {
    /// Bytes that one look of the kernel spans, so that the machine's own changes of its
    /// memory map wait briefly only.
    static let chunk: UInt64 = 64 << 20

    private let faults: UserFaults
    private let map: WrittenPages
    private var ranges: [ObjectIdentifier: DirtyRange] = [:]
    /// A look leaves the pages as they are; they are protected again piece by piece, as the save
    /// comes to them.
    public let clearsByChunks: Bool

    /// Opens the kernel's interfaces.
    ///
    /// - Parameter clearsByChunks: True costs a second scan, and saves the machine's writes
    ///   between a look and the time when the save comes to their page.
    /// - Throws: `unsupported`, with the system's error, where it refuses.
    public init(clearsByChunks: Bool = false) throws(VMStateError) {
      self.clearsByChunks = clearsByChunks
      faults = try UserFaults([.writeProtection, .sharedMemory, .untouchedPages, .asynchronous])
      map = try WrittenPages(clears: false)
      // A kernel may know the protection and not the scan.
      let probe = try AnonymousMapping(length: UInt64(AnonymousMapping.hostPageSize))
      let start = UInt64(UInt(bitPattern: probe.base))
      let range = start..<start + UInt64(probe.length)
      try faults.watch(range)
      defer { faults.unwatch(range) }
      try map.takeWritten(range) { _ in }
    }

    /// Watches the block's memory and protects all of it.
    public func start(_ block: RAMBlock) throws(VMStateError) {
      let range = try DirtyRange(block)
      do throws(VMStateError) {
        try faults.watch(range.addresses)
        try faults.setProtected(true, range.addresses)
      } catch {
        throw error.within(block.idstr)
      }
      ranges[ObjectIdentifier(block)] = range
    }

    /// Takes or reads the kernel's notes, chunk by chunk.
    public func sync(_ block: RAMBlock, into bitmap: PageBitmap) throws(VMStateError) {
      guard let range = ranges[ObjectIdentifier(block)] else { return }
      try scan(range, range.addresses, takes: !clearsByChunks, bitmap)
    }

    /// Takes the kernel's notes of some pages.
    public func clear(
      _ block: RAMBlock, _ pages: Range<Int>, into bitmap: PageBitmap
    ) throws(VMStateError) {
      guard let range = ranges[ObjectIdentifier(block)] else { return }
      let hostPage = max(UInt64(AnonymousMapping.hostPageSize), block.pageSize)
      try scan(range, range.addresses(of: pages, hostPage: hostPage), takes: true, bitmap)
    }

    private func scan(
      _ range: DirtyRange, _ addresses: Range<UInt64>, takes: Bool, _ bitmap: PageBitmap
    ) throws(VMStateError) {
      var start = addresses.lowerBound
      while start < addresses.upperBound {
        let end = min(start + Self.chunk, addresses.upperBound)
        if takes {
          try map.takeWritten(start..<end) { bitmap.mark(range.pages($0)) }
        } else {
          try map.findWritten(start..<end) { bitmap.mark(range.pages($0)) }
        }
        start = end
      }
    }

    /// Ends the watch.
    public func stop(_ block: RAMBlock) {
      guard let range = ranges.removeValue(forKey: ObjectIdentifier(block)) else { return }
      faults.unwatch(range.addresses)
    }

    deinit { for range in ranges.values { faults.unwatch(range.addresses) } }
  }
#endif
