import VMState

extension QCOW2Mapping {
  /// Most entries that are looked at to find the last mapped byte.
  private static let mostLooks = 1 << 20

  /// Behind the last guest byte from `first` on that is not known to be zero; `first` if there
  /// is none.
  ///
  /// - Throws: `badContainer` for damaged tables, `limitExceeded` where millions of entries at
  ///   the end are empty.
  mutating func mappedEnd(from first: UInt64) throws(VMStateError) -> UInt64 {
    var looks = 0
    var index = UInt64(snapshot.tableEntries)
    while index > first / span {
      index -= 1
      try count(&looks)
      var guest = index * span + span
      // An L1 entry without a table is one run of zeros.
      let (place, run) = try place(of: index * span)
      if place == .zeros, run == span { continue }
      while guest > index * span {
        guest -= header.clusterSize
        try count(&looks)
        if try !isZero(cluster: guest) { return max(first, guest + header.clusterSize) }
      }
    }
    return first
  }

  private func count(_ looks: inout Int) throws(VMStateError) {
    looks += 1
    guard looks <= Self.mostLooks else {
      throw VMStateError(
        .limitExceeded, "too many empty entries at the end of the snapshot's tables",
        expected: "at most \(Self.mostLooks)")
    }
  }

  /// True if all of a cluster's bytes are known to be zero.
  private mutating func isZero(cluster: UInt64) throws(VMStateError) -> Bool {
    var guest = cluster
    while guest < cluster + header.clusterSize {
      let (place, run) = try place(of: guest)
      if place != .zeros { return false }
      guest += run
    }
    return true
  }
}
