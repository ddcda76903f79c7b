#if os(Linux)
  import Glibc

  /// The kernel's map of this process's pages, asked which of them were written.
  ///
  /// Linux: `PAGEMAP_SCAN`, `/proc/self/pagemap` and `/proc/self/clear_refs`.
  final class WrittenPages {
    /// The number of `PAGEMAP_SCAN`.
    static let scan: UInt = 0xC060_6610
    private static let regionLimit = 512
    private static let softDirtyBit: UInt64 = 1 << 55

    private let file: Int32
    private let clearing: Int32
    // Start, end and categories of each region.
    private let regions = UnsafeMutablePointer<UInt64>.allocate(capacity: 3 * regionLimit)

    /// Opens the map.
    ///
    /// - Parameter clears: Also the file by which soft-dirty bits are cleared.
    /// - Throws: `unsupported` with the system's error number as its cause.
    init(clears: Bool) throws(VMStateError) {
      let map = SystemCall.open("/proc/self/pagemap".utf8CString.map { $0 }, O_RDONLY)
      guard map >= 0 else { throw UserFaults.refused("the kernel refused its page map", map) }
      file = Int32(map)
      guard clears else {
        clearing = -1
        return
      }
      let other = SystemCall.open("/proc/self/clear_refs".utf8CString.map { $0 }, O_WRONLY)
      clearing = Int32(clamping: other)
      if other < 0 {
        throw UserFaults.refused("the kernel refused to clear soft-dirty bits", other)
      }
    }

    deinit {
      SystemCall.close(file)
      if clearing >= 0 { SystemCall.close(clearing) }
      regions.deallocate()
    }

    /// Finds written pages of a range that is watched asynchronously and protects them again,
    /// page by page in one step, so that no write falls between.
    ///
    /// - Parameter found: Takes each run of written pages as addresses.
    func takeWritten(
      _ range: Range<UInt64>, found: (Range<UInt64>) -> Void
    ) throws(VMStateError) {
      try scanWritten(range, protects: true, found)
    }

    /// Finds written pages of such a range, and leaves them as they are.
    func findWritten(
      _ range: Range<UInt64>, found: (Range<UInt64>) -> Void
    ) throws(VMStateError) {
      try scanWritten(range, protects: false, found)
    }

    private func scanWritten(
      _ range: Range<UInt64>, protects: Bool, _ found: (Range<UInt64>) -> Void
    ) throws(VMStateError) {
      var start = range.lowerBound
      while start < range.upperBound {
        // Written is category bit 1. Flags: protect what matches, and only where a watch is.
        var words: [UInt64] = [
          96, protects ? 3 : 2, start, range.upperBound, 0, UInt64(UInt(bitPattern: regions)),
          UInt64(Self.regionLimit), 0, 0, 2, 0, 2,
        ]
        let count = words.withUnsafeMutableBytes { bytes in
          SystemCall.repeated { Int(ioctl(file, Self.scan, bytes.baseAddress!)) }
        }
        guard count >= 0 else {
          throw UserFaults.refused("the kernel refused to scan the page map", count)
        }
        for index in 0..<count { found(regions[3 * index]..<regions[3 * index + 1]) }
        guard words[4] > start else { return }
        start = words[4]
      }
    }

    /// Clears the soft-dirty bit of every page of this process.
    func clearSoftDirty() throws(VMStateError) {
      let result = withUnsafeBytes(of: UInt8(ascii: "4")) { byte in
        SystemCall.repeated { Glibc.write(clearing, byte.baseAddress, 1) }
      }
      if result < 0 {
        throw UserFaults.refused("the kernel refused to clear soft-dirty bits", result)
      }
    }

    /// Finds pages whose soft-dirty bit is set.
    func findSoftDirty(
      _ range: Range<UInt64>, found: (Range<UInt64>) -> Void
    ) throws(VMStateError) {
      let size = UInt64(AnonymousMapping.hostPageSize)
      var page = range.lowerBound / size
      let end = range.upperBound / size
      while page < end {
        let count = min(UInt64(3 * Self.regionLimit), end - page)
        let buffer = UnsafeMutableRawBufferPointer(start: regions, count: Int(count) * 8)
        let got = SystemCall.read(file, buffer, at: page * 8)
        guard got >= 8 else { throw UserFaults.refused("the kernel refused its page map", got) }
        for index in 0..<(got / 8) where regions[index] & Self.softDirtyBit != 0 {
          let start = (page + UInt64(index)) * size
          found(start..<start + size)
        }
        page += UInt64(got / 8)
      }
    }

    /// True if the bits can be cleared, and a write sets them: a kernel built without them
    /// accepts the clearing and never sets one.
    func tellsSoftDirty() throws(VMStateError) -> Bool {
      let mapping = try AnonymousMapping(length: UInt64(AnonymousMapping.hostPageSize))
      let start = UInt64(UInt(bitPattern: mapping.base))
      var (before, after) = (false, false)
      mapping.base.storeBytes(of: 1, as: UInt8.self)
      try clearSoftDirty()
      try findSoftDirty(start..<start + UInt64(mapping.length)) { _ in before = true }
      mapping.base.storeBytes(of: 2, as: UInt8.self)
      try findSoftDirty(start..<start + UInt64(mapping.length)) { _ in after = true }
      return !before && after
    }
  }
#endif
