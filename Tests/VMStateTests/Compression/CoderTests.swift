import TestSupport
import Testing
import VMState

/// What the long-lived encoders write is decoded packet by packet, as a migration's channels do.
@Suite struct CoderTests {
  private typealias Step = (
    UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer
  ) throws -> CodingProgress

  /// Runs a coder over one packet with little room, until it is through.
  private func run(_ input: [UInt8], until isDone: (CodingProgress, Int) -> Bool, _ step: Step)
    throws -> [UInt8]
  {
    var result: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 100)
    var taken = 0
    while true {
      let progress = try input.withUnsafeBytes { input in
        try room.withUnsafeMutableBytes {
          try step(UnsafeRawBufferPointer(rebasing: input[taken...]), $0)
        }
      }
      taken += progress.consumed
      result += room.prefix(progress.produced)
      if isDone(progress, input.count - taken) { return result }
    }
  }

  private func packets() -> [[UInt8]] {
    var random = SeededGenerator(seed: 7)
    return (0..<20).map { index in
      let word = UInt8.random(in: 0...255, using: &random)
      return (0..<(index * 700)).map {
        $0 % 5 == 0 ? UInt8.random(in: 0...9, using: &random) : word
      }
    }
  }

  @Test(arguments: [CompressionFormat.zlib, .deflate, .gzip])
  func zlibKeepsItsHistoryAcrossPackets(_ format: CompressionFormat) throws {
    let deflater = try ZlibDeflater(format, level: 1)
    let inflater = try ZlibInflater(format)
    for packet in packets() {
      let sent = try run(packet, until: { step, _ in step.isFinished }) {
        try deflater.process($0, into: $1, flush: .sync)
      }
      let received = try run(sent, until: { $0.produced < 100 && $1 == 0 }) {
        try inflater.process($0, into: $1)
      }
      #expect(received == packet)
    }
    let end = try run([], until: { step, _ in step.isFinished }) {
      try deflater.process($0, into: $1, flush: .finish)
    }
    let last = try run(end, until: { step, _ in step.isFinished }) {
      try inflater.process($0, into: $1)
    }
    #expect(last.isEmpty)
  }

  @Test func zstdKeepsItsHistoryAcrossPackets() throws {
    let encoder = try ZstdEncoder(level: 3)
    let decoder = try ZstdDecoder()
    var random = SeededGenerator(seed: 8)
    let noise = (0..<20).map { _ in
      (0..<3000).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
    var sizes: [Int] = []
    for packet in noise + noise + packets() {
      let sent = try run(packet, until: { step, _ in step.isFinished }) {
        try encoder.process($0, into: $1, flush: .sync)
      }
      sizes.append(sent.count)
      let received = try run(sent, until: { $0.produced < 100 && $1 == 0 }) {
        try decoder.process($0, into: $1)
      }
      #expect(received == packet)
    }
    // Noise cannot be compressed, but the second time it is known.
    #expect(sizes[..<20].allSatisfy { $0 > 3000 } && sizes[20..<40].allSatisfy { $0 < 100 })
  }

  private func decode(
    _ format: CompressionFormat, _ bytes: [UInt8], count: Int
  ) throws -> [UInt8] {
    try bytes.withUnsafeBytes { try format.decode($0, count: count) }
  }

  @Test(arguments: CompressionFormat.allCases)
  func decodesWholePiecesOfAKnownLength(_ format: CompressionFormat) throws {
    let bytes = CompressionSamples.compressed(format)
    #expect(try decode(format, bytes, count: 200_000) == CompressionSamples.content)
    #expect(try decode(format, bytes, count: 1000) == Array(CompressionSamples.content[..<1000]))
    let error = #expect(throws: VMStateError.self) {
      try decode(format, bytes, count: 200_001)
    }
    #expect(error?.code == .badCompression)
    #expect(error?.found == "200000")
  }

  @Test func startsAgainAfterAReset() throws {
    let deflater = try ZlibDeflater(.deflate)
    let first = try run([1, 2, 3], until: { step, _ in step.isFinished }) {
      try deflater.process($0, into: $1, flush: .finish)
    }
    try deflater.reset()
    let second = try run([1, 2, 3], until: { step, _ in step.isFinished }) {
      try deflater.process($0, into: $1, flush: .finish)
    }
    #expect(first == second)
    #expect(try decode(.deflate, first, count: 3) == [1, 2, 3])
  }

  @Test func refusesWhatALibraryDoesNotHave() {
    #expect(throws: VMStateError.self) { try ZlibInflater(.zstd) }
    #expect(throws: VMStateError.self) { try ZlibDeflater(.zlib, level: 10) }
    #expect(throws: VMStateError.self) { try ZstdEncoder(level: 23) }
  }
}
