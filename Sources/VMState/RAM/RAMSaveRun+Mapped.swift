extension RAMSaveRun {
  /// Writes the block list with the places of all pages; the stream goes on behind them.
  mutating func putMappedSetup(
    _ entries: [RAMSetupRecord.Entry], to writer: inout StreamWriter
  ) throws(VMStateError) {
    guard writer.digest == nil else {
      throw VMStateError(.unsupported, "pages with fixed places cannot be summed with the stream")
    }
    var record = RAMSetupRecord(entries)
    try places?.layOut(
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

  /// Notes pages of zeros that were found before the others went to the channels.
  func noteMappedZeros(_ places: MappedRAMPlaces, _ first: Int, count: Int, content: UInt64) {
    for index in 0..<count where content &>> UInt64(index) & 1 == 0 {
      places.note(search.index, first + index, count: 1, content: 0)
    }
  }

  /// Writes the bitmaps.
  mutating func finishMapped(_ writer: inout StreamWriter) throws(VMStateError) {
    guard let places else { return }
    let count = try places.finish()
    writer.counters.add(count)
    sent.otherBytes += count
  }
}

extension MultifdSender {
  /// Opens channels that write pages to their places.
  ///
  /// QEMU: `multifd_send_setup` with `migrate_mapped_ram`, migration/multifd.c.
  ///
  /// - Throws: `valueOutOfRange`, `unsupported`, `configurationMismatch` for channels that cannot
  ///   do that; `unsupported` when the system gives no thread.
  convenience init(
    _ setup: MultifdChannels, places: MappedRAMPlaces, pageSize: TargetPageSize,
    _ context: SaveContext
  ) throws(VMStateError) {
    try setup.checkPlaces(pageSize)
    var options = setup.options
    // The stream has no marks: the channels meet where the search begins anew.
    options.synchronisation = .perRound
    let writers = setup.channels.map { channel in
      MappedRAMBatchWriter(
        channel, places, findsZeroPages: options.zeroPages == .multifd, pageSize: pageSize,
        counters: context.counters)
    }
    // No packet bounds them, and each handing over costs two switches of threads.
    try self.init(
      writers, options, pageSize: pageSize, batch: max(64, (16 << 20) >> pageSize.bits),
      cancellation: context.cancellation)
  }
}
