import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct StateFileTests {
  @Test(arguments: ["gzip", "bzip2", "xz", "zstd", "lzop"])
  func decompressesAStream(_ format: String) throws {
    let bytes = try ContainerFixture.bytes("stream." + format)
    let stream = try Fixture.stream("10.0/none")
    let opened = try openState(bytes)
    #expect(opened.kind == "\(format), stream")
    #expect(opened.channel.size == nil)
    #expect(try readWhole(opened.channel) == stream)
    #expect(try StreamWalk.collect(openState(bytes).channel).error == nil)
    let piped = try StateFile.open(InOrderChannel(bytes), name: "-")
    #expect(try readWhole(piped.channel) == stream)
  }

  @Test func decodesLZOMatchesOfAllDistances() throws {
    let bytes = try readWhole(openState(ContainerFixture.bytes("larger.lzop")).channel)
    #expect(try bytes == Fixture.stream("7.2/ignore-shared"))
  }

  @Test func undoesOneContainerInsideAnother() throws {
    let image = try ContainerFixture.bytes("libvirt-zstd")
    let packed = try compress(compress(image))
    let opened = try openState(packed)
    #expect(opened.kind == "gzip, gzip, libvirt save image, zstd, stream")
    #expect(try readWhole(opened.channel) == Fixture.stream("10.0/none"))
    var deep = image
    for _ in 0..<9 { deep = try compress(deep) }
    let error = #expect(throws: VMStateError.self) { try openState(deep) }
    #expect(error?.code == .limitExceeded)
  }

  private func compress(_ bytes: [UInt8]) throws -> [UInt8] {
    let deflater = try ZlibDeflater(.gzip)
    var result = [UInt8](repeating: 0, count: bytes.count + 1000)
    let step = try bytes.withUnsafeBytes { input in
      try result.withUnsafeMutableBytes { try deflater.process(input, into: $0, flush: .finish) }
    }
    #expect(step.isFinished)
    return Array(result.prefix(step.produced))
  }

  @Test func opensABareStreamWithPositions() throws {
    let stream = try Fixture.stream("7.2/none")
    let opened = try openState(stream)
    #expect(opened.containers.isEmpty && opened.content == .stream && opened.kind == "stream")
    #expect(opened.channel.size == UInt64(stream.count))
    #expect(opened.channel.capabilities.contains(.positioned))
    #expect(StreamWalk.collect(opened.channel).length == UInt64(stream.count))
  }

  @Test func passesOverBytesBeforeTheStream() throws {
    let stream = try Fixture.stream("7.2/none")
    let bytes = [UInt8](repeating: 0xee, count: 100_000) + stream
    let opened = try openState(bytes, StateFile.Options(offset: 100_000))
    #expect(opened.kind == "from byte 100000 on, stream" && opened.origin == 0)
    #expect(try readWhole(opened.channel) == stream)
    let piped = try StateFile.open(
      InOrderChannel(bytes), name: "-", StateFile.Options(offset: 100_000))
    #expect(try readWhole(piped.channel) == stream)
    let error = #expect(throws: VMStateError.self) {
      try openState(bytes, StateFile.Options(offset: UInt64(bytes.count) + 1))
    }
    #expect(error?.code == .endOfStream)
  }

  @Test func tellsWhatIsInside() throws {
    #expect(try openState(Fixture.stream("10.0/mapped-ram")).content == .mappedRAM)
    #expect(try openState(Fixture.stream("7.2/multifd-multifd1")).content == .multifdChannel)
    #expect(try openState(hex("51435052 00000001")).content == .cpr)
    #expect(try openState(Array("anything".utf8)).content == .unknown)
    #expect(try openState([]).content == .unknown)
    let error = #expect(throws: VMStateError.self) { try openState(hex("564d4100 00000001")) }
    #expect(error?.code == .endOfStream)
  }

  @Test func survivesChangedBytes() throws {
    let names =
      LibvirtTests.images + [
        "stream.gzip", "stream.bzip2", "stream.xz", "stream.zstd", "stream.lzop",
      ]
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for name in names {
      let bytes = try ContainerFixture.bytes(name)
      for _ in 0..<60 {
        var changed = bytes
        let end = Bool.random(using: &random) ? 100 : bytes.count
        changed[Int.random(in: 0..<end, using: &random)] ^= UInt8.random(
          in: 1...255, using: &random)
        do {
          _ = try readWhole(openState(changed).channel, piece: 1 << 16)
        } catch {
          #expect(error is VMStateError, "\(error)")
        }
      }
    }
  }
}
