import VMState

extension PieceWalker {
  /// Walks the body of a live section whose records are known; false if they are not, and then
  /// nothing has been read.
  mutating func walkRecords(
    _ header: SectionHeader, _ reader: inout StreamReader
  ) throws(VMStateError) -> Bool {
    // The name without a device path.
    let name = header.idstr.split(separator: "/").last.map(String.init) ?? ""
    switch name {
    case "dirty-bitmap" where header.kind != .full: try walkDirtyBitmap(&reader)
    case "block" where header.kind != .full: try walkBlock(&reader)
    case "vfio" where layouts.hasNone(for: header): try walkVFIO(header, &reader)
    case "s390-storage_attributes" where header.kind != .full: try walkAttributes(&reader)
    case "s390-skeys" where layouts.hasNone(for: header): try walkKeys(&reader)
    case "htab" where header.kind != .full: try walkHashTable(&reader)
    default: return false
    }
    return true
  }

  /// Hands a record on, then its payload in parts.
  mutating func emit(
    _ record: HandlerRecord, from first: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    try emit(.record(record), first, reader.position)
    ram.good = reader.position
    let (end, overflow) = reader.position.addingReportingOverflow(record.payloadLength)
    guard !overflow else {
      throw VMStateError(
        .limitExceeded, "a length beyond any stream", offset: first,
        found: "\(record.payloadLength)")
    }
    while reader.position < end {
      let left = Int(min(end - reader.position, UInt64(StreamReader.bufferSize)))
      let bytes = try reader.peek(left)
      guard !bytes.isEmpty else {
        throw reader.endOfStream(expected: "\(end - reader.position) more bytes")
      }
      let start = reader.position
      try emit(.payload(bytes), start, start + UInt64(bytes.count))
      reader.advance(bytes.count)
      ram.good = reader.position
    }
  }

  private mutating func walkDirtyBitmap(_ reader: inout StreamReader) throws(VMStateError) {
    while true {
      let first = reader.position
      let chunk = try DirtyBitmapChunk(from: &reader)
      try emit(.dirtyBitmap(chunk), from: first, &reader)
      if chunk.isLast { return }
    }
  }

  private mutating func walkBlock(_ reader: inout StreamReader) throws(VMStateError) {
    while true {
      let first = reader.position
      let record = try BlockRecord(from: &reader)
      try emit(.block(record), from: first, &reader)
      if record == .endOfSection { return }
    }
  }

  private mutating func walkVFIO(
    _ header: SectionHeader, _ reader: inout StreamReader
  ) throws(VMStateError) {
    while true {
      let first = reader.position
      let record = try VFIORecord(from: &reader)
      try emit(.vfio(record), from: first, &reader)
      if record.endsBody { return }
      guard record == .configurationState else { continue }
      let start = reader.position
      let configuration = try VFIOConfiguration(from: &reader, sectionID: header.sectionID)
      try emit(.vfioConfiguration(configuration), from: start, &reader)
    }
  }

  private mutating func walkAttributes(_ reader: inout StreamReader) throws(VMStateError) {
    while true {
      let first = reader.position
      let record = try StorageAttributesRecord(from: &reader)
      try emit(.storageAttributes(record), from: first, &reader)
      // Values are followed by more; the other two end a body.
      if record.payloadLength == 0 { return }
    }
  }

  private mutating func walkKeys(_ reader: inout StreamReader) throws(VMStateError) {
    while true {
      let first = reader.position
      let record = try StorageKeysRecord(from: &reader)
      try emit(.storageKeys(record), from: first, &reader)
      if record.endsBody { return }
    }
  }

  private mutating func walkHashTable(_ reader: inout StreamReader) throws(VMStateError) {
    var first = reader.position
    let header = try HashTableHeader(from: &reader)
    try emit(.hashTable(header), from: first, &reader)
    guard header == .groups else { return }
    while true {
      first = reader.position
      let group = try HashTableGroup(from: &reader)
      try emit(.hashTableGroup(group), from: first, &reader)
      if group.endsBody { return }
    }
  }

  // MARK: Multifd channels

  /// Walks a multifd channel from its first packet to its end.
  mutating func walkChannel(_ reader: inout StreamReader) throws(VMStateError) {
    var first = reader.position
    let start = try MultifdInit(from: &reader)
    try emit(.multifdInit(start), from: first, &reader)
    let found = try channelLayout(&reader)
    let layout = options.multifdLayout ?? found
    while true {
      first = reader.position
      guard
        let packet = try MultifdPacket.next(
          from: &reader, pageSize: ram.pageSize, layout: layout)
      else { return }
      try emit(.multifdPacket(packet), from: first, &reader)
    }
  }

  /// Senders of 9.0 and later leave everything of a synchronisation packet zero; the ones
  /// before say how many pages a packet could hold.
  private func channelLayout(
    _ reader: inout StreamReader
  ) throws(VMStateError) -> MultifdPagePacket.Layout {
    let head = try reader.peek(16)
    guard head.count == 16, head[11] & 1 != 0 else { return .zeroPages }
    return head[12...15].allSatisfy { $0 == 0 } ? .zeroPages : .normalPages
  }
}
