import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct RAMExtractionTests {
  private func image(
    _ bytes: [UInt8], _ shape: RAMExtraction.Shape = .raw, piped: Bool = false
  ) throws -> [UInt8] {
    let output = MemoryChannel()
    let main: any ByteChannel = piped ? UnpositionedChannel(bytes) : MemoryChannel(bytes)
    _ = try RAMExtraction.write(MemorySource(main), as: shape, to: output)
    return output.bytes
  }

  /// Page 0 comes twice, page 1 turns to zeros, page 2 changes by deltas, page 3 never comes.
  private var stream: [UInt8] {
    var ram = HandmadeRAM([("pc.ram", 16384)])
    ram.page("pc.ram", 0, HandmadeRAM.filled(1))
    ram.page("pc.ram", 4096, HandmadeRAM.filled(2))
    ram.page("pc.ram", 8192, HandmadeRAM.filled(3))
    ram.nextSection()
    ram.page("pc.ram", 0, HandmadeRAM.filled(9))
    ram.zero("pc.ram", 4096)
    // Five bytes kept, two new ones.
    ram.delta("pc.ram", 8192, [5, 2, 0xAA, 0xBB])
    ram.delta("pc.ram", 8192, [6, 1, 0xCC])
    ram.finish()
    return ram.bytes
  }

  private var expected: [UInt8] {
    var page = HandmadeRAM.filled(3)
    page.replaceSubrange(5..<7, with: [0xAA, 0xCC])
    return HandmadeRAM.filled(9) + HandmadeRAM.filled(0) + page + HandmadeRAM.filled(0)
  }

  @Test(arguments: [false, true])
  func keepsTheLastVersionOfEachPage(piped: Bool) throws {
    #expect(try image(stream, piped: piped) == expected)
    #expect(try image(stream, .block("pc.ram"), piped: piped) == expected)
  }

  @Test(arguments: [false, true])
  func indexesTheLastVersionOfEachPage(piped: Bool) throws {
    let main: any ByteChannel = piped ? UnpositionedChannel(stream) : MemoryChannel(stream)
    let (index, problems) = try MemoryIndex.make(of: MemorySource(main))
    #expect(problems.isEmpty)
    var bytes: [UInt8] = []
    for page in 0..<4 { bytes += try index.page(block: 0, page: page) }
    #expect(bytes == expected)
    #expect(index.entry(block: 0, page: 0).kind == (piped ? .spooled : .page))
    #expect(index.entry(block: 0, page: 1).kind == .zero)
    #expect(index.entry(block: 0, page: 2).kind == .patched)
    #expect(index.entry(block: 0, page: 3).kind == .absent)
    #expect(throws: VMStateError.self) { try index.page(block: 0, page: 4) }
  }

  @Test func writesAnELFCoreWithItsSegments() throws {
    var ram = HandmadeRAM(machine: "pc-q35-7.2", [("pc.ram", 8192), ("pc.bios", 4096)])
    ram.page("pc.ram", 4096, HandmadeRAM.filled(7))
    ram.page("pc.bios", 0, HandmadeRAM.filled(8))
    ram.finish()
    let core = try image(ram.bytes, .elf)
    // Magic, 64 bits, little-endian; type 4 (core), machine 62.
    #expect(Array(core[0..<7]) == [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1])
    #expect(core[16] == 4 && core[18] == 62)
    #expect(core[56] == 2, "two program headers")
    func word(_ offset: Int) -> UInt64 {
      (0..<8).reduce(0) { $0 | UInt64(core[offset + $1]) << UInt64(8 * $1) }
    }
    // offset, address, size of each: RAM at 0, firmware ending at 4 GiB.
    let headers = [64, 120].map { [word($0 + 8), word($0 + 24), word($0 + 32)] }
    #expect(headers == [[4096, 0, 8192], [12288, 0xFFFF_F000, 4096]])
    #expect(Array(core[4096..<8192]) == HandmadeRAM.filled(0))
    #expect(Array(core[8192..<12288]) == HandmadeRAM.filled(7))
    #expect(Array(core[12288...]) == HandmadeRAM.filled(8))
  }

  @Test func refusesABlockThatIsNotThere() {
    #expect(throws: VMStateError.self) { try image(stream, .block("vga.vram")) }
  }

  @Test func keepsMemoryBeforeAnError() throws {
    var cut = stream
    cut.removeLast(20)
    let output = MemoryChannel()
    let result = try RAMExtraction.write(
      MemorySource(MemoryChannel(cut)), as: .raw, to: output)
    #expect(!result.problems.isEmpty)
    #expect(Array(output.bytes[..<4096]) == HandmadeRAM.filled(9))
    #expect(output.bytes.count == 16384)
  }

  @Test func boundsWhatAHostileListAsksFor() {
    var ram = HandmadeRAM([("pc.ram", 1 << 60)])
    ram.finish()
    #expect(throws: VMStateError.self) {
      _ = try RAMExtraction.write(
        MemorySource(MemoryChannel(ram.bytes)), as: .raw, to: MemoryChannel())
    }
    #expect(throws: VMStateError.self) {
      _ = try MemoryIndex.make(of: MemorySource(MemoryChannel(ram.bytes)))
    }
  }

  @Test func readsPagesFarApartWithLittleMemory() throws {
    // 8 TiB, one page every 1 TiB.
    var ram = HandmadeRAM([("pc.ram", 8 << 40)])
    for part in 0..<8 as Range<UInt64> {
      ram.page("pc.ram", part << 40, HandmadeRAM.filled(UInt8(part + 1)))
    }
    ram.finish()
    let (index, _) = try MemoryIndex.make(of: MemorySource(MemoryChannel(ram.bytes)))
    #expect(try index.page(block: 0, page: 3 << 28).first == 4)
    #expect(index.count(block: 0)[.page] == 8)
    #expect(BlockPicture.lines(index, block: 0).count == 33)
  }

  @Test func drawsABlock() throws {
    let (index, _) = try MemoryIndex.make(of: MemorySource(MemoryChannel(stream)))
    let lines = BlockPicture.lines(index, block: 0, width: 8)
    #expect(lines.count == 2)
    #expect(lines[0].contains("2 with content, 1 zero, 1 never sent"))
    #expect(lines[1] == "  0000000000  █░x·")
  }
}

/// A channel like a pipe: bytes in order and nothing else.
final class UnpositionedChannel: ByteChannel {
  private let inner: MemoryChannel

  init(_ bytes: [UInt8]) { inner = MemoryChannel(bytes) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try inner.read(into: buffer)
  }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    try inner.write(spans)
  }
}
