import VMState

/// A live section's record in words.
public enum RecordText {
  /// The kind of section or channel.
  public static func handler(_ record: HandlerRecord) -> String {
    switch record {
    case .dirtyBitmap: "dirty-bitmap"
    case .block: "block"
    case .vfio, .vfioConfiguration: "vfio"
    case .storageAttributes: "s390-storage_attributes"
    case .storageKeys: "s390-skeys"
    case .hashTable, .hashTableGroup: "spapr/htab"
    case .multifdInit, .multifdPacket: "multifd"
    case .cpr: "CPR state"
    }
  }

  /// One line; names from the stream are not escaped.
  public static func line(_ record: HandlerRecord) -> String {
    switch record {
    case .dirtyBitmap(let chunk): line(chunk)
    case .block(let record): line(record)
    case .storageKeys(.keys(let start, let pages)): "keys of \(pages) pages from \(start)"
    case .storageKeys(let record): "\(record)"
    case .storageAttributes(.more(let address, let count)):
      "\(count) attributes from \(LeafText.hex(address, 8))"
    case .storageAttributes(let record): "\(record)"
    case .vfio(let record): "\(record)"
    case .vfioConfiguration: "configuration space"
    case .hashTable(.shift(let shift)): "table of 2^\(shift) bytes"
    case .hashTable(let header): "\(header)"
    case .hashTableGroup(let group):
      group.endsBody
        ? "end of the entries"
        : "\(group.valid) valid and \(group.invalid) invalid entries from \(group.index)"
    case .multifdInit(let start): "channel \(start.channel)"
    case .multifdPacket(.pages(let packet)): line(packet)
    case .multifdPacket(.deviceState(let packet)):
      "state of \(packet.idstr), \(packet.payloadLength) bytes"
    case .cpr(let state):
      [
        state.modeName, count(state.descriptors.count, "descriptor"),
        state.devices.map { count($0.count, "vfio device") },
      ].compactMap(\.self).joined(separator: ", ")
    }
  }

  private static func count(_ number: Int, _ what: String) -> String {
    "\(number) \(what)\(number == 1 ? "" : "s")"
  }

  private static func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }

  private static func line(_ chunk: DirtyBitmapChunk) -> String {
    var words: [String] = []
    if let node = chunk.node { words.append("node \(text(node))") }
    if let bitmap = chunk.bitmap { words.append("bitmap \(text(bitmap))") }
    switch chunk.content {
    case .none: words.append(chunk.isLast ? "end" : "nothing")
    case .start(let granularity, let flags):
      words.append("start, granularity \(granularity), flags \(flags.rawValue)")
    case .complete: words.append("complete")
    case .bits(let bits):
      let content = bits.size.map { "\($0) bytes" } ?? "zero"
      words.append("bits of \(bits.sectors) sectors from \(bits.firstSector), \(content)")
    }
    return words.joined(separator: ", ")
  }

  private static func line(_ record: BlockRecord) -> String {
    switch record {
    case .data(let sector, let device, let isZero):
      "device \(text(device)), sector \(sector)\(isZero ? ", zero" : "")"
    case .progress(let percent): "\(percent) percent"
    case .endOfSection: "end"
    }
  }

  private static func line(_ packet: MultifdPagePacket) -> String {
    let pages = "\(packet.normalOffsets.count) normal, \(packet.zeroOffsets.count) zero pages"
    let sync = packet.isSynchronisation ? ", synchronisation" : ""
    return "packet \(packet.number) of \(packet.idstr): \(pages)\(sync)"
  }
}

extension HandlerRecord {
  /// The record as it stands in the stream, without its payload.
  func wireBytes() throws(VMStateError) -> [UInt8] {
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    try write(to: &writer)
    try writer.flush()
    return channel.bytes
  }
}
