import TestSupport
import Testing

@testable import VMState

@Suite struct DecompressingChannelTests {
  private let content = CompressionSamples.content

  /// Reads to the end in pieces of at most `piece` bytes.
  private func decode(
    _ bytes: [UInt8], _ format: CompressionFormat, piece: Int = 4096,
    from source: ((MemoryChannel) -> any ByteChannel)? = nil
  ) throws -> [UInt8] {
    let memory = MemoryChannel(bytes)
    return try readAll(
      DecompressingChannel(over: source?(memory) ?? memory, format: format), piece)
  }

  private func readAll(_ channel: DecompressingChannel, _ piece: Int = 4096) throws -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: piece)
    while true {
      let count = try buffer.withUnsafeMutableBytes { try channel.read(into: $0) }
      if count == 0 { return result }
      result += buffer.prefix(count)
    }
  }

  @Test(arguments: CompressionFormat.allCases)
  func decodesWhatOtherProgramsWrote(_ format: CompressionFormat) throws {
    let bytes = CompressionSamples.compressed(format)
    #expect(try decode(bytes, format) == content)
    #expect(try decode(bytes, format, piece: 1 << 20) == content)
    #expect(try decode(bytes, format, piece: 7) { DrippingChannel($0) } == content)
  }

  @Test(arguments: CompressionFormat.allCases)
  func recognisesTheFormat(_ format: CompressionFormat) throws {
    let found = CompressionFormat(startingWith: CompressionSamples.compressed(format))
    // Deflate has no magic, zlib's two bytes are none.
    #expect(found == (format == .zlib || format == .deflate ? nil : format))
  }

  @Test(arguments: [CompressionFormat.gzip, .zstd, .bzip2, .xz, .lzop])
  func joinsWhatFollowsEachOther(_ format: CompressionFormat) throws {
    let once = CompressionSamples.compressed(format)
    #expect(try decode(once + once + once, format) == content + content + content)
    #expect(try decode(once + once, format) { DrippingChannel($0) } == content + content)
  }

  @Test(arguments: [CompressionFormat.gzip, .zstd, .bzip2, .xz, .lzop])
  func toleratesPaddingAndNotesOtherBytes(_ format: CompressionFormat) throws {
    let once = CompressionSamples.compressed(format)
    let padded = try DecompressingChannel(
      over: MemoryChannel(once + [0, 0, 0, 0] + once + [0, 0, 0]), format: format)
    #expect(try readAll(padded) == content + content)
    #expect(!padded.hasTrailingData)
    let followed = try DecompressingChannel(
      over: MemoryChannel(once + Array("tail".utf8)), format: format)
    #expect(try readAll(followed) == content)
    #expect(followed.hasTrailingData)
  }

  @Test func skipsAZstdFrameWithoutContent() throws {
    let once = CompressionSamples.compressed(.zstd)
    let skipped = hex("50 2a 4d 18  03 00 00 00  01 02 03")
    #expect(try decode(once + skipped + once, .zstd) == content + content)
  }

  @Test(arguments: CompressionFormat.allCases)
  func reportsEveryCut(_ format: CompressionFormat) throws {
    let bytes = CompressionSamples.compressed(format)
    for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 97)) {
      let channel = try DecompressingChannel(
        over: MemoryChannel(Array(bytes[..<length])), format: format)
      let error = #expect(throws: VMStateError.self) { try readAll(channel) }
      #expect(error?.code == .endOfStream, "\(length)")
      #expect(error?.offset == UInt64(length), "\(length)")
      #expect(error?.path == [format.rawValue])
      // It stays that way.
      #expect(throws: VMStateError.self) { try readAll(channel) }
    }
  }

  @Test(arguments: CompressionFormat.allCases)
  func survivesChangedBytes(_ format: CompressionFormat) throws {
    let bytes = CompressionSamples.compressed(format)
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    var refused = 0
    for _ in 0..<200 {
      var changed = bytes
      changed[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(
        in: 1...255, using: &random)
      let channel = try DecompressingChannel(over: MemoryChannel(changed), format: format)
      do {
        _ = try readAll(channel, 1 << 16)
      } catch {
        let known: [VMStateError.Code] = [
          .badCompression, .endOfStream, .limitExceeded, .unsupported,
        ]
        #expect(known.contains((error as? VMStateError)?.code ?? .hookFailed), "\(error)")
        refused += 1
      }
    }
    // Deflate alone has no sum that would tell.
    #expect(refused > (format == .deflate ? 0 : 100))
  }

  @Test func refusesAWindowAboveTheLimit() throws {
    for format in [CompressionFormat.zstd, .xz] {
      let channel = try DecompressingChannel(
        over: MemoryChannel(CompressionSamples.compressed(format)), format: format,
        memoryLimit: 64 << 10)
      let error = #expect(throws: VMStateError.self) { try readAll(channel) }
      #expect([.limitExceeded, .badCompression].contains(error?.code), "\(format)")
    }
  }

  @Test func laysOutTheLibrariesStructuresAsTheirHeadersDo() {
    #expect(MemoryLayout<ZlibStream>.size == 112)
    #expect(MemoryLayout<ZlibStream>.offset(of: \.checksum) == 96)
    #expect(MemoryLayout<BzipStream>.size == 80)
    #expect(MemoryLayout<BzipStream>.offset(of: \.availableOut) == 32)
    #expect(MemoryLayout<XZStream>.size == 136)
    #expect(MemoryLayout<XZStream>.offset(of: \.state) == 56)
    #expect(MemoryLayout<ZstdBuffer>.size == 24)
  }
}

/// Gives a byte or three at a time.
private final class DrippingChannel: ByteChannel {
  private let source: MemoryChannel
  init(_ source: MemoryChannel) { self.source = source }
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(3)))
  }
  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int { 0 }
}
