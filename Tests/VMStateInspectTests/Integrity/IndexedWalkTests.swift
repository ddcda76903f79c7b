import TestSupport
import Testing
import VMState
import VMStateInspect

/// Sections found by the index in a stream's sums.
@Suite struct IndexedWalkTests {
  /// What a dump prints, and how many bytes were read in order.
  private func dump(
    _ bytes: [UInt8], sections: [String], fields: [String] = []
  ) throws -> (text: String, read: Int, result: DumpText.Result) {
    let channel = CountingChannel(bytes)
    let output = MemoryTextOutput()
    let result = try DumpText.dump(
      channel,
      DumpOptions(
        sections: sections.map(GlobPattern.init), fields: fields.map(GlobPattern.init)),
      to: output)
    return (String(decoding: output.bytes, as: UTF8.self), channel.read, result)
  }

  @Test(arguments: [["i8254"], ["i8259#1"], ["i825*", "hpet"], ["timer"]])
  func showsTheSameWithoutReadingTheMemory(sections: [String]) throws {
    let whole = try dump(try Fixture.stream("10.0/pc"), sections: sections)
    let indexed = try dump(try SummedStream("10.0/pc").bytes, sections: sections)
    #expect(indexed.text == whole.text)
    #expect(!whole.text.isEmpty)
    #expect(whole.read > 700_000)
    #expect(indexed.read < 300_000)
  }

  @Test func showsFieldsWithoutReadingTheMemory() throws {
    let whole = try dump(try Fixture.stream("10.0/pc"), sections: [], fields: ["*count*"])
    let indexed = try dump(try SummedStream("10.0/pc").bytes, sections: [], fields: ["*count*"])
    #expect(indexed.text == whole.text)
    #expect(whole.result.fields > 5)
  }

  @Test func readsEverythingForTheMemory() throws {
    let whole = try dump(try Fixture.stream("10.0/pc"), sections: ["ram"])
    let indexed = try dump(try SummedStream("10.0/pc").bytes, sections: ["ram"])
    #expect(indexed.text == whole.text)
    #expect(indexed.read > 700_000)
  }

  @Test func doesNotGoByAWrongIndex() throws {
    let whole = try dump(try Fixture.stream("10.0/pc"), sections: ["hpet"])
    let wrong = try dump(try SummedStream("10.0/pc", shift: 1).bytes, sections: ["hpet"])
    #expect(wrong.text == whole.text)
    #expect(wrong.read > 700_000)
  }

  @Test func saysThatTheSectionIsDamaged() throws {
    var stream = try SummedStream("10.0/pc")
    let body = try #require(stream.body("hpet"))
    stream.bytes[body.lowerBound + 9] ^= 4
    let damaged = try dump(stream.bytes, sections: ["hpet"])
    #expect(damaged.result.error?.code == .integrity)
    #expect(damaged.text.contains("problem: hpet: damaged"))
    let other = try dump(stream.bytes, sections: ["i8254"])
    #expect(other.result.error == nil)
  }

  @Test func extractsByTheIndex() throws {
    let stream = try SummedStream("10.0/pc")
    let channel = CountingChannel(stream.bytes)
    let target = MemoryChannel()
    let pattern = GlobPattern("hpet")
    _ = try Extractor.extract(channel, section: pattern, to: target)
    #expect(target.bytes == Array(stream.bytes[try #require(stream.body("hpet"))]))
    #expect(channel.read < 300_000)
  }
}

/// Counts the bytes that are read in order.
private final class CountingChannel: ByteChannel, @unchecked Sendable {
  // Used by one thread.
  private(set) var read = 0
  private let inner: MemoryChannel

  init(_ bytes: [UInt8]) { inner = MemoryChannel(bytes) }

  var capabilities: ChannelCapabilities { inner.capabilities }
  var size: UInt64? { inner.size }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VMStateError) -> Int {
    let count = try inner.read(into: buffer)
    read += count
    return count
  }

  func read(
    into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(VMStateError) -> Int {
    try inner.read(into: buffer, at: position)
  }

  func seek(to position: UInt64) throws(VMStateError) { try inner.seek(to: position) }

  func write(_ spans: UnsafeBufferPointer<WriteSpan>) throws(VMStateError) -> Int { 0 }
}
