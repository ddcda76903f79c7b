extension RAMLoadRun {
  /// Bytes of a zero record that continues the block: a word and a zero byte.
  private static let recordBytes = 9

  /// Takes the zero records that lie in the reader's buffer, if they are good and for pages
  /// that follow each other.
  ///
  /// - Parameters:
  ///   - word: The next record's, with an offset inside the block; not yet consumed.
  ///   - limit: The most records to take.
  /// - Returns: How many were taken; 0 if the first is not whole, or not good.
  mutating func loadZeroRun(
    _ target: RAMLoadTarget, _ word: UInt64, limit: Int, from reader: inout StreamReader
  ) throws(VMStateError) -> Int {
    let offset = word & ~pageSize.mask
    let most = min(limit, pageSize.pages(in: target.usedLength - offset))
    let count = countZeroRecords(word, limit: most, in: reader)
    guard count > 0 else { return 0 }
    reader.advance(count * Self.recordBytes)
    try inflation?.settle(target.base + Int(offset), count: count << pageSize.bits)
    target.markZero(pageSize.pages(in: offset), count: count)
    taken.zero &+= count
    clear(target, offset, count: count << pageSize.bits)
    return count
  }

  /// Counts good zero records from a word on, each for the page after the last one's.
  private func countZeroRecords(
    _ word: UInt64, limit: Int, in reader: borrowing StreamReader
  ) -> Int {
    let most = min(limit, reader.available / Self.recordBytes)
    let step = UInt64(pageSize.bytes)
    var (expected, count, cursor) = (word, 0, reader.cursor)
    while count < most, cursor.loadUnaligned(as: UInt64.self) == expected.bigEndian,
      cursor.load(fromByteOffset: 8, as: UInt8.self) == 0
    {
      count &+= 1
      expected &+= step
      cursor += Self.recordBytes
    }
    return count
  }

  /// Makes pages zero that a zero record came for. Pages that are zero already are not
  /// written, which would take memory for nothing, and pages that were never touched not even
  /// read. A staged page is only noted.
  func clear(_ target: RAMLoadTarget, _ offset: UInt64, count: Int) {
    if target.isStaged { return }
    let start = target.base + Int(offset)
    let known = target.isMapped ? residency : nil
    let step = min(pageSize.bytes, AnonymousMapping.hostPageSize)
    var done = 0
    while done < count {
      done += known?.untouchedBytes(from: start + done, count: count - done) ?? 0
      guard done < count else { return }
      let piece = min(count - done, step)
      ZeroPage.clear(start + done, count: piece)
      done += piece
    }
  }
}
