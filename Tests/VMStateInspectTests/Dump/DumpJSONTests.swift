import TestSupport
import Testing
import VMState
import VMStateInspect

@Suite struct DumpJSONTests {
  /// Of the long ones those that are of a kind of their own: all others, and these too, go
  /// through the built tool in Tests/Tools/lossless.py.
  private static let streams = Result {
    try Fixture.manifest().filter {
      $0.size < 2 << 20 || ["10.0/dirty-bitmaps", "7.2/postcopy", "7.2/block"].contains($0.name)
    }.map(\.name)
  }

  @Test(arguments: try streams.get())
  func assemblesEveryRecordedStreamByteForByte(name: String) throws {
    let bytes = try Fixture.stream(name)
    let json = try Lossless.json(bytes)
    let again = try Lossless.assemble(json)
    #expect(again.count == bytes.count)
    #expect(Lossless.difference(again, bytes) == nil)
  }

  @Test(arguments: [
    "10.0/pc", "7.2/xbzrle", "7.2/compress", "10.0/mapped-ram", "10.0/multifd-tee-multifd1",
  ])
  func assemblesFromTextAndPageFiles(name: String) throws {
    let bytes = try Fixture.stream(name)
    let folder = MemoryFolder()
    let json = try Lossless.json(
      bytes, files: PageFiles { name throws(VMStateError) in folder.make(name) })
    let sources = PageSources { name throws(VMStateError) in try folder.open(name) }
    let again = try Lossless.assemble(json, files: sources)
    #expect(Lossless.difference(again, bytes) == nil)
    // The pages are not in the text.
    let file = name.contains("multifd") ? "records.payload" : "0-pc.ram.pages"
    #expect(folder.names.contains(file))
    #expect(throws: VMStateError.self) { try Lossless.assemble(json) }
  }

  @Test(arguments: [0, 3, 7, 8, 20, 100, 300, 5000, 9000, 9996])
  func assemblesCutStreams(count: Int) throws {
    let bytes = Array(try Fixture.stream("7.2/none").prefix(count))
    #expect(try Lossless.assemble(try Lossless.json(bytes)) == bytes)
  }

  @Test func assemblesDamagedStreams() throws {
    let good = try Fixture.stream("10.0/none")
    var generator = SeededGenerator(seed: 20_261_121)
    for round in 0..<300 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[place] = UInt8.random(in: 0...255, using: &generator)
      }
      let again = try Lossless.assemble(try Lossless.json(bytes))
      #expect(again == bytes, "seed 20261121, round \(round)")
    }
  }

  @Test func assemblesWhatFollowsTheEnd() throws {
    let bytes = try Fixture.stream("7.2/none") + [UInt8](repeating: 0xA5, count: 70_000)
    #expect(try Lossless.assemble(try Lossless.json(bytes)) == bytes)
  }

  @Test func readsATextThatAFormatterTouched() throws {
    let bytes = try Fixture.stream("10.0/none")
    let value = try Lossless.value(try Lossless.json(bytes))
    #expect(try Lossless.assemble(Array(value.prettyText(indent: 3).utf8)) == bytes)
    guard case .object(let members) = value else { return }
    let turned = JSONValue.object(members.reversed())
    #expect(try Lossless.assemble(turned.jsonBytes) == bytes)
  }

  @Test func saysFormatAndSchema() throws {
    let json = try Lossless.value(try Lossless.json(try Fixture.stream("7.2/none")))
    #expect(json["format"]?.text == "vmstate-dump")
    #expect(json["schema"]?.int == 1)
  }

  @Test func assemblesListsTreesAndOddValues() throws {
    let bytes = SyntheticStream.containers.bytes
    let json = try Lossless.json(bytes)
    #expect(try Lossless.assemble(json) == bytes)
    let text = String(decoding: json, as: UTF8.self)
    #expect(text.contains(#""nodes": [{"key": 171, "value": {"name": "n""#))
    #expect(text.contains(#""value": "0x7fc0000000000001""#) || text.contains(#""value": 2"#))
    let changed = text.replacing(#""key": 171"#, with: #""key": 172"#)
    var expected = bytes
    expected[SyntheticStream.containers.bodyOffset + 17] = 172
    #expect(try Lossless.assemble(Array(changed.utf8)) == expected)
  }

  // MARK: Refusals

  private func refusal(_ json: String) -> VMStateError? {
    #expect(throws: VMStateError.self) { try Lossless.assemble(Array(json.utf8)) }
  }

  @Test func refusesAnotherForm() throws {
    #expect(
      refusal("{\"format\": \"vmstate-dump\", \"schema\": 2, \"pieces\": []}")?.found == "schema 2")
    #expect(
      refusal("{\"format\": \"else\", \"schema\": 1, \"pieces\": []}")?.code == .badDescription)
    #expect(refusal("{\"pieces\": []}")?.code == .badDescription)
    #expect(refusal("[]")?.code == .malformedJSON)
    #expect(refusal("")?.code == .malformedJSON)
  }

  @Test func refusesATextThatIsCut() throws {
    let json = try Lossless.json(try Fixture.stream("7.2/none"))
    for count in stride(from: 0, to: json.count - 1, by: 997) {
      #expect(throws: VMStateError.self) { try Lossless.assemble(Array(json.prefix(count))) }
    }
  }

  @Test func saysWhichPieceAndMemberAreWrong() throws {
    let head = "{\"format\": \"vmstate-dump\", \"schema\": 1, \"pieces\": [{\"piece\": \"end\"}, "
    #expect(refusal(head + "{\"piece\": \"what\"}]}")?.path == ["piece"])
    #expect(refusal(head + "{\"piece\": \"footer\", \"id\": 4294967296}]}")?.path == ["id"])
    #expect(refusal(head + "7]}")?.path == ["piece 2"])
    #expect(
      refusal(head + "{\"piece\": \"bytes\", \"hex\": \"0\"}]}")?.expected == "hexadecimal digits")
    #expect(
      refusal(
        head + "{\"piece\": \"page\", \"kind\": \"page\", \"block\": \"a\", \"page\": 7}]}")?
        .expected
        == "a multiple of 4096")
    let run = "\"kind\": \"zero\", \"block\": \"a\", \"page\": 0, \"count\": 99999999999}]}"
    #expect(refusal(head + "{\"piece\": \"page\", " + run)?.path == ["count"])
  }

  @Test(arguments: ["", ".", "..", "../x", "/etc/x", "a/b"])
  func opensNoFileElsewhere(name: String) throws {
    let json = """
      {"format": "vmstate-dump", "schema": 1, "pieces": [{"piece": "page", "kind": "page",
       "block": "a", "page": 0, "length": 4096, "file": "\(name)", "position": 0}]}
      """
    let sources = PageSources { _ throws(VMStateError) in
      Issue.record("a file was opened")
      return MemoryChannel()
    }
    #expect(throws: VMStateError.self) { try Lossless.assemble(Array(json.utf8), files: sources) }
  }
}

/// Files in memory.
private final class MemoryFolder: Sendable {
  private let files = Guarded<[String: MemoryChannel]>([:])

  var names: Set<String> { files.withLock { Set($0.keys) } }

  func make(_ name: String) -> MemoryChannel {
    let channel = MemoryChannel()
    files.withLock { $0[name] = channel }
    return channel
  }

  func open(_ name: String) throws(VMStateError) -> MemoryChannel {
    guard let channel = files.withLock({ $0[name] }) else {
      throw VMStateError(.channelFailed, "no file \(name)")
    }
    return channel
  }
}
