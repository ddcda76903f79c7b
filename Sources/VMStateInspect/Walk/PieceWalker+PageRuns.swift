import VMState

extension PieceWalker {
  /// Hands page records on as runs, as long as they continue the present block and lie in the
  /// reader's buffer as a whole. Stops before anything else, and before what is not good: the
  /// walk by single records says what is wrong with it.
  mutating func walkPageRuns(_ reader: inout StreamReader) throws(VMStateError) {
    guard let block = ram.last else { return }
    while let run = try nextRun(block, &reader) {
      let first = reader.position
      reader.advance(run.count * recordLength(run.kind))
      do throws(VMStateError) {
        try visitor.visit(run, first..<reader.position)
      } catch {
        ram.visitorFailed = true
        throw error
      }
      ram.good = reader.position
    }
  }

  /// Bytes of a record that continues a block.
  private func recordLength(_ kind: RAMRecordFlags) -> Int {
    8 + (kind == .zero ? 1 : ram.pageSize.bytes)
  }

  /// The run at the reader's position, not yet consumed.
  private func nextRun(
    _ block: Int, _ reader: inout StreamReader
  ) throws(VMStateError) -> RAMPageRun? {
    guard try reader.prefetch(8) else { return nil }
    let number = UInt64(bigEndian: try reader.need(8).loadUnaligned(as: UInt64.self))
    let word = RAMRecordWord(rawValue: number, pageSize: ram.pageSize)
    guard word.flags == [.zero, .continue] || word.flags == [.page, .continue],
      word.offset < ram.lengths[block]
    else { return nil }
    let length = recordLength(word.kind)
    guard length <= StreamReader.bufferSize, try reader.prefetch(length) else { return nil }
    let pages = ram.pageSize.pages(in: ram.lengths[block] - 1 - word.offset) + 1
    let count = Self.countRecords(
      try reader.need(length), number, length, ram.pageSize,
      atMost: min(pages, reader.available / length))
    return RAMPageRun(word: word, block: block, count: count)
  }

  /// Counts records of one length from a first one on, each for the page after the last one's.
  private static func countRecords(
    _ first: UnsafeRawPointer, _ word: UInt64, _ length: Int, _ pageSize: TargetPageSize,
    atMost most: Int
  ) -> Int {
    var (expected, count, cursor) = (word, 0, first)
    while count < most, cursor.loadUnaligned(as: UInt64.self) == expected.bigEndian {
      count &+= 1
      expected &+= UInt64(pageSize.bytes)
      cursor += length
    }
    return count
  }
}
