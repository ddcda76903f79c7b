import Testing

@testable import TestSupport

@Suite struct FixtureTests {
  @Test func listsStreamsOfBothGenerations() throws {
    let names = try Fixture.manifest().map(\.name)
    #expect(names.contains("7.2/pc") && names.contains("10.0/pc"))
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: try Fixture.manifest().map(\.name))
  func decodesToTheRecordedSizeAndChecksum(_ name: String) throws {
    let entry = try #require(try Fixture.manifest().first { $0.name == name })
    let bytes = try Fixture.stream(name)
    #expect(bytes.count == entry.size)
    #expect(checksum(bytes) == entry.checksum)
    if try Fixture.containers().contains(name) { return }
    // "QEVM", version 3; a multifd channel begins with another word, and version 1.
    let isStream = try (Fixture.streams() + Fixture.generations()).contains(name)
    #expect(bytes.starts(with: isStream ? hex("5145564d 00000003") : hex("11223344 00000001")))
  }

  @Test func refusesANameThatIsNotThere() {
    #expect(throws: Fixture.Failure.self) { try Fixture.stream("10.0/nowhere") }
  }

  @Test func undoesLiteralsRunsAndOverlappingMatches() throws {
    // magic; 3 literals; match of 5 at distance 1; 0 literals; match of 6 at distance 2
    let packed = hex("46585431 03 616263 05 01 00 06 02")
    #expect(try Fixture.unpack(packed, size: 14) == Array("abccccccccccccc".utf8.prefix(14)))
    // magic; 2 literals; match of 130 (82 01) at distance 2
    let run = try Fixture.unpack(hex("46585431 02 0102 8201 02"), size: 132)
    #expect(run == (0..<132).map { UInt8($0 % 2 + 1) })
  }

  @Test(arguments: [
    "46585431",  // nothing after the magic
    "46585431 05 6162",  // literals cut
    "46585431 01 61 04 02",  // match before the start
    "46585431 01 61 09 01",  // more bytes than the size says
    "00000000 01 61 00",  // another magic
    "46585431 ffffffffffffffffff",  // a number without end
  ])
  func refusesDamagedPacking(_ text: String) {
    #expect(throws: Fixture.Failure.self) { try Fixture.unpack(hex(text), size: 4) }
  }

  private func checksum(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBytes { raw in
      var value: UInt64 = 0xCBF2_9CE4_8422_2325
      var index = 0
      while index < raw.count {
        value = (value ^ UInt64(raw[index])) &* 0x100_0000_01B3
        index &+= 1
      }
      return value
    }
  }
}
