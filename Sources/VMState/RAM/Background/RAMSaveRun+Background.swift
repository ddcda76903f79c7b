extension RAMSaveRun {
  /// Copies pages that follow each other as they were at the snapshot's instant.
  ///
  /// - Parameter count: At most 64; their bits are clear already.
  /// - Returns: Where the copies are, and a bit for each page that is not zero; nil for a block
  ///   that nobody writes.
  @inline(never)
  mutating func keptPages(
    _ first: Int, count: Int, _ writer: inout StreamWriter
  ) -> (pages: UnsafeRawPointer, content: UInt64)? {
    guard let snapshot, let block = snapshot.blocks[search.index] else { return nil }
    let copies = snapshot.buffer.room(for: count, &writer)
    do throws(VMStateError) {
      let content = try snapshot.take(
        block, first..<first + count, items[search.index].bitmap, to: copies,
        list.targetPageSize)
      return (UnsafeRawPointer(copies), content)
    } catch {
      writer.fail(error)
      return (UnsafeRawPointer(copies), 0)
    }
  }

  /// Goes to where somebody wants to write, so that this is sent next and what follows there is
  /// ahead of him.
  @inline(never)
  mutating func followWriters() {
    while let place = snapshot?.nextQueued() {
      let shift = place.block.partBits - list.targetPageSize.bits
      let source = search.sources[place.block.index]
      let page = PageBitmap.nextSet(
        source.dirty, from: place.part << shift,
        limit: min((place.part + 1) << shift, source.pageCount))
      guard page < min((place.part + 1) << shift, source.pageCount) else { continue }
      return search.jump(to: place.block.index, page: page)
    }
  }
}
