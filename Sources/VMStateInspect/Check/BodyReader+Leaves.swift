import VMState

/// Values that a destination compares with its own.
///
/// QEMU: migration/vmstate-types.c, hw/pci/pci.c.
extension BodyReader {
  /// Reads a field without inner structure and judges its value.
  mutating func readLeaf(
    _ field: DescribedField, count: Int, _ current: DescribedState.Value?, owner: String
  ) throws(BodyEnd) -> [UInt8] {
    let words = ["Failed to load \(owner):\(FieldPlanner.baseName(field.name))"]
    if field.type == "virtio" { return try readVirtio(field, current, words) }
    if field.type == "scsi-requests" { return try readRequests(words) }
    let (total, overflow) = field.size.multipliedReportingOverflow(by: count)
    guard !overflow, total <= Limits().fieldBytes else { throw BodyEnd() }
    let offset = cursor.position
    let bytes = try take(total, words)
    var local: [UInt8]?
    if case .bytes(let known)? = current { local = known }
    judge(field, bytes, local, at: offset, words)
    return bytes
  }

  private mutating func judge(
    _ field: DescribedField, _ bytes: [UInt8], _ local: [UInt8]?, at offset: UInt64,
    _ words: [String]
  ) {
    switch field.type {
    case "bool": judgeBool(bytes)
    case "unused_buffer": judgeUnused(bytes)
    case "int32 le": judgeLessOrEqual(bytes, local, offset, words)
    case "pci config": judgeConfiguration(bytes, local, offset, words)
    case "pci irq state": judgeInterrupts(bytes, offset)
    case "nullptr", "ptr-marker": judgeMarker(bytes, offset, words)
    case let type where type.hasSuffix(" equal"): judgeEqual(type, bytes, local, offset, words)
    default: break
    }
  }

  private mutating func judgeBool(_ bytes: [UInt8]) {
    guard let odd = bytes.first(where: { $0 > 1 }) else { return }
    lose(.value, "\(odd) is taken for true, which is 1")
  }

  private mutating func judgeUnused(_ bytes: [UInt8]) {
    guard bytes.contains(where: { $0 != 0 }) else { return }
    lose(.value, "bytes that nobody reads are not zero")
  }

  private mutating func judgeEqual(
    _ type: String, _ bytes: [UInt8], _ local: [UInt8]?, _ offset: UInt64, _ words: [String]
  ) {
    guard let local, local.count == bytes.count else {
      return doubt(
        "the value that this field has to equal", supply: "a stream saved by the destination")
    }
    guard local != bytes else { return }
    // In hexadecimal without leading zeros, the destination's own first.
    let (mine, received) = (Self.digits(local), Self.digits(bytes))
    refuse(
      .value, "the value has to equal the destination's", at: offset, expected: "0x\(mine)",
      found: "0x\(received)",
      advice: "give the destination the source's size, count or option that this value stands for",
      words: ["\(mine) != \(received)"])
  }

  /// Hexadecimal digits without leading zeros.
  static func digits(_ bytes: [UInt8]) -> String {
    String(bytes.reduce(0) { $0 << 8 | UInt64($1) }, radix: 16)
  }

  private mutating func judgeLessOrEqual(
    _ bytes: [UInt8], _ local: [UInt8]?, _ offset: UInt64, _ words: [String]
  ) {
    guard bytes.count == 4 else { return }
    let value = Self.signed(bytes)
    guard let local, local.count == 4 else {
      return doubt("the highest value that this field may have", supply: "a stream saved by it")
    }
    let highest = Self.signed(local)
    guard value < 0 || value > highest else { return }
    refuse(
      .value, "the value is out of range", at: offset, expected: "0 to \(highest)",
      found: "\(value)", advice: "the stream comes from a newer table, or is damaged",
      words: ["Invalid value \(value) expecting positive value <= \(highest)"])
  }

  private static func signed(_ bytes: [UInt8]) -> Int32 {
    Int32(bitPattern: bytes.reduce(0) { $0 << 8 | UInt32($1) })
  }

  private mutating func judgeInterrupts(_ bytes: [UInt8], _ offset: UInt64) {
    for (line, first) in stride(from: 0, to: bytes.count - 3, by: 4).enumerated() {
      let value = Self.signed(Array(bytes[first..<first + 4]))
      guard value != 0, value != 1 else { continue }
      refuse(
        .value, "an interrupt line has an impossible level", at: offset + UInt64(4 * line),
        expected: "0 or 1", found: "\(value)", advice: "the stream is damaged",
        words: ["irq state \(value): must be 0 or 1."])
      return
    }
  }

  private mutating func judgeMarker(_ bytes: [UInt8], _ offset: UInt64, _ words: [String]) {
    guard bytes.contains(where: { $0 != WireFormat.nullMarker }) else { return }
    refuse(
      .value, "the destination has no object here, and the stream brings one", at: offset,
      expected: "0x30", found: "0x" + Self.digits(bytes),
      advice: "give the destination the device that the source has there", words: words)
  }

  /// A disk's unfinished requests: a byte 1 or 2 before each, 0 at the end.
  ///
  /// QEMU: `get_scsi_requests`, hw/scsi/scsi-bus.c.
  private mutating func readRequests(_ words: [String]) throws(BodyEnd) -> [UInt8] {
    let byte = try take(1, words)
    guard byte != [0] else { return byte }
    doubt(
      "requests that were under way at the source",
      supply: "a stream of the source taken while its disks are idle")
    throw BodyEnd()
  }
}
