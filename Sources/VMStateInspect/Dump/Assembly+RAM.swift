import VMState

extension Assembly {
  /// Longest payload of a record.
  private static let longestPayload = 64 << 20
  /// Most pages of one run: 16 TiB of small ones.
  private static let mostPages: UInt64 = 1 << 32

  mutating func putRAM(_ name: String, _ piece: JSONMembers) throws(VMStateError) {
    switch name {
    case "page": try putPage(piece)
    case "ram mark", "mapped ram": writer.put(try piece.number("word", UInt64.self))
    case "ram blocks": try putBlocks(piece)
    case "mapped block": try putMappedBlock(piece)
    case "mapped pages", "payload": writer.put(bytes: try payload(piece, 0))
    default: throw piece.refused("piece", "the name of a piece")
    }
  }

  // MARK: Block lists

  private mutating func putBlocks(_ piece: JSONMembers) throws(VMStateError) {
    guard let size = TargetPageSize(try piece.number("page_size")) else {
      throw piece.refused("page_size", "a power of two from 1024")
    }
    pageSize = size
    var entries: [RAMSetupRecord.Entry] = []
    for block in try piece.elements("blocks") {
      entries.append(try RAMSetupRecord.Entry(try JSONMembers(block)))
    }
    RAMSetupRecord(entries).encode(to: &writer, pageSize: size)
  }

  /// Header, then the bitmap at its place; the stream goes on behind the header.
  private mutating func putMappedBlock(_ piece: JSONMembers) throws(VMStateError) {
    let entry = try RAMSetupRecord.Entry(piece)
    let bitmapOffset = try piece.number("bitmap_at", UInt64.self)
    writer.put(UInt8(truncatingIfNeeded: entry.name.count))
    writer.put(bytes: entry.name)
    writer.put(entry.length)
    if let offset = entry.regionOffset { writer.put(offset) }
    writer.put(try piece.number("version", UInt32.self))
    writer.put(try piece.number("page_bytes", UInt64.self))
    writer.put(bitmapOffset)
    writer.put(try piece.number("pages_at", UInt64.self))
    let end = writer.position
    try seek(to: bitmapOffset)
    writer.put(bytes: try piece.base64("base64"))
    try seek(to: end)
  }

  // MARK: Pages

  private mutating func putPage(_ piece: JSONMembers) throws(VMStateError) {
    guard let kind = RAMRecordFlags(pageName: try piece.text("kind")) else {
      throw piece.refused("kind", "page, zero, xbzrle or compressed")
    }
    let name = try piece.name("block")
    let isContinued = piece.value["continue"]?.bool == true
    let first = try piece.number("page", UInt64.self)
    guard first & pageSize.mask == 0 else {
      throw piece.refused("page", "a multiple of \(pageSize.bytes)")
    }
    let count = piece.value["count"] == nil ? 1 : try piece.number("count", UInt64.self)
    guard count <= Self.mostPages else {
      throw piece.refused("count", "at most \(Self.mostPages)")
    }
    for index in 0..<count {
      let header = RAMPageHeader(
        name: isContinued || index > 0 ? nil : name,
        offset: first &+ index &* UInt64(pageSize.bytes), kind: kind, pageSize: pageSize)
      header.encode(to: &writer)
      if kind == .zero, piece.value["length"] == nil {
        writer.put(UInt8(0))
      } else {
        writer.put(bytes: try payload(piece, index))
      }
      try writer.check()
    }
  }

  /// A record's bytes; of a run, those of one page.
  private func payload(
    _ piece: JSONMembers, _ index: UInt64
  ) throws(VMStateError) -> [UInt8] {
    let length =
      piece.value["length"] == nil ? pageSize.bytes : try piece.number("length", Int.self)
    guard length >= 0, length <= Self.longestPayload else {
      throw piece.refused("length", "at most \(Self.longestPayload)")
    }
    guard piece.value["file"] != nil else {
      return try SparseBytes.bytes(of: piece.value["data"], count: length)
    }
    guard let files else {
      throw VMStateError(
        .unsupported, "the dump's pages are in files beside it; say where they are",
        found: try piece.text("file"))
    }
    let (place, overflow) = try piece.number("position", UInt64.self)
      .addingReportingOverflow(index &* UInt64(length))
    guard !overflow else { throw piece.refused("position", "a position in a file") }
    return try files.bytes(try piece.text("file"), at: place, length)
  }
}

extension RAMSetupRecord.Entry {
  /// Reads the JSON form.
  init(_ members: JSONMembers) throws(VMStateError) {
    self.init(name: try members.name("name"), length: try members.number("length"))
    if members.value["page_size"] != nil { pageSize = try members.number("page_size") }
    if members.value["region_offset"] != nil {
      regionOffset = try members.number("region_offset")
    }
  }
}
