import TestSupport
import Testing
import VMState
import VMStateInspect

/// Memory taken out of recorded streams is what the source had.
@Suite struct RecordedMemoryTests {
  private func source(_ recorded: RecordedMemory) throws -> MemorySource {
    let files = try recorded.fixtures.map { MemoryChannel(try Fixture.stream($0)) }
    return MemorySource(files[0], channels: Array(files[1...]))
  }

  private func sums(_ image: [UInt8]) -> (low: String, high: String) {
    var low = SHA256()
    var high = CRC32C()
    image.withUnsafeBytes { bytes in
      low.update(UnsafeRawBufferPointer(rebasing: bytes[..<(640 << 10)]))
      high.update(UnsafeRawBufferPointer(rebasing: bytes[(1 << 20)...]))
    }
    return (low.text, CRC32C.text(high.value))
  }

  @Test(arguments: RecordedMemory.all)
  func writesTheRecordedMemory(recorded: RecordedMemory) throws {
    let output = MemoryChannel()
    let result = try RAMExtraction.write(try source(recorded), as: .raw, to: output)
    #expect(result.problems.isEmpty)
    let sums = sums(output.bytes)
    #expect(sums.low == recorded.low, "\(recorded.fixtures[0])")
    #expect(sums.high == recorded.high, "\(recorded.fixtures[0])")
  }

  @Test(arguments: RecordedMemory.all)
  func indexesTheRecordedMemory(recorded: RecordedMemory) throws {
    let (index, problems) = try MemoryIndex.make(of: try source(recorded))
    #expect(problems.isEmpty)
    // `pc.ram`, or what the machine's memory backend is called.
    let block = try #require(
      index.blocks.indices.max { index.blocks[$0].pages < index.blocks[$1].pages })
    var image: [UInt8] = []
    image.reserveCapacity(Int(index.blocks[block].length))
    for page in 0..<index.blocks[block].pages { image += try index.page(block: block, page: page) }
    let sums = sums(image)
    #expect(sums.low == recorded.low, "\(recorded.fixtures[0])")
    #expect(sums.high == recorded.high, "\(recorded.fixtures[0])")
  }
}
