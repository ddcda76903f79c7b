extension RAMSaveRun {
  /// Writes the block list with the places of all pages; the stream goes on behind them.
  mutating func putMappedSetup(
    _ entries: [RAMSetupRecord.Entry], to writer: inout StreamWriter
  ) throws(VMStateError) {
    guard writer.digest == nil else {
      throw VMStateError(.unsupported, "pages with fixed places cannot be summed with the stream")
    }
    var record = RAMSetupRecord(entries)
    places = try MappedRAMPlaces(
      writer.channel, start: writer.position + 8, &record.entries, list.targetPageSize)
    try record.write(to: &writer, pageSize: list.targetPageSize)
  }

  /// Writes pages that follow each other, from the present one, to their places.
  mutating func storeMapped(
    _ places: MappedRAMPlaces, _ first: Int, count: Int, content: UInt64,
    to writer: inout StreamWriter
  ) {
    let bits = list.targetPageSize.bits
    let normal = content.nonzeroBitCount
    do throws(VMStateError) {
      try writer.check()
      try places.store(
        search.index, first, count: count, content: content,
        from: UnsafeRawPointer(search.current.base) + first &<< bits)
    } catch {
      writer.fail(error)
      return
    }
    writer.counters.add(normal << bits)
    sent.normal += normal
    sent.zero += count - normal
    // There are no records.
    sent.bytes -= normal * 8 + (count - normal) * 9
  }

  /// Writes the bitmaps.
  mutating func finishMapped(_ writer: inout StreamWriter) throws(VMStateError) {
    guard let places else { return }
    let count = try places.finish()
    writer.counters.add(count)
    sent.otherBytes += count
  }
}
