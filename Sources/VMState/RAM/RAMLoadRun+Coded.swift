extension RAMLoadRun {
  static var nextDelta: UInt64 {
    RAMRecordFlags.xbzrle.rawValue | RAMRecordFlags.continue.rawValue
  }
  static var nextCompressed: UInt64 {
    RAMRecordFlags.compressPage.rawValue | RAMRecordFlags.continue.rawValue
  }

  /// Reads a delta and applies it to what the page holds.
  @inline(never)
  mutating func loadDelta(
    _ target: RAMLoadTarget, _ offset: UInt64, from reader: inout StreamReader
  ) throws(VMStateError) {
    let record = try XBZRLERecord(from: &reader, pageSize: pageSize)
    let page = place(target, offset)
    try inflation?.settle(page.baseAddress, count: page.count)
    target.prepareForDelta(pageSize.pages(in: offset), page)
    target.markStored(pageSize.pages(in: offset))
    taken.deltas &+= 1
    taken.deltaBytes &+= Int(record.length)
    try record.apply(to: page, from: &reader)
  }

  /// Reads a compressed page into place.
  @inline(never)
  mutating func loadCompressed(
    _ target: RAMLoadTarget, _ offset: UInt64, from reader: inout StreamReader
  ) throws(VMStateError) {
    let record = try CompressedPageRecord(from: &reader, pageSize: pageSize)
    let page = place(target, offset)
    target.markStored(pageSize.pages(in: offset))
    taken.compressed &+= 1
    taken.compressedBytes &+= Int(record.length)
    if let inflation = try pageInflation() {
      return try inflation.take(
        Int(record.length), for: page, of: blocks[current].block.idstr, from: &reader)
    }
    let inflater = try pageInflater()
    let position = reader.position
    try reader.withBytes(Int(record.length)) { bytes throws(VMStateError) in
      try inflater.inflate(bytes, into: page, at: position)
    }
  }

  private mutating func pageInflation() throws(VMStateError) -> PageInflation? {
    guard inflation == nil, decompressThreads > 1 else { return inflation }
    inflation = try PageInflation(threads: decompressThreads, pageSize: pageSize)
    return inflation
  }

  private mutating func pageInflater() throws(VMStateError) -> PageInflater {
    if let inflater { return inflater }
    let made = try PageInflater()
    inflater = made
    return made
  }

  /// Where a page goes; it counts as written from here on.
  private func place(
    _ target: RAMLoadTarget, _ offset: UInt64
  ) -> UnsafeMutableRawBufferPointer {
    let start = target.base + Int(offset)
    if !target.isStaged { residency?.noteWrite(start, count: pageSize.bytes) }
    return UnsafeMutableRawBufferPointer(start: start, count: pageSize.bytes)
  }
}

extension RAMLoadTarget {
  /// Gives a staged page the content that it has for the sender: that of the live page if it
  /// has not come yet, zeros if the last record said so.
  func prepareForDelta(_ number: Int, _ page: UnsafeMutableRawBufferPointer) {
    guard isStaged, let start = page.baseAddress else { return }
    let bit: UInt64 = 1 << UInt64(number & 63)
    if received[number >> 6] & bit == 0 {
      start.copyMemory(from: live + (start - base), byteCount: page.count)
    } else if stored[number >> 6] & bit == 0 {
      start.initializeMemory(as: UInt8.self, repeating: 0, count: page.count)
    }
  }
}
