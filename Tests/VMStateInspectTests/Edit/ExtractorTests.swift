import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct ExtractorTests {
  private func extract(
    _ bytes: [UInt8], _ section: String, _ field: String? = nil
  ) throws -> [UInt8] {
    let target = MemoryChannel()
    let count = try Extractor.extract(
      MemoryChannel(bytes), section: GlobPattern(section), field: field, to: target)
    #expect(count == target.size)
    return target.bytes
  }

  @Test func takesTheBodyOfEverySection() throws {
    let bytes = try Fixture.stream("10.0/none")
    for case .section(let section) in StreamWalk.collect(MemoryChannel(bytes)).elements
    where section.kind == .full {
      let first = Int(section.bodyOffset)
      let body = try extract(bytes, SectionLabel.text(section.idstr, section.instance))
      #expect(body == Array(bytes[first..<first + Int(section.bodyLength)]), "\(section.idstr)")
    }
  }

  @Test func takesASectionThatNothingDescribes() throws {
    let bytes = try Fixture.stream("10.0/dirty-bitmaps")
    var expected: [UInt8] = []
    for case .section(let section) in StreamWalk.collect(MemoryChannel(bytes)).elements
    where section.idstr == "dirty-bitmap" {
      let first = Int(section.bodyOffset)
      expected += bytes[first..<first + Int(section.bodyLength)]
    }
    #expect(!expected.isEmpty)
    #expect(try extract(bytes, "dirty-bitmap") == expected)
  }

  @Test func takesAllPartsOfTheRAM() throws {
    let bytes = try Fixture.stream("7.2/none")
    var expected: [UInt8] = []
    for case .section(let section) in StreamWalk.collect(MemoryChannel(bytes)).elements
    where section.idstr == "ram" {
      let first = Int(section.bodyOffset)
      expected += bytes[first..<first + Int(section.bodyLength)]
    }
    #expect(try extract(bytes, "ram") == expected)
    #expect(expected.count > 9000)
  }

  @Test func takesAFieldOrAnElement() throws {
    let bytes = try Fixture.stream("10.0/none")
    #expect(
      try extract(bytes, "globalstate", "runstate").prefix(8) == Array("running\0".utf8)[...])
    #expect(try extract(bytes, "global*", "globalstate/size") == hex("00000008"))
    let start = SyntheticStream.containers.bytes
    #expect(try extract(start, "syn", "tree[0]/key") == hex("00000000000000ab"))
    #expect(try extract(start, "syn", "syn/x/b") == hex("aabb"))
    #expect(try extract(start, "syn", "list") == hex("01 11 01 22 00"))
  }

  @Test func refusesWhatIsNotThereOrNotOne() throws {
    let bytes = try Fixture.stream("7.2/pc")
    #expect(throws: VMStateError.self) { try extract(bytes, "nothing") }
    #expect(throws: VMStateError.self) { try extract(bytes, "i8254", "nothing") }
    #expect(throws: VMStateError.self) { try extract(bytes, "ram", "size") }
    let error = #expect(throws: VMStateError.self) { try extract(bytes, "dma*") }
    #expect(error?.found == "dma and dma#1")
    #expect(throws: VMStateError.self) { try extract(try Fixture.stream("10.0/mapped-ram"), "ram") }
  }
}
