import TestSupport
import Testing
import VMState

@Suite struct DirtyBitmapChunkTests {
  /// The chunks of one body.
  private func body(
    _ reader: inout StreamReader, _ writer: inout StreamWriter
  ) throws(VMStateError) -> [DirtyBitmapChunk] {
    var chunks: [DirtyBitmapChunk] = []
    repeat {
      let chunk = try DirtyBitmapChunk(from: &reader)
      try chunk.write(to: &writer)
      try reader.copy(UInt64(chunk.payloadLength), to: &writer)
      chunks.append(chunk)
    } while !chunks[chunks.count - 1].isLast
    return chunks
  }

  @Test func readsAndWritesTheRecordedBodies() throws {
    // Three bitmaps of one node; the names go on from the START to the END section.
    let bytes = try Fixture.records("10.0/dirty-bitmap")
    var reader = StreamReader(MemoryChannel(bytes))
    var bodies: [[DirtyBitmapChunk]] = []
    let again = try written { writer in
      while try reader.peekByte() != nil { bodies.append(try body(&reader, &writer)) }
    }
    #expect(again == bytes)
    #expect(bodies.count == 2)
    #expect(bodies[0].map(\.flags.rawValue) == [0x1C, 0x14, 0x14, 0x01])
    #expect(bodies[1].map(\.flags.rawValue).sorted() == [0x01, 0x24, 0x24, 0x24, 0x44, 0x44, 0x46])
    try checkNames(bodies)
  }

  /// Resolves all names, and makes the same chunks with the sender's side of the rule.
  private func checkNames(_ bodies: [[DirtyBitmapChunk]]) throws {
    var received = DirtyBitmapNames()
    var sent = DirtyBitmapNames()
    var granularities: [[UInt8]: UInt32] = [:]
    for chunk in bodies.joined() {
      guard let names = try received.resolve(chunk) else {
        #expect(chunk == DirtyBitmapChunk(.none, isLast: true))
        continue
      }
      #expect(sent.chunk(chunk.content, node: names.node, bitmap: names.bitmap) == chunk)
      if case .start(let granularity, _) = chunk.content {
        granularities[names.bitmap] = granularity
      } else if case .bits(let bits) = chunk.content {
        let granularity = try #require(granularities[names.bitmap])
        #expect(bits.hasFittingSize(granularity: granularity))
      }
    }
    #expect(granularities.count == 3)
  }

