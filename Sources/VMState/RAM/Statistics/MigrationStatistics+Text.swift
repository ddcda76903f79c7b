extension MigrationStatistics: CustomStringConvertible {
  /// A line for each group of numbers.
  public var description: String {
    var lines = [heading, pageLine, rateLine]
    if ram.multifdBytes > 0 { lines.append("multifd: \(ram.multifdBytes) bytes") }
    if let xbzrle { lines.append("xbzrle: \(xbzrle)") }
    if let compression { lines.append("compression: \(compression)") }
    if let throttlePercentage { lines.append("throttle: \(throttlePercentage) %") }
    if let dirtyLimit { lines.append("dirty limit: \(dirtyLimit >> 20) MiB/s for each CPU") }
    return lines.joined(separator: "\n")
  }

  private var heading: String {
    var parts = ["\(status.rawValue) after \(totalTime.wholeMilliseconds) ms"]
    if let setupTime { parts.append("setup \(setupTime.wholeMilliseconds) ms") }
    if let downtime { parts.append("downtime \(downtime.wholeMilliseconds) ms") }
    if let expectedDowntime {
      parts.append("expected downtime \(expectedDowntime.wholeMilliseconds) ms")
    }
    return parts.joined(separator: ", ")
  }

  private var pageLine: String {
    "ram: \(ram.transferred) bytes sent of \(ram.total), \(ram.remaining) left; "
      + "\(ram.normalPages) pages of \(ram.pageSize) bytes with content, "
      + "\(ram.zeroPages) of zeros"
  }

  private var rateLine: String {
    let tenths = Int64((ram.megabitsPerSecond * 10).rounded())
    return "rates: \(tenths / 10).\(tenths % 10) Mbit/s, \(ram.pagesPerSecond) pages/s; "
      + "\(ram.dirtyPagesPerSecond) pages/s dirtied, \(ram.dirtySyncCount) looks at the dirty log"
  }
}

extension XBZRLEStatistics: CustomStringConvertible {
  /// The counts.
  public var description: String {
    "\(pages) pages in \(bytes) bytes, \(cacheMisses) not in the cache of \(cacheSize) bytes, "
      + "\(overflows) too long"
  }
}

extension CompressionStatistics: CustomStringConvertible {
  /// The counts.
  public var description: String { "\(pages) pages in \(compressedBytes) bytes" }
}
