import TestSupport
import Testing
import VMState
import VMStateInspect

/// Sums that a stream carries, compared.
@Suite struct IntegrityReportTests {
  @Test(arguments: ["10.0/pc", "10.0/none", "7.2/pc-rich"])
  func findsAWholeStreamWhole(name: String) throws {
    let stream = try SummedStream(name)
    let report = try #require(try stream.report())
    #expect(report.isWhole)
    #expect(report.sums.sections.count > 2)
    let result = try Verification.make(MemoryChannel(stream.bytes))
    #expect(result.isGood)
    #expect(result.integrity?.isWhole == true)
    let lines = VerificationText.lines(result, file: "f")
    #expect(lines.contains { $0.hasPrefix("sums: CRC-32C and SHA-256 of \(stream.end) bytes") })
  }

  @Test func findsNothingToCompareWithoutSums() throws {
    #expect(try IntegrityReport.make(MemoryChannel(try Fixture.stream("10.0/pc"))) == nil)
    let result = try Verification.make(MemoryChannel(try Fixture.stream("10.0/pc")))
    #expect(result.integrity == nil)
  }

  @Test(arguments: [("10.0/none", 40), ("10.0/pc", 3)])
  func placesEveryFlippedBit(name: String, count: Int) throws {
    let stream = try SummedStream(name, isStrong: false)
    var generator = SeededGenerator(seed: 11)
    var places = (0..<count).map { _ in Int.random(in: 0..<stream.end - 1, using: &generator) }
    // Without the magic or the machine's name the walk finds nothing; the sums do.
    places += [0, 14]
    for place in places {
      var damaged = stream
      let mask = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
      damaged.bytes[place] ^= mask
      let report = try #require(try damaged.report())
      #expect(!report.isWhole)
      let damage = try #require(report.damage.first)
      #expect(report.damage.count == 1, "byte \(place)")
      #expect(damage.range.contains(UInt64(place)))
      #expect(damage.error.code == .integrity)
      #expect(damage.changed?.byte.offset == UInt64(place))
      #expect(damage.changed?.byte.mask == mask)
      #expect(damage.changed?.now == damaged.bytes[place])
    }
  }

  @Test func namesTheFieldOfAChangedByte() throws {
    var stream = try SummedStream("10.0/pc")
    let place = try #require(stream.body("i8254")).lowerBound + 5
    // Several bits of one byte.
    stream.bytes[place] ^= 0x5a
    let result = try Verification.make(MemoryChannel(stream.bytes))
    #expect(!result.isGood)
    #expect(result.summary.problems.isEmpty)
    let damage = try #require(result.integrity?.damage.first)
    #expect(damage.section == "i8254")
    #expect(damage.place == "section 'i8254', field 'channels[0]/count' (int32)")
    let text = VerificationText.lines(result, file: "f").joined(separator: "\n")
    #expect(text.contains("damaged: section 'i8254', 132 bytes at "))
    #expect(text.contains("  byte \(place) is 0x5a, was 0x00; it belongs to section 'i8254'"))
    #expect(text.hasSuffix("f: damaged since it was saved"))
    #expect(VerificationText.json(result, file: "f")["integrity"]?["whole"]?.bool == false)
  }

  @Test func namesThePageOfAChangedByte() throws {
    var stream = try SummedStream("10.0/pc")
    let place = try #require(
      stream.bytes.indices.first { stream.bytes[$0...].starts(with: Array("pc.ram".utf8)) })
    // Far inside the first iteration, where pages stand one behind the other.
    stream.bytes[place + 100_000] ^= 1
    let damage = try #require(try stream.report()?.damage.first)
    #expect(damage.section == "ram")
    #expect(damage.place?.hasPrefix("the page 0x") == true, "\(damage.place ?? "")")
  }

  @Test func findsDamageBetweenTheSections() throws {
    var stream = try SummedStream("10.0/pc", isStrong: false)
    stream.bytes[14] ^= 0x02
    let damage = try #require(try stream.report()?.damage.first)
    #expect(damage.section == nil)
    #expect(damage.changed?.byte.offset == 14)
    #expect(damage.place == "the configuration section")
  }

  @Test func listsSectionsInWhichMoreThanAByteChanged() throws {
    var stream = try SummedStream("10.0/pc")
    for name in ["i8254", "hpet"] {
      let body = try #require(stream.body(name))
      stream.bytes[body.lowerBound + 3] ^= 0xff
      stream.bytes[body.lowerBound + 17] ^= 0xff
    }
    let report = try #require(try stream.report())
    #expect(Set(report.damage.map(\.section)) == ["i8254", "hpet"])
    #expect(report.damage.allSatisfy { $0.changed == nil })
  }

  @Test func seesAByteThatIsMissing() throws {
    var stream = try SummedStream("10.0/pc")
    let place = try #require(stream.body("vmmouse")).lowerBound + 40
    stream.bytes.remove(at: place)
    let report = try #require(try stream.report())
    #expect(report.damage.first?.error.found == "\(stream.end - 1) bytes")
    #expect(report.damage.contains { $0.section == "vmmouse" })
  }

  @Test func saysThatTheSumsCannotBeRead() throws {
    var stream = try SummedStream("10.0/none")
    // The description's first brace but one: it is no JSON any more, its end is the same.
    let brace = try #require(stream.bytes[(stream.end + 6)...].firstIndex(of: UInt8(ascii: "{")))
    stream.bytes[brace] = UInt8(ascii: "(")
    let result = try Verification.make(MemoryChannel(stream.bytes))
    #expect(!result.isGood)
    #expect(result.summary.remarks.contains { $0.code == "sums" })
    var other = try SummedStream("10.0/none")
    let text = Array("\"version\": 1, \"length\"".utf8)
    let place = try #require(
      other.bytes.indices.first { other.bytes[$0...].starts(with: text) })
    other.bytes[place + 11] = UInt8(ascii: "2")
    let refused = try Verification.make(MemoryChannel(other.bytes))
    #expect(refused.summary.remarks.contains { $0.code == "sums" })
  }

  @Test func comparesTheFilesBesideAStream() throws {
    // SHA-256 of "disk" and of "abc", by another program.
    let disk = "1044dec7206e8d7c9fbb4ae8f766668406d2567fc7fc1a160a9d4700fcf8f8e9"
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    let stream = try SummedStream(
      "10.0/none",
      files: [
        #"{"name": "same", "size": 3, "sha256": "\#(abc)"}"#,
        #"{"name": "larger", "size": 3, "sha256": "\#(abc)"}"#,
        #"{"name": "other", "size": 4, "sha256": "\#(disk)"}"#,
        #"{"name": "missing", "size": 3, "sha256": "\#(abc)"}"#,
        #"{"name": "broken", "size": 3, "sha256": "\#(abc)"}"#,
      ])
    let report = try #require(
      try stream.report { name throws(VMStateError) in
        switch name {
        case "same": MemoryChannel(Array("abc".utf8))
        case "larger": MemoryChannel(Array("abcd".utf8))
        case "other": MemoryChannel(Array("disc".utf8))
        case "broken": throw VMStateError(.channelFailed, "no permission")
        default: nil
        }
      })
    #expect(report.isWhole)
    #expect(!report.hasFiles)
    #expect(
      report.files.map(\.outcome) == [
        .same, .otherSize(4), .otherContent, .unread("no such file"), .unread("no permission"),
      ])
    #expect(report.files[0].saved.name == "same")
  }
}
