import TestSupport
import Testing

@testable import VMState

/// Records in runs must give the bytes that single puts give, wherever the buffer and the
/// span list come to their end.
@Suite struct StreamWriterPagesTests {
  private let size = 1024
  private let memory = [UInt8]((0..<200 * 1024).map { UInt8(truncatingIfNeeded: $0 / 1024 + $0) })

  /// Writes with `putRecords` or one by one, in pieces of random sizes and contents.
  private func written(isRun: Bool, seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    memory.withUnsafeBytes { memory in
      var page = 0
      while page < 200 {
        let count = min(Int.random(in: 1...64, using: &random), 200 - page)
        let dense = random.next() | random.next()
        let content = Bool.random(using: &random) ? dense : random.next() & random.next()
        put(page, count, content, isRun, memory.baseAddress!, to: &writer)
        page += count
        // Up to a whole buffer of other bytes, so that the room ends anywhere.
        writer.put(zeros: Int.random(in: 0...StreamWriter.bufferSize, using: &random))
        if Bool.random(using: &random) { writer.put(7 as UInt8) }
      }
      writer.drain()
    }
    let position = writer.position
    #expect(position == UInt64(channel.bytes.count))
    return channel.bytes
  }

  private func put(
    _ page: Int, _ count: Int, _ content: UInt64, _ isRun: Bool, _ memory: UnsafeRawPointer,
    to writer: inout StreamWriter
  ) {
    let start = memory + page * size
    let word = UInt64(page * size) | 0x20
    if isRun {
      return writer.putRecords(
        .init(word: word, pages: start, size: size, count: count, content: content))
    }
    for index in 0..<count {
      let isPage = content >> UInt64(index) & 1 != 0
      writer.put(word + UInt64(index * size) | (isPage ? 8 : 2))
      if isPage {
        writer.put(bytes: UnsafeRawBufferPointer(start: start + index * size, count: size))
      } else {
        writer.put(0 as UInt8)
      }
    }
  }

  @Test func givesTheBytesOfSinglePuts() {
    let seed = UInt64.random(in: 0...(.max))
    print("seed \(seed)")
    for round: UInt64 in 0..<20 {
      let run = written(isRun: true, seed: seed &+ round)
      #expect(run == written(isRun: false, seed: seed &+ round))
    }
  }

  @Test func writesNoHeaderWithoutItsPage() {
    // 300 pages fill the spans of a write twice; no write ends with a header.
    let channel = CountingChannel()
    var writer = StreamWriter(channel)
    memory.withUnsafeBytes { memory in
      for page in 0..<300 {
        writer.put(UInt64(page))
        writer.putSpan(memory.baseAddress!, count: size)
      }
      writer.drain()
    }
    #expect(channel.lengths == [128 * 1032, 128 * 1032, 44 * 1032])
  }
}

/// Notes the length of each write.
private final class CountingChannel: ByteChannel, @unchecked Sendable {
  var lengths: [Int] = []

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int { 0 }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int {
    let count = spans.reduce(0) { $0 + $1.count }
    lengths.append(count)
    return count
  }
}
