extension MigrationStatistics {
  /// An object with the members of `query-migrate`, times in milliseconds.
  public var json: JSONValue {
    guard status != .none else { return .object([]) }
    var members = Members()
    members.put("status", text: status.rawValue)
    members.put("total-time", totalTime)
    members.put("expected-downtime", expectedDowntime)
    members.put("downtime", downtime)
    members.put("setup-time", setupTime)
    members.put("ram", ram.json)
    if let xbzrle { members.put("xbzrle-cache", xbzrle.json) }
    if let compression { members.put("compression", compression.json) }
    if let throttlePercentage { members.put("cpu-throttle-percentage", throttlePercentage) }
    return members.json
  }

  /// Members of an object in order.
  fileprivate struct Members {
    private var list: [JSONValue.Member] = []

    var json: JSONValue { .object(list) }

    mutating func put(_ key: String, _ value: JSONValue) {
      list.append(.init(key: key, value: value))
    }

    mutating func put(_ key: String, text: String) { put(key, .string(text)) }

    mutating func put(_ key: String, _ value: some BinaryInteger) { put(key, .integer(value)) }

    mutating func put(_ key: String, _ value: Duration?) {
      if let value { put(key, value.wholeMilliseconds) }
    }

    /// Whole numbers without a fraction; those that are none as 0.
    mutating func put(_ key: String, real value: Double) {
      guard value.isFinite else { return put(key, 0) }
      put(key, Int64(exactly: value).map { .integer($0) } ?? .number("\(value)"))
    }
  }
}

extension RAMStatistics {
  /// An object with the members of `MigrationRAMInfo`.
  public var json: JSONValue {
    var members = MigrationStatistics.Members()
    members.put("transferred", transferred)
    members.put("remaining", remaining)
    members.put("total", total)
    members.put("duplicate", zeroPages)
    if hasSkipped { members.put("skipped", 0) }
    members.put("normal", normalPages)
    members.put("normal-bytes", normalBytes)
    members.put("dirty-pages-rate", dirtyPagesPerSecond)
    members.put("mbps", real: megabitsPerSecond)
    members.put("dirty-sync-count", dirtySyncCount)
    members.put("postcopy-requests", postcopyRequests)
    members.put("page-size", pageSize)
    members.put("multifd-bytes", multifdBytes)
    members.put("pages-per-second", pagesPerSecond)
    members.put("precopy-bytes", precopyBytes)
    members.put("downtime-bytes", downtimeBytes)
    members.put("postcopy-bytes", postcopyBytes)
    members.put("dirty-sync-missed-zero-copy", missedZeroCopies)
    return members.json
  }
}

extension XBZRLEStatistics {
  /// An object with the members of `XBZRLECacheStats`.
  public var json: JSONValue {
    var members = MigrationStatistics.Members()
    members.put("cache-size", cacheSize)
    members.put("bytes", bytes)
    members.put("pages", pages)
    members.put("cache-miss", cacheMisses)
    members.put("cache-miss-rate", real: cacheMissRate)
    members.put("encoding-rate", real: encodingRate)
    members.put("overflow", overflows)
    return members.json
  }
}

extension CompressionStatistics {
  /// An object with the members of `CompressionStats`; a page's length counts to its size.
  public var json: JSONValue {
    var members = MigrationStatistics.Members()
    members.put("pages", pages)
    members.put("busy", busy)
    members.put("busy-rate", real: busyRate)
    members.put("compressed-size", compressedBytes + 4 * pages)
    members.put("compression-rate", real: rate)
    return members.json
  }
}
