extension RAMSaveRun {
  /// Adds what was sent to the numbers that others see.
  mutating func publish(_ context: SaveContext) {
    var pages = sent
    if let counts = multifd?.takeCounts() {
      pages.normal += counts.normal
      pages.zero += counts.zero
    }
    let dirty = UInt64(dirtyPages)
    let bytes = UInt64(recordBytes)
    let counted = bytes + UInt64(pages.otherBytes)
    sent = SentPages()
    context.progress.normalPages += UInt64(pages.normal)
    context.progress.zeroPages += UInt64(pages.zero)
    context.progress.codedPages += UInt64(pages.coded)
    context.progress.dirtyPagesLeft = dirty
    progress.update { values in
      values.normalPages += UInt64(pages.normal)
      values.zeroPages += UInt64(pages.zero)
      values.recordBytes += bytes
      values.dirtyPages = dirty
      if context.isMachineRunning {
        values.precopyBytes += counted
      } else {
        values.downtimeBytes += counted
      }
      coders?.add(to: &values)
      if let snapshot { values.snapshot = snapshot.statistics }
      multifd?.add(to: &values, context.profile)
    }
  }

  /// Bytes of the records on the main channel since the last call of `publish`.
  private var recordBytes: Int {
    sent.bytes + sent.zero * 9 + sent.normal * (8 + list.targetPageSize.bytes)
  }
}

extension MultifdSender {
  /// Adds what went over the channels to the numbers of a save.
  fileprivate func add(to values: inout RAMProgress.Values, _ profile: StreamProfile) {
    let traffic = traffic
    let headers = UInt64(MultifdFormat.headerLength(for: pageSize))
    // The older count has the pages' own bytes whatever they were packed to, and not the
    // initial packets.
    values.multifdBytes =
      profile.countsWholeStream
      ? traffic.bytes
      : traffic.packets * headers + traffic.normalPages << UInt64(pageSize.bits)
  }
}
