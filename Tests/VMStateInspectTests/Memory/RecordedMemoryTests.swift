import TestSupport
import Testing
import VMState
import VMStateInspect

/// Memory taken out of recorded streams is what the source had.
@Suite struct RecordedMemoryTests {
  private func source(_ files: [[UInt8]]) -> MemorySource {
    let channels = files.map { MemoryChannel($0) }
    return MemorySource(channels[0], channels: Array(channels[1...]))
  }

  private func sums(_ image: [UInt8]) -> (low: String, high: String) {
    var (low, high) = (CRC32C(), CRC32C())
    image.withUnsafeBytes { bytes in
      low.update(UnsafeRawBufferPointer(rebasing: bytes[..<(640 << 10)]))
      high.update(UnsafeRawBufferPointer(rebasing: bytes[(1 << 20)...]))
    }
    return (CRC32C.text(low.value), CRC32C.text(high.value))
  }

  @Test(arguments: RecordedMemory.all)
  func holdsTheRecordedMemory(recorded: RecordedMemory) throws {
    let files = try recorded.fixtures.map { try Fixture.stream($0) }
    let output = MemoryChannel()
    let result = try RAMExtraction.write(source(files), as: .raw, to: output)
    #expect(result.problems.isEmpty)
    let written = sums(output.bytes)
    #expect(written.low == recorded.low, "\(recorded.fixtures[0])")
    #expect(written.high == recorded.high, "\(recorded.fixtures[0])")

    // By the index, too.
    let (index, problems) = try MemoryIndex.make(of: source(files))
    #expect(problems.isEmpty)
    // `pc.ram`, or what the machine's memory backend is called.
    let block = try #require(
      index.blocks.indices.max { index.blocks[$0].pages < index.blocks[$1].pages })
    var image: [UInt8] = []
    image.reserveCapacity(Int(index.blocks[block].length))
    for page in 0..<index.blocks[block].pages { image += try index.page(block: block, page: page) }
    let indexed = sums(image)
    #expect(indexed.low == recorded.low, "\(recorded.fixtures[0])")
    #expect(indexed.high == recorded.high, "\(recorded.fixtures[0])")
  }
}
