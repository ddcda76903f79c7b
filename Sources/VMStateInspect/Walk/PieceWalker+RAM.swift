import VMState

/// What a walk knows of a stream's RAM.
struct RAMWalkState {
  var pageSize = TargetPageSize.standard
  var names: [[UInt8]] = []
  var lengths: [UInt64] = []
  // RAM blocks by name: a hostile list is long.
  var index: [[UInt8]: Int] = [:]
  // Block of the last page record: what `CONTINUE` means, across sections.
  var last: Int?
  // A page that does not fit the reader's buffer.
  var large: [UInt8] = []
  // Up to where everything has been handed on.
  var good: UInt64 = 0
  var visitorFailed = false

  mutating func setPageSize(_ bytes: Int) {
    if let size = TargetPageSize(bytes) { pageSize = size }
  }

  mutating func setBlocks(_ entries: [RAMSetupRecord.Entry]) {
    names = entries.map(\.name)
    lengths = entries.map(\.length)
    index = Dictionary(
      names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    last = nil
  }
}

extension PieceWalker {
  /// Walks the records of one `ram` section up to its end mark.
  mutating func walkRAM(_ reader: inout StreamReader) throws(VMStateError) {
    repeat {
      ram.good = reader.position
      if Visitor.takesPageRuns { try walkPageRuns(&reader) }
    } while try walkRAMRecord(&reader)
    ram.good = reader.position
  }

  /// Walks one record; false after the end mark.
  private mutating func walkRAMRecord(
    _ reader: inout StreamReader
  ) throws(VMStateError) -> Bool {
    let offset = reader.position
    let word = RAMRecordWord(rawValue: try reader.get(UInt64.self), pageSize: ram.pageSize)
    switch word.kind {
    case .zero, .page, .xbzrle, .compressPage: try walkPage(word, offset, &reader)
    // No sender lets a list continue a block.
    case .memSize where !word.flags.contains(.continue):
      if capabilities.contains("mapped-ram") {
        try walkMappedSetup(word, offset, &reader)
      } else {
        try walkSetup(word, offset, &reader)
      }
    case .multifdFlush: try emit(.ram(.mark(word)), offset, reader.position)
    case .endOfSection:
      try emit(.ram(.mark(word)), offset, reader.position)
      return false
    default:
      throw VMStateError(
        .badRAMRecord, "a record word with flags that cannot stand here", offset: offset,
        expected: "one kind of record",
        found: "0x" + String(word.rawValue & ram.pageSize.mask, radix: 16))
    }
    return true
  }

  private mutating func walkSetup(
    _ word: RAMRecordWord, _ offset: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let members = optionalMembers
    let setup = try RAMSetupRecord(
      after: word, from: &reader, maximumEntries: options.limits.elements
    ) { _ throws(VMStateError) in members }
    ram.setBlocks(setup.entries)
    try emit(.ram(.setup(setup, ram.pageSize)), offset, reader.position)
  }

  /// With `x-ignore-shared` every entry has a region offset.
  var optionalMembers: RAMSetupRecord.OptionalMembers {
    capabilities.contains("x-ignore-shared") ? .regionOffset : []
  }

  // MARK: Pages

  private mutating func walkPage(
    _ word: RAMRecordWord, _ offset: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let block = try walkBlock(word, offset, &reader)
    guard word.offset < ram.lengths[block] else {
      throw VMStateError(
        .ramOffset, "a page beyond its block", offset: offset,
        expected: "below \(ram.lengths[block])", found: "\(word.offset)"
      ).within(String(decoding: ram.names[block], as: UTF8.self))
    }
    let count = try payloadLength(word.kind, &reader)
    if count <= StreamReader.bufferSize {
      let bytes = UnsafeRawBufferPointer(start: try reader.need(count), count: count)
      try emitPage(word, block, bytes, offset, reader.position + UInt64(count))
      reader.advance(count)
    } else {
      try walkLargePage(word, block, count, offset, &reader)
    }
  }

  private mutating func walkBlock(
    _ word: RAMRecordWord, _ offset: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) -> Int {
    if word.flags.contains(.continue) {
      if let last = ram.last { return last }
      throw VMStateError(
        .badRAMRecord, "a record continues a block, and none came before", offset: offset)
    }
    let name = try reader.getCountedBytes()
    guard let index = ram.index[name] else {
      let text = String(decoding: name, as: UTF8.self)
      throw VMStateError(
        .unknownRAMBlock, "Unknown ramblock \"\(text)\"", offset: offset + 8, found: text)
    }
    ram.last = index
    return index
  }

  /// Bytes after word and name.
  private func payloadLength(
    _ kind: RAMRecordFlags, _ reader: inout StreamReader
  ) throws(VMStateError) -> Int {
    switch kind {
    case .zero: return 1
    case .page: return ram.pageSize.bytes
    case .xbzrle:
      return 3 + Int((try reader.need(3) + 1).loadUnaligned(as: UInt16.self).bigEndian)
    default:
      let length = UInt32(bigEndian: try reader.need(4).loadUnaligned(as: UInt32.self))
      guard length <= 2 * ram.pageSize.bytes else {
        throw VMStateError(
          .badRAMRecord, "a compressed page that is longer than any can be",
          offset: reader.position, expected: "at most \(2 * ram.pageSize.bytes)",
          found: "\(length)")
      }
      return 4 + Int(length)
    }
  }

  private mutating func walkLargePage(
    _ word: RAMRecordWord, _ block: Int, _ count: Int, _ offset: UInt64,
    _ reader: inout StreamReader
  ) throws(VMStateError) {
    guard count <= options.largestPage else {
      throw VMStateError(
        .limitExceeded, "a page larger than the limit", offset: offset,
        expected: "at most \(options.largestPage) bytes", found: "\(count)")
    }
    ram.large = try reader.getBytes(count, limit: count)
    let end = reader.position
    let large = ram.large
    var failure: VMStateError?
    large.withUnsafeBytes { bytes in
      do throws(VMStateError) {
        try emitPage(word, block, bytes, offset, end)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  @inline(__always)
  private mutating func emitPage(
    _ word: RAMRecordWord, _ block: Int, _ bytes: UnsafeRawBufferPointer, _ first: UInt64,
    _ end: UInt64
  ) throws(VMStateError) {
    try emit(.ram(.page(RAMPagePiece(word: word, block: block, payload: bytes))), first, end)
  }
}
