/// What a save did with memory, by QEMU's rules.
///
/// QEMU: `MigrationRAMInfo`, qapi/migration.json; `mig_stats`, migration/migration-stats.h.
public struct RAMStatistics: Sendable, Hashable {
  /// Bytes on all channels so far. In streams of 7.2: only those of page records, of the ends of
  /// PART sections, and of packets on multifd channels.
  public var transferred: UInt64 = 0
  /// Bytes of memory that take part.
  public var total: UInt64 = 0
  /// Bytes of pages that are dirty as far as is known.
  public var remaining: UInt64 = 0
  /// Pages of zeros sent (`duplicate`).
  public var zeroPages: UInt64 = 0
  /// Pages sent whole (`normal`).
  public var normalPages: UInt64 = 0
  /// Bytes of those pages.
  public var normalBytes: UInt64 { normalPages &* UInt64(pageSize) }
  /// Millions of bits per second: of the last slice of 100 ms, and at the end of the whole save
  /// after its setup.
  public var megabitsPerSecond = 0.0
  /// Pages of any form sent per second in the last slice.
  public var pagesPerSecond: UInt64 = 0
  /// Bytes of a target page.
  public var pageSize = 0
  /// Pages that the machine dirtied per second, over at least a second.
  public var dirtyPagesPerSecond: UInt64 = 0
  /// Looks at the dirty log.
  public var dirtySyncCount: UInt64 = 0
  /// Looks at the dirty log before which the kernel had copied what it was to send from its
  /// place. Pages are sent from their place only by calls that end when they are sent, so none.
  public var missedZeroCopies: UInt64 = 0
  /// Pages that the destination asked for.
  public var postcopyRequests: UInt64 = 0
  /// Bytes on multifd channels.
  public var multifdBytes: UInt64 = 0
  /// Bytes of records while the machine ran.
  public var precopyBytes: UInt64 = 0
  /// Bytes of records while it stood still.
  public var downtimeBytes: UInt64 = 0
  /// Bytes of records after the destination had started.
  public var postcopyBytes: UInt64 = 0
  /// The generation has a count of skipped pages, which is always 0 (7.2).
  public var hasSkipped = false

  /// All zero.
  public init() {}

  init(_ values: RAMProgress.Values, _ save: SaveProgress, countsWholeStream: Bool) {
    total = values.totalBytes
    remaining = values.dirtyPages &* UInt64(values.pageSize)
    zeroPages = values.zeroPages
    normalPages = values.normalPages
    pagesPerSecond = save.pagesPerSecond
    pageSize = values.pageSize
    dirtyPagesPerSecond = values.dirtyPagesPerSecond
    dirtySyncCount = values.syncs
    postcopyRequests = values.postcopyRequests
    multifdBytes = values.multifdBytes
    precopyBytes = values.precopyBytes
    downtimeBytes = values.downtimeBytes
    postcopyBytes = values.postcopyBytes
    hasSkipped = !countsWholeStream
    transferred =
      countsWholeStream
      ? save.transferredBytes : precopyBytes + downtimeBytes + postcopyBytes + multifdBytes
  }
}
