import TestSupport
import Testing
import VMState

/// The START section of `ram` in the files that QEMU 10.0 wrote with fixed places.
@Suite struct MappedRAMFileTests {
  private static let names = ["10.0/mapped-ram", "10.0/mapped-ram-multifd"]

  /// Where the list of blocks begins: behind the header, the configuration with the capability
  /// and the START section's own header.
  private func setupOffset(_ bytes: [UInt8]) throws -> Int {
    let section = hex("03 72616d 00000000 00000004")
    let start = try #require(
      (0..<200).first { bytes[$0..<$0 + section.count].elementsEqual(section) })
    return start + section.count
  }

  private func setup(_ bytes: [UInt8]) throws -> (record: RAMSetupRecord, end: UInt64) {
    let start = try setupOffset(bytes)
    let channel = MemoryChannel(bytes)
    try channel.seek(to: UInt64(start))
    var reader = StreamReader(channel, offset: UInt64(start))
    let word = RAMRecordWord(rawValue: try reader.get())
    let record = try RAMSetupRecord(after: word, from: &reader, maximumEntries: 100) {
      _ throws(VMStateError) in .mapped
    }
    let end = reader.position
    #expect(RAMRecordWord(rawValue: try reader.get()) == .endOfSection)
    return (record, end)
  }

  @Test(arguments: names)
  func readsTheBlocksAndPassesOverTheirPages(_ name: String) throws {
    let (record, _) = try setup(try Fixture.stream(name))
    #expect(
      record.entries.map(\.idstr) == [
        "pc.ram", "/rom@etc/acpi/tables", "pc.rom", "pc.bios", "/rom@etc/table-loader",
        "/rom@etc/acpi/rsdp",
      ])
    #expect(record.total == 8_724_480)
    for entry in record.entries {
      // Each header is the one that QEMU's rule gives for its place.
      let place = entry.position + UInt64(1 + entry.name.count + 8)
      #expect(
        try MappedRAMHeader(placedAt: place, blockLength: entry.length) == entry.mapped)
    }
    let blocks = try record.entries.map(mappedBlock)
    #expect(throws: Never.self) { try MappedRAMBlock.checkDisjoint(blocks) }
  }

  private func mappedBlock(_ entry: RAMSetupRecord.Entry) throws -> MappedRAMBlock {
    try MappedRAMBlock(
      name: entry.name, length: entry.length, header: try #require(entry.mapped),
      headerEnd: entry.position + UInt64(1 + entry.name.count + 8 + MappedRAMHeader.length))
  }

  @Test(arguments: names)
  func writesTheSameFileAgainHolesIncluded(_ name: String) throws {
    let bytes = try Fixture.stream(name)
    let (record, end) = try setup(bytes)
    let start = try setupOffset(bytes)
    let channel = MemoryChannel(Array(bytes[..<start]))
    var writer = StreamWriter(channel, offset: UInt64(start))
    try record.write(to: &writer)
    #expect(writer.position == end)
    writer.put(bytes: Array(bytes[Int(end)...]))
    try writer.flush()
    for entry in record.entries { try copy(try mappedBlock(entry), bytes, to: channel) }
    #expect(channel.bytes == bytes)
  }

  /// Decodes the bitmap and writes it and the pages that it names.
  private func copy(
    _ block: MappedRAMBlock, _ bytes: [UInt8], to channel: MemoryChannel
  ) throws {
    let range = block.bitmapRange
    let bitmap = try bytes[Int(range.lowerBound)..<Int(range.upperBound)].withUnsafeBytes {
      try MappedRAMBitmap($0, pages: block.pages)
    }
    try bitmap.bytes().withUnsafeBytes { _ = try channel.write($0, at: range.lowerBound) }
    var page = 0
    while let run = bitmap.nextRun(from: page, limit: 256) {
      let first = Int(block.position(ofPage: run.lowerBound))
      try bytes[first..<first + run.count * 4096].withUnsafeBytes {
        _ = try channel.write($0, at: UInt64(first))
      }
      page = run.upperBound
    }
  }

  @Test func refusesAHeaderThatSendsTheReaderBack() throws {
    // One block of 4 KiB whose pages begin at 0: the list would be read again and again.
    let bytes = hex(
      """
      0000000000001004 01 61 0000000000001000
      00000001 0000000000001000 000000000000002e 0000000000000000
      """)
    let error = refusal(bytes) { reader throws(VMStateError) in
      let word = RAMRecordWord(rawValue: try reader.get())
      return try RAMSetupRecord(after: word, from: &reader, maximumEntries: 10) {
        _ throws(VMStateError) in .mapped
      }
    }
    #expect(error?.code == .badRAMRecord && error?.path == ["a"])
  }

  @Test func readsOnWhereTheChannelCannotSeek() throws {
    // Pages at 0x1000, one of them, then the EOS word.
    var bytes = hex(
      """
      0000000000001004 01 61 0000000000001000
      00000001 0000000000001000 000000000000002e 0000000000001000
      """)
    bytes += [UInt8](repeating: 0xEE, count: 0x2000 - bytes.count) + hex("0000000000000010")
    let end = try bytes.withUnsafeBytes { raw in
      var reader = StreamReader(over: raw)
      let word = RAMRecordWord(rawValue: try reader.get())
      _ = try RAMSetupRecord(after: word, from: &reader, maximumEntries: 10) {
        _ throws(VMStateError) in .mapped
      }
      return RAMRecordWord(rawValue: try reader.get())
    }
    #expect(end == .endOfSection)
  }

  @Test func refusesToWriteLengthsThatAreNoPages() {
    let record = RAMSetupRecord([.init(name: utf8("a"), length: 0x1001)])
    let error = #expect(throws: VMStateError.self) { try written { try record.write(to: &$0) } }
    #expect(error?.code == .valueOutOfRange)
    let long = RAMSetupRecord([.init(name: [UInt8](repeating: 97, count: 256), length: 0x1000)])
    #expect(throws: VMStateError.self) { try written { try long.write(to: &$0) } }
  }
}
