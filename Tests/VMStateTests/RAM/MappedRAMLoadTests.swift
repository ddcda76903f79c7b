import TestSupport
import Testing

@testable import VMState

@Suite struct MappedRAMLoadTests {
  /// A file with pages 1 and 67 of 70; the bitmap is at 0x2e, the pages at 0x100000.
  private func file() throws -> (bytes: [UInt8], content: [UInt8]) {
    let save = try MappedSave([.make("a", pages: 70)])
    save.source.first.fill(page: 1, with: 5)
    save.source.first.fill(page: 67, with: 6)
    try save.save()
    return (save.bytes, save.source.first.content)
  }

  @Test func loadsPagesAndMakesTheOthersZero() throws {
    let file = try file()
    for protection in [RAMBlock.LoadProtection.protected, .disposable, .alwaysDisposable] {
      let target = try MappedSave.target(70, protection)
      target.first.fill(page: 0, with: 9)
      target.first.fill(page: 67, with: 9)
      target.first.fill(page: 69, with: 9)
      try MappedSave.load(file.bytes, into: target)
      #expect(target.content == [file.content])
      let values = target.handlers.loadProgress.current
      #expect(values.normalPages == 2 && values.zeroPages == 0)
    }
  }

  @Test func readsAnyPageByItself() throws {
    let file = try file()
    let channel = MemoryChannel(file.bytes)
    let header = MappedRAMHeader(bitmapOffset: 0x2e, pagesOffset: 0x100000)
    let block = try MappedRAMBlock(name: [0x61], length: 70 * 4096, header: header, headerEnd: 0x2e)
    let bitmap = try block.readBitmap(from: channel)
    #expect(bitmap.count == 2)
    var page = pageBytes(0xee)
    for number in [67, 0, 1, 69] {
      try page.withUnsafeMutableBytes {
        try block.readPage(number, bitmap, from: channel, into: $0)
      }
      #expect(page == Array(file.content[number << 12..<(number + 1) << 12]))
    }
    let error = #expect(throws: VMStateError.self) {
      try page.withUnsafeMutableBytes { try block.readPage(70, bitmap, from: channel, into: $0) }
    }
    #expect(error?.code == .ramOffset)
  }

  private func refusal(
    _ bytes: [UInt8], _ protection: RAMBlock.LoadProtection
  ) throws -> VMStateError {
    let target = try MappedSave.target(70, protection)
    if protection == .protected { target.first.fill(page: 1, with: 9) }
    let before = target.content
    var found: VMStateError?
    do throws(VMStateError) {
      try MappedSave.load(bytes, into: target)
    } catch {
      found = error
    }
    #expect(target.content == before)
    return try #require(found)
  }

  /// Puts bytes over a good file and expects a refusal.
  private func expect(
    _ change: String, at offset: Int, _ code: VMStateError.Code, _ place: UInt64,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    var bytes = try file().bytes
    let new = hex(change)
    bytes.replaceSubrange(offset..<offset + new.count, with: new)
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let error = try refusal(bytes, protection)
      #expect(error.code == code, sourceLocation: location)
      #expect(error.offset == place, sourceLocation: location)
      #expect(error.path == ["a"], sourceLocation: location)
    }
  }

  @Test func refusesHeadersThatDoNotFit() throws {
    // The header is at 18: version, page size at 22, bitmap at 30, pages at 38.
    try expect("00000002", at: 18, .badRAMRecord, 18)
    try expect("0000000000001001", at: 22, .badRAMRecord, 22)
    try expect("0000000000002000", at: 22, .badRAMRecord, 22)
    try expect("0000000000100100", at: 38, .badRAMRecord, 38)
  }

  @Test func refusesPlacesThatOverlapOrLieOutside() throws {
    // A bitmap in the header, in the pages, behind them, beyond all numbers.
    try expect("0000000000000010", at: 30, .badRAMRecord, 18)
    try expect("0000000000100800", at: 30, .badRAMRecord, 18)
    try expect("0000000000146000", at: 30, .badRAMRecord, 0x146000)
    try expect("fffffffffffffff0", at: 30, .badRAMRecord, 18)
    // Pages before the header's end, at the end of the numbers.
    try expect("0000000000000000", at: 38, .badRAMRecord, 18)
    try expect("7ffffffffffff000", at: 38, .badRAMRecord, 18)
  }

  @Test func refusesABitmapWithBitsBeyondTheBlock() throws {
    try expect("40", at: 0x2e + 8, .badRAMRecord, 0x2e)
  }

  @Test func refusesPagesBeyondTheEndOfTheFile() throws {
    var bytes = try file().bytes
    bytes.replaceSubrange(38..<46, with: hex("0000000000200000"))
    for protection in [RAMBlock.LoadProtection.protected, .disposable] {
      let error = try refusal(bytes, protection)
      #expect(error.code == .endOfStream)
      #expect(error.offset == UInt64(bytes.count))
    }
    let cut = Array(try file().bytes[..<0x143800])
    #expect(try refusal(cut, .disposable).code == .endOfStream)
  }

  @Test func refusesPageRecords() throws {
    let file = try file()
    for word in [
      "0000000000000002 01 61 00", "0000000000000008 01 61", "0000000000000040 01 61",
      "0000000000000100", "0000000000000200", "0000000000000080",
    ] {
      let error = try refusal(Array(file.bytes.dropLast(8)) + hex(word), .disposable)
      #expect(error.code == .badRAMRecord)
      #expect(error.offset == 0x146008)
    }
  }

  @Test func refusesAChannelWithoutPositions() throws {
    let file = try file()
    let target = try MappedSave.target(70)
    let error = #expect(throws: VMStateError.self) {
      try MappedSave.load(InOrderChannel(MemoryChannel(file.bytes)), into: target)
    }
    #expect(error?.code == .unsupported)
  }
}

/// A channel that hides its positions.
private final class InOrderChannel: ByteChannel {
  private let channel: MemoryChannel
  init(_ channel: MemoryChannel) { self.channel = channel }
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try channel.read(into: buffer)
  }
  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    try channel.write(spans)
  }
}
