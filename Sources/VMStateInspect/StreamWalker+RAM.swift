import VMState

extension StreamWalker {
  /// Walks the records of one `ram` section up to its end mark.
  mutating func walkRAM(_ reader: inout StreamReader) throws(VMStateError) {
    let pageBytes = stream.description?.pageSize ?? TargetPageSize.standard.bytes
    guard let pageSize = TargetPageSize(pageBytes) else {
      throw VMStateError(
        .badDescription, "the page size is no power of two", found: "\(pageBytes)")
    }
    while true {
      let offset = reader.position
      let word = RAMRecordWord(rawValue: try reader.get(UInt64.self), pageSize: pageSize)
      switch word.kind {
      case .endOfSection: return
      case .memSize: try walkSetup(word, &reader)
      case .multifdFlush: break
      case .zero, .page, .xbzrle, .compressPage:
        let block = try walkPageHeader(word, &reader)
        try walkPayload(word.kind, block, pageSize, &reader)
      default:
        throw VMStateError(
          .badRAMRecord, "a record word with flags that cannot stand here", offset: offset,
          expected: "one kind of record",
          found: "0x" + String(word.rawValue & pageSize.mask, radix: 16))
      }
    }
  }

  private mutating func walkSetup(
    _ word: RAMRecordWord, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let capabilities = stream.configuration?.capabilities ?? []
    let setup = try RAMSetupRecord(
      after: word, from: &reader, maximumEntries: limits.elements
    ) { _ throws(VMStateError) in
      capabilities.contains("x-ignore-shared") ? .regionOffset : []
    }
    stream.memory.blocks = setup.entries.map {
      WalkedMemory.Block(idstr: $0.idstr, length: $0.length, regionOffset: $0.regionOffset)
    }
    blocks = Dictionary(
      setup.entries.enumerated().map { ($1.idstr, $0) }, uniquingKeysWith: { first, _ in first })
    lastBlock = nil
  }

  private mutating func walkPageHeader(
    _ word: RAMRecordWord, _ reader: inout StreamReader
  ) throws(VMStateError) -> Int {
    let offset = reader.position - 8
    if word.flags.contains(.continue) {
      guard let lastBlock else {
        throw VMStateError(
          .badRAMRecord, "a record continues a block, and none came before", offset: offset)
      }
      return try checkOffset(word, lastBlock, offset)
    }
    let name = try reader.getCountedString()
    guard let index = blocks[name] else {
      throw VMStateError(
        .unknownRAMBlock, "Unknown ramblock \"\(name)\"", offset: offset + 8, found: name)
    }
    lastBlock = index
    return try checkOffset(word, index, offset)
  }

  private func checkOffset(
    _ word: RAMRecordWord, _ block: Int, _ offset: UInt64
  ) throws(VMStateError) -> Int {
    let length = stream.memory.blocks[block].length
    guard word.offset < length else {
      throw VMStateError(
        .ramOffset, "a page beyond its block", offset: offset, expected: "below \(length)",
        found: "\(word.offset)"
      ).within(stream.memory.blocks[block].idstr)
    }
    return block
  }

  private mutating func walkPayload(
    _ kind: RAMRecordFlags, _ block: Int, _ pageSize: TargetPageSize,
    _ reader: inout StreamReader
  ) throws(VMStateError) {
    switch kind {
    case .zero:
      try reader.skip(1)
      stream.memory.blocks[block].pages.zero += 1
    case .page:
      try reader.skip(UInt64(pageSize.bytes))
      stream.memory.blocks[block].pages.normal += 1
    case .xbzrle:
      _ = try reader.get(UInt8.self)
      try reader.skip(UInt64(try reader.get(UInt16.self)))
      stream.memory.blocks[block].pages.xbzrle += 1
    default:
      try reader.skip(UInt64(try reader.get(UInt32.self)))
      stream.memory.blocks[block].pages.compressed += 1
    }
  }
}