  @Test func readsAndWritesTheObservedBodies() throws {
    // START: n0/b1 of 512 bytes, b0 of 64 KiB and enabled. END: zero bits, then complete.
    let start = hex("1c 02 6e30 02 6231 00000200 00  14 02 6230 00010000 01  01")
    let end = hex(
      """
      46 02 6231 0000000000000000 00000080  46 02 6230 0000000000000000 00000080
      24 02 6231  24 02 6230  01
      """)
    var reader = StreamReader(MemoryChannel(start + end))
    var chunks: [DirtyBitmapChunk] = []
    let again = try written { writer in
      chunks = try body(&reader, &writer) + body(&reader, &writer)
    }
    #expect(again == start + end)
    let zero = DirtyBitmapBits(firstSector: 0, sectors: 128, size: nil)
    #expect(
      chunks == [
        DirtyBitmapChunk(.start(granularity: 512, []), node: utf8("n0"), bitmap: utf8("b1")),
        DirtyBitmapChunk(.start(granularity: 65536, .enabled), bitmap: utf8("b0")),
        DirtyBitmapChunk(.none, isLast: true),
        DirtyBitmapChunk(.bits(zero), bitmap: utf8("b1")),
        DirtyBitmapChunk(.bits(zero), bitmap: utf8("b0")),
        DirtyBitmapChunk(.complete, bitmap: utf8("b1")),
        DirtyBitmapChunk(.complete, bitmap: utf8("b0")),
        DirtyBitmapChunk(.none, isLast: true),
      ])
  }

  @Test func keepsTheWiderFormsOfTheFlagsAndTakesTheirLastByte() throws {
    // Two bytes: the second counts. Four bytes: the fourth counts.
    for (text, leading) in [
      ("80 01", [0x80]), ("ff 21", [0xFF]), ("81 82 83 01", [0x81, 0x82, 0x83]),
      ("80 80 00 81", [0x80, 0x80, 0]),
    ] as [(String, [UInt8])] {
      let bytes = hex(text)
      let (chunk, consumed) = try decoded(bytes) { try DirtyBitmapChunk(from: &$0) }
      #expect(chunk.leadingFlags == leading && chunk.flags.rawValue == bytes.last)
      #expect(consumed == bytes.count && chunk.isLast)
      #expect(try written { try chunk.write(to: &$0) } == bytes)
      expectCutsRefused(bytes) { try DirtyBitmapChunk(from: &$0) }
    }
  }

  @Test func theFirstOfSeveralContentsCounts() throws {
    let start = try decoded(hex("70 00000200 03")) { try DirtyBitmapChunk(from: &$0) }.value
    #expect(start.content == .start(granularity: 512, [.enabled, .persistent]))
    let complete = try decoded(hex("62")) { try DirtyBitmapChunk(from: &$0) }.value
    #expect(complete.content == .complete)
    #expect(try written { try complete.write(to: &$0) } == hex("62"))
  }

  @Test(arguments: [
    ("10 00000000 00", UInt64(1)), ("10 00000100 00", 1), ("10 00000300 00", 1),
    ("10 ffffffff 00", 1), ("10 00000200 08", 5), ("10 00000200 f8", 5),
    ("40 0000000000000000 00000080 0000000000002801", 13),
    ("40 0000000000000000 00000080 ffffffffffffffff", 13),
    ("42 ffffffffffffffff 00000080", 1), ("42 003fffffffffffff 00000001", 1),
  ])
  func refusesWhatBreaksTheFormat(_ text: String, _ place: UInt64) {
    let error = refusal(hex(text)) { try DirtyBitmapChunk(from: &$0) }
    #expect(error?.code == .badRecord && error?.offset == place)
  }

  @Test func refusesChunksCutAnywhere() {
    for text in [
      "1c 02 6e30 02 6231 00000200 00", "44 02 6231 0000000000000000 00000080 0000000000000020",
    ] {
      expectCutsRefused(hex(text)) { try DirtyBitmapChunk(from: &$0) }
    }
  }

  @Test func cannotWriteFlagsThatDoNotGoWithTheContent() {
    var bits = DirtyBitmapChunk(.bits(DirtyBitmapBits(firstSector: 0, sectors: 1, size: 32)))
    bits.flags.insert(.zeroes)
    var named = DirtyBitmapChunk(.complete, node: utf8("n"))
    named.node = nil
    var wide = DirtyBitmapChunk(.complete)
    wide.leadingFlags = [0x80, 0x80]
    let long = DirtyBitmapChunk(.complete, node: [UInt8](repeating: 97, count: 256))
    for chunk in [bits, named, wide, long] {
      let error = #expect(throws: VMStateError.self) { try written { try chunk.write(to: &$0) } }
      #expect(error?.code == .valueOutOfRange)
    }
  }

  @Test func sizesOfBitsAreThoseOfWholeWordsUpToThePadding() {
    // 100 MiB of 64 KiB each: 1600 bits are 200 bytes, sent as 224.
    var bits = DirtyBitmapBits(firstSector: 0, sectors: 204_800, size: 224)
    #expect(bits.neededSize(granularity: 65536) == 200)
    for (size, fits) in [(UInt64(199), false), (200, true), (224, true), (225, false)] {
      bits.size = size
      #expect(bits.hasFittingSize(granularity: 65536) == fits)
    }
    // A range that lies in two words.
    bits = DirtyBitmapBits(firstSector: 63, sectors: 2, size: nil)
    #expect(bits.neededSize(granularity: 512) == 16 && bits.hasFittingSize(granularity: 512))
    bits = DirtyBitmapBits(firstSector: .max, sectors: 2, size: 32)
    #expect(!bits.hasFittingSize(granularity: 512))
    bits = DirtyBitmapBits(firstSector: 0, sectors: 0, size: 0)
    #expect(bits.neededSize(granularity: 512) == 0 && bits.hasFittingSize(granularity: 512))
  }
}

@Suite struct DirtyBitmapNamesTests {
  @Test func aNameThatWasNeverGivenIsMissing() throws {
    var names = DirtyBitmapNames()
    let error = #expect(throws: VMStateError.self) {
      try names.resolve(DirtyBitmapChunk(.complete, bitmap: utf8("b")))
    }
    #expect(error?.code == .badRecord)
    names = DirtyBitmapNames()
    #expect(throws: VMStateError.self) {
      try names.resolve(DirtyBitmapChunk(.complete, node: utf8("n")))
    }
  }

  @Test func anEndNeedsNoNames() throws {
    var names = DirtyBitmapNames()
    #expect(try names.resolve(DirtyBitmapChunk(.none, isLast: true)) == nil)
    #expect(try names.resolve(DirtyBitmapChunk(.none)) == nil)
  }

  @Test func namesWhatChangesAndABitmapOfTheSameNameOnAnotherNode() {
    var names = DirtyBitmapNames()
    let flags = [("n", "b"), ("n", "b"), ("n", "c"), ("m", "c"), ("m", "c")].map {
      names.chunk(.complete, node: utf8($0), bitmap: utf8($1)).flags.rawValue
    }
    #expect(flags == [0x2C, 0x20, 0x24, 0x2C, 0x20])
  }
}
