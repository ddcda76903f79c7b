import TestSupport
import Testing
import VMState

@testable import VMStateInspect

/// A section that ends in the wrong place, pinned to a field.
@Suite struct DiagnosisTests {
  private func section(_ name: String, in bytes: [UInt8]) throws -> WalkedSection {
    let walked = StreamWalk.collect(MemoryChannel(bytes))
    for case .section(let section) in walked.elements where section.idstr == name {
      return section
    }
    throw VMStateError(.unknownSection, "the stream has no \(name)")
  }

  private func verify(_ bytes: [UInt8], good name: String) throws -> [String] {
    let good = try GoodStream(MemoryChannel(try Fixture.stream(name)))
    let result = try Verification.make(MemoryChannel(bytes), good: good)
    return DiagnosisText.lines(try #require(result.diagnoses.first))
  }

  @Test(arguments: [
    ("0000:00:01.3/piix4_pm", "tmr.timer", "ar.tmr.timer"), ("hpet", "counter", "hpet_counter"),
    ("mc146818rtc", "cmos", "cmos_data"),
  ])
  func pinsMissingBytesToTheField(name: String, hint: String, field: String) throws {
    var bytes = try Fixture.stream("10.0/pc")
    let section = try section(name, in: bytes)
    let fields = BodyFields(
      try #require(section.table), try #require(section.state))
    let place = try #require(
      fields.places.first { $0.pathText.contains(field) && $0.length >= 4 }
        ?? fields.places.first { $0.pathText.contains(hint) && $0.length >= 4 }, "\(name)")
    // Bytes that are nowhere near, in front of the field.
    let first = Int(section.bodyOffset) + place.offset
    bytes.insert(contentsOf: hex("a5 5a c3"), at: first)
    let lines = try verify(bytes, good: "10.0/pc-smp2").joined(separator: "\n")
    #expect(lines.contains("3 bytes too many from field '\(place.pathText)'"), "\(lines)")
    #expect(lines.contains("at byte \(first),"), "\(lines)")
  }

  @Test func namesTheFieldsAmongWhichTheFirstBytesCame() throws {
    var bytes = try Fixture.stream("10.0/pc")
    let section = try section("i8254", in: bytes)
    let fields = BodyFields(try #require(section.table), try #require(section.state))
    let count = try #require(fields.places.first { $0.pathText == "channels[1]/count" })
    bytes.insert(contentsOf: hex("a5 5a c3"), at: Int(section.bodyOffset) + count.offset)
    let lines = try verify(bytes, good: "10.0/pc-smp2").joined(separator: "\n")
    // The field before it is a time, which differs between the streams in any case.
    #expect(
      lines.contains(
        "3 bytes too many from field 'channels[0]/next_transition_time' to 'channels[1]/count'"),
      "\(lines)")
  }

  @Test func saysHowLongTheBodyIsAndWhatAGoodStreamHas() throws {
    var bytes = try Fixture.stream("10.0/none")
    let section = try section("globalstate", in: bytes)
    let end = Int(section.bodyOffset + section.bodyLength)
    bytes.insert(contentsOf: [1, 2], at: end)
    let result = try Verification.make(MemoryChannel(bytes))
    let diagnosis = try #require(result.diagnoses.first)
    #expect(diagnosis.problem.error.code == .missingFooter)
    let lines = DiagnosisText.lines(diagnosis)
    let id = section.sectionID
    #expect(lines.contains("  offset    \(end) (0x\(String(end, radix: 16)))"))
    #expect(
      lines.contains { $0.contains("the footer here: 7e 00 00 00 ") && $0.contains("id \(id)") })
    #expect(lines.contains { $0.contains("the description says 104 (2 too many)") })
    // The byte in question is marked among its neighbours.
    #expect(lines.contains { $0.contains("[01]02 7e") })
  }

  @Test func comparesTheLayoutsOfTwoReleases() throws {
    // The same device with another layout: a destination like 7.2 reads fewer bytes.
    let old = try StreamDescription(
      parsing: Array(
        #"{"devices":[{"name":"globalstate","instance_id":0,"vmsd_name":"globalstate","version":1,"#
          .utf8)
        + Array(
          #""fields":[{"name":"size","type":"uint32","size":4},{"name":"runstate","type":"buffer","#
            .utf8) + Array(#""size":96}]}]}"#.utf8))
    let result = try Verification.make(
      MemoryChannel(try Fixture.stream("7.2/none")), good: GoodStream(description: old))
    #expect(result.otherLayouts.map(\.section) == ["globalstate"])
    #expect(result.otherLayouts.first?.difference.path == ["runstate"])
    #expect(!result.isGood)
  }

  @Test func findsNoOtherLayoutBetweenEqualMachines() throws {
    let good = try GoodStream(MemoryChannel(try Fixture.stream("7.2/pc")))
    let result = try Verification.make(
      MemoryChannel(try Fixture.stream("7.2/pc-kvm")), good: good)
    #expect(result.otherLayouts.isEmpty)
  }
}

/// Bytes laid beside those of a good section.
@Suite struct BodyAlignmentTests {
  private func model(_ bytes: [UInt8]) throws -> SectionBytes {
    let fields = bytes.indices.map { DescribedField(name: "f\($0)", type: "uint8", size: 1) }
    let table = DescribedTable(name: "model", version: 1, fields: fields)
    let state = DescribedState(fields: bytes.map { .bytes([$0]) })
    return try #require(SectionBytes(table, state))
  }

  @Test func findsWhereBytesWereTakenOutOrPutIn() throws {
    var generator = SeededGenerator(seed: 7)
    let good = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let model = try model(good)
    for place in stride(from: 1, to: 199, by: 7) {
      for count in 1...5 {
        var longer = good
        longer.insert(contentsOf: repeatElement(~good[place], count: count), at: place)
        let found = try #require(BodyAlignment.find(longer, model))
        #expect(found.shift == count && found.offset <= place && found.offset + count >= place)
        guard place + count < 200 else { continue }
        var shorter = good
        shorter.removeSubrange(place..<place + count)
        let missing = try #require(BodyAlignment.find(shorter, model))
        #expect(missing.shift == -count)
        #expect(missing.offset <= place && missing.offset + count >= place)
      }
    }
  }

  @Test func saysNothingAboutBytesThatAreNotAlike() throws {
    let model = try model((0..<64).map { UInt8($0) })
    #expect(BodyAlignment.find((0..<70).map { UInt8(200 - $0) }, model) == nil)
    #expect(BodyAlignment.find((0..<64).map { UInt8($0) }, model) == nil)
    #expect(BodyAlignment.find([], model) == nil)
  }
}
