import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct ReencodeTests {
  @Test(
    arguments: try Fixture.manifest().map(\.name).filter {
      !(try Fixture.containers().contains($0))
    })
  func writesEveryRecordedStreamAgainByteForByte(name: String) throws {
    let bytes = try Fixture.stream(name)
    let target = MemoryChannel()
    let result = try Reencoder.reencode(MemoryChannel(bytes), to: target)
    #expect(target.bytes == bytes, "first difference at \(difference(bytes, target.bytes))")
    #expect(result.problems.isEmpty)
    // Streams without a description: their sections are found by their footers.
    let isBare = name.contains("no-vmdesc") || name.contains("postcopy")
    #expect(isBare || result.opaqueBytes == 0, "\(result.opaque)")
    #expect(result.length == UInt64(bytes.count))
  }

  @Test(arguments: try Fixture.containers())
  func writesTheStreamInsideAContainerAgain(name: String) throws {
    let file = try Fixture.stream(name)
    let bytes = try readWhole(StateFile.open(MemoryChannel(file), name: name).channel)
    let opened = try StateFile.open(MemoryChannel(file), name: name)
    let target = MemoryChannel()
    var options = WalkOptions()
    options.origin = opened.origin
    let result = try Reencoder.reencode(opened.channel, to: target, options)
    let written = Array(target.bytes.dropFirst(Int(opened.origin)))
    #expect(written == bytes, "first difference at \(difference(bytes, written))")
    #expect(result.length == UInt64(bytes.count) + opened.origin)
    #expect(result.problems.isEmpty, "\(result.problems)")
  }

  private func difference(_ one: [UInt8], _ other: [UInt8]) -> Int {
    zip(one, other).enumerated().first { $1.0 != $1.1 }?.offset ?? min(one.count, other.count)
  }

  @Test func keepsTheBytesOfABrokenStream() throws {
    var bytes = try Fixture.stream("10.0/none")
    // The first section's footer is no footer any more: what follows cannot be told apart.
    let walked = StreamWalk.collect(MemoryChannel(bytes))
    guard case .section(let first) = try #require(walked.elements.first) else { return }
    bytes[Int(first.offset + first.length) - 5] = 0x55
    let target = MemoryChannel()
    let result = try Reencoder.reencode(MemoryChannel(bytes), to: target)
    #expect(target.bytes == bytes)
    #expect(!result.problems.isEmpty)
    #expect(result.opaqueBytes > 0)
  }

  @Test func comparesWhereItWrites() throws {
    let bytes = try Fixture.stream("7.2/none")
    let same = ComparingChannel(with: MemoryChannel(bytes))
    _ = try Reencoder.reencode(MemoryChannel(bytes), to: same)
    #expect(same.difference == nil)
    var other = bytes
    other[700] ^= 1
    let changed = ComparingChannel(with: MemoryChannel(other))
    _ = try Reencoder.reencode(MemoryChannel(bytes), to: changed)
    #expect(changed.difference?.offset == 700)
    #expect(changed.difference?.expected == other[700] && changed.difference?.found == bytes[700])
  }
}
