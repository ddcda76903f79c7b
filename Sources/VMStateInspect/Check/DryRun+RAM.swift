import VMState

extension DryRun {
  private static let wantedVersion: UInt32 = 4

  var pageSize: TargetPageSize { TargetPageSize(target.pageSize) ?? .standard }

  /// One `ram` section.
  ///
  /// QEMU: `ram_load`, `ram_load_precopy`, migration/ram.c.
  mutating func readRAM(_ header: DryHeader) throws(Halt) {
    if header.kind == .start, header.version != Self.wantedVersion {
      refuse(
        .versionTooOld, ["ram"], "the destination reads one version of it only",
        at: header.offset, expected: "\(Self.wantedVersion)", found: "\(header.version)",
        advice: "the stream is damaged, or from a QEMU of another age",
        words: ["error while loading state for instance 0x0 of device 'ram'"])
    }
    if memory.isMapped, header.kind == .start { return try readMapped(header) }
    while try readRecord(header) {}
  }

  private func words(_ header: DryHeader) -> String {
    header.kind == .start
      ? "error while loading state for instance 0x0 of device 'ram'"
      : "error while loading state section id \(header.number)(ram)"
  }

  private mutating func integer() throws(Halt) -> UInt64 {
    try reading(["ram"]) { cursor throws(VMStateError) in try cursor.integer() }
  }

  /// One record; false behind the last one of a section.
  private mutating func readRecord(_ header: DryHeader) throws(Halt) -> Bool {
    let offset = cursor.position
    let word = RAMRecordWord(rawValue: try integer(), pageSize: pageSize)
    let flags = word.flags
    try judgeCompression(flags, offset, header)
    if !flags.isDisjoint(with: pageKinds) { try readPlace(word, offset, header) }
    switch word.kind {
    case .endOfSection: return false
    case .memSize: try readList(word.offset, header)
    case .zero: try readZero(offset, header)
    case .page: try skip(UInt64(pageSize.bytes))
    case .xbzrle: try readDelta(offset, header)
    case .compressPage where compression != .unheardOf: try readCompressed(offset, header)
    case .multifdFlush where target.release.isAtLeast(QEMURelease(8, 1)) != false:
      try noteFlush()
    case .hook: try readHook(offset, header)
    default:
      try refuseRecord(
        "a record word with flags that cannot stand together", offset, header,
        expected: "one kind of record", found: flags.description,
        words: ["Unknown combination of migration flags: 0x" + String(flags.rawValue, radix: 16)])
    }
    return true
  }

  /// Control data of RDMA: later releases skip the word where there is no RDMA.
  private mutating func readHook(_ offset: UInt64, _ header: DryHeader) throws(Halt) {
    switch target.release.isAtLeast(QEMURelease(9, 0)) {
    case true?: break
    case false?: try refuseRecord("control data of RDMA", offset, header, words: [])
    case nil:
      doubt(["ram"], "whether RDMA's control data are skipped", supply: "--qemu VERSION")
      throw .stopped
    }
  }

  /// A round ended on the channels that carry the pages.
  private mutating func noteFlush() throws(Halt) {
    memory.usesChannels = true
    guard target.release.isAtLeast(QEMURelease(8, 1)) == nil else { return }
    doubt(
      ["ram"], "whether the destination knows the end of a round on other channels",
      supply: "--qemu VERSION")
    throw .stopped
  }

  /// A record that ends the load.
  mutating func refuseRecord(
    _ message: String, _ offset: UInt64, _ header: DryHeader, expected: String? = nil,
    found: String? = nil, words: [String]
  ) throws(Halt) {
    refuse(
      .ramRecord, ["ram"], message, at: offset, expected: expected, found: found,
      advice: "the stream is damaged here, or made with a capability that the destination lacks",
      words: words.isEmpty ? [self.words(header)] : words)
    throw .stopped
  }

  // MARK: Pages

  private mutating func readPlace(
    _ word: RAMRecordWord, _ offset: UInt64, _ header: DryHeader
  ) throws(Halt) {
    if word.flags.contains(.continue) {
      guard memory.last != nil else {
        return try refuseRecord(
          "a record continues a block, and none came before", offset, header,
          words: ["Ack, bad migration stream!"])
      }
    } else {
      let bytes = try reading(["ram"]) { cursor throws(VMStateError) in try cursor.countedBytes() }
      let name = String(decoding: bytes, as: UTF8.self)
      guard let place = memory.places[name] ?? localPlace(name) else {
        guard target.blocks != nil else {
          doubt(["ram", name], "whether the destination has this RAM block", supply: "its stream")
          throw .stopped
        }
        return try refuseRecord(
          "a page of a RAM block that the destination does not have", offset, header,
          found: name, words: ["Can't find block \(name)"])
      }
      memory.last = place
    }
    try receive(word, offset, header)
  }

  /// A block that the destination has though the list does not name it.
  private mutating func localPlace(_ name: String) -> Int? {
    guard let block = target.blocks?[name] else { return nil }
    memory.blocks.append(DryMemory.Block(name: name, length: block.length))
    memory.places[name] = memory.blocks.count - 1
    return memory.blocks.count - 1
  }

  private mutating func receive(
    _ word: RAMRecordWord, _ offset: UInt64, _ header: DryHeader
  ) throws(Halt) {
    guard let last = memory.last else { return }
    guard word.offset < memory.blocks[last].length else {
      return try refuseRecord(
        "a page beyond its block", offset, header,
        expected: "below 0x" + String(memory.blocks[last].length, radix: 16),
        found: "0x" + String(word.offset, radix: 16),
        words: ["Illegal RAM offset " + String(word.offset, radix: 16)])
    }
    memory.receive(word.offset >> UInt64(pageSize.bits), in: last)
  }

  mutating func skip(_ count: UInt64) throws(Halt) {
    try reading(["ram"]) { cursor throws(VMStateError) in try cursor.skip(count) }
  }

  private mutating func readZero(_ offset: UInt64, _ header: DryHeader) throws(Halt) {
    let byte = try reading(["ram"]) { cursor throws(VMStateError) in try cursor.byte() }
    guard byte != 0 else { return }
    switch target.release.isAtLeast(QEMURelease(9, 0)) {
    case true?:
      try refuseRecord(
        "a zero page with another byte", offset, header, expected: "0", found: "\(byte)",
        words: ["Found a zero page with value \(byte)"])
    case false?: break
    case nil:
      doubt(
        ["ram"], "whether the destination fills pages with a byte that is not zero",
        supply: "--qemu VERSION")
    }
  }

  private mutating func readDelta(_ offset: UInt64, _ header: DryHeader) throws(Halt) {
    let (mark, length) = try reading(["ram"]) { cursor throws(VMStateError) in
      (try cursor.byte(), try cursor.integer(UInt16.self))
    }
    guard mark == 1, Int(length) <= pageSize.bytes else {
      return try refuseRecord(
        "a delta with an impossible header", offset, header, found: "\(mark), \(length) bytes",
        words: mark == 1
          ? ["Failed to load XBZRLE page - len overflow!"]
          : ["Failed to load XBZRLE page - wrong compression!"])
    }
    let delta = try reading(["ram"]) { cursor throws(VMStateError) in
      try cursor.bytes(Int(length))
    }
    guard DeltaGrammar.isValid(delta, pageBytes: pageSize.bytes) else {
      return try refuseRecord(
        "a delta that cannot be decoded", offset, header,
        words: ["Failed to load XBZRLE page - decode error!"])
    }
  }
}
