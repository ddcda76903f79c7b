extension MultifdPagePacket {
  /// Reads what follows the flags; the reader then stands at the payload.
  ///
  /// - Parameters:
  ///   - flags: As read; not those of a device's state.
  ///   - pageSize: Decides the number of offsets, hence the length.
  ///   - layout: `zeroPages` also reads older packets, unless they have rubbish in the bytes
  ///     without meaning (4.x).
  /// - Throws: `badPacket` for counts that do not fit each other or the packet, offsets
  ///   inside a page, a compression that does not exist, a payload length that the pages
  ///   cannot have; `endOfStream`, or the channel's error.
  init(
    after flags: MultifdFlags, from reader: inout StreamReader, pageSize: TargetPageSize,
    layout: Layout
  ) throws(VMStateError) {
    let start = reader.position - 12
    self.layout = layout
    self.flags = flags
    allocatedPages = try reader.get()
    normalPages = try reader.get()
    nextPacketSize = try reader.get()
    number = try reader.get()
    zeroPages = layout == .zeroPages ? try reader.get() : 0
    reserved = try reader.getPadded(layout == .zeroPages ? 28 : 32)
    nameField = try reader.getPadded(MultifdFormat.nameLength)
    offsets = try Self.offsets(&reader, count: MultifdFormat.pageCount(for: pageSize))
    do throws(VMStateError) {
      try checkCounts(start)
      try checkPages(pageSize, start)
    } catch {
      throw normalPages == 0 && zeroPages == 0 ? error : error.within(idstr)
    }
  }

  private static func offsets(
    _ reader: inout StreamReader, count: Int
  ) throws(VMStateError) -> [UInt64] {
    let first = try reader.need(8 * count)
    let offsets = [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count {
        let value = first.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
        buffer.initializeElement(at: index, to: UInt64(bigEndian: value))
      }
      initialized = count
    }
    reader.advance(8 * count)
    return offsets
  }

  private func checkCounts(_ start: UInt64) throws(VMStateError) {
    // Before 9.0 a receiver made room for as much as a hundred packets' pages.
    let most = layout == .zeroPages ? offsets.count : 100 * offsets.count
    guard allocatedPages <= most else {
      throw Self.bad("more places than a packet has", start + 12, "at most \(most)", allocatedPages)
    }
    let normalRoom = min(Int(allocatedPages), offsets.count)
    guard normalPages <= normalRoom else {
      throw Self.bad("more pages than places", start + 16, "at most \(normalRoom)", normalPages)
    }
    let zeroRoom = normalRoom - Int(normalPages)
    guard zeroPages <= zeroRoom else {
      throw Self.bad("more zero pages than places", start + 32, "at most \(zeroRoom)", zeroPages)
    }
  }

  private func checkPages(_ pageSize: TargetPageSize, _ start: UInt64) throws(VMStateError) {
    guard normalPages > 0 || zeroPages > 0 else { return }
    guard let method = flags.method else {
      throw Self.bad(
        "an unknown compression", start + 8, "a multifd compression", flags.rawValue)
    }
    for (index, offset) in offsets.prefix(Int(normalPages + zeroPages)).enumerated()
    where offset & pageSize.mask != 0 {
      throw Self.bad(
        "an offset inside a page", start + 320 + 8 * UInt64(index),
        "a multiple of \(pageSize.bytes)", offset)
    }
    guard normalPages > 0 else { return }
    let lengths = method.payloadLengths(pages: Int(normalPages), pageSize: pageSize)
    guard lengths.contains(Int(nextPacketSize)) else {
      throw Self.bad(
        "a payload length that its pages cannot have", start + 20,
        "\(lengths.lowerBound) to \(lengths.upperBound) bytes", nextPacketSize)
    }
  }

  /// Looks whether all pages lie in their block.
  ///
  /// - Parameters:
  ///   - blockLength: The block's `used_length`.
  ///   - start: Where the packet began in the stream, for the message.
  /// - Throws: `ramOffset`.
  public func checkOffsets(
    blockLength: UInt64, pageSize: TargetPageSize = .standard, at start: UInt64 = 0
  ) throws(VMStateError) {
    let size = UInt64(pageSize.bytes)
    for (index, offset) in offsets.prefix(Int(normalPages) + Int(zeroPages)).enumerated()
    where blockLength < size || offset > blockLength - size {
      throw VMStateError(
        .ramOffset, "a page beyond its block", path: [idstr],
        offset: start + 320 + 8 * UInt64(index), expected: "below \(blockLength)",
        found: "\(offset)")
    }
  }

  /// Writes the header; the payload is put after it.
  ///
  /// - Throws: `valueOutOfRange` if a field does not fit.
  public func write(to writer: inout StreamWriter) throws(VMStateError) {
    writer.put(MultifdFormat.magic)
    writer.put(MultifdFormat.version)
    writer.put(flags.rawValue)
    writer.put(allocatedPages)
    writer.put(normalPages)
    writer.put(nextPacketSize)
    writer.put(number)
    if layout == .zeroPages { writer.put(zeroPages) }
    try writer.put(padded: reserved, to: layout == .zeroPages ? 28 : 32)
    try writer.put(padded: nameField, to: MultifdFormat.nameLength)
    for offset in offsets { writer.put(offset) }
  }

  private static func bad(
    _ what: String, _ offset: UInt64, _ expected: String, _ found: some BinaryInteger
  ) -> VMStateError {
    VMStateError(
      .badPacket, "a multifd packet with \(what)", offset: offset, expected: expected,
      found: "\(found)")
  }
}
