import TestSupport
import Testing
import VMState
import VMStateInspect

/// Streams without a description, walked by built-in or learned layouts.
@Suite struct LayoutWalkTests {
  /// The stream's JSON description cut off, if it has one.
  private func bare(_ name: String) throws -> [UInt8] {
    let bytes = try Fixture.stream(name)
    let range = StreamWalk.collect(MemoryChannel(bytes)).descriptionRange
    return Array(bytes.prefix(range.map { Int($0.lowerBound) } ?? bytes.count))
  }

  private func sections(
    _ bytes: [UInt8], _ options: WalkOptions = WalkOptions()
  ) -> (all: [WalkedSection], error: VMStateError?) {
    let stream = StreamWalk.collect(MemoryChannel(bytes), options)
    let all = stream.elements.compactMap { element -> WalkedSection? in
      guard case .section(let section) = element, section.kind == .full else { return nil }
      return section
    }
    return (all, stream.error)
  }

  @Test(arguments: ["7.2/no-vmdesc", "7.2/postcopy", "10.0/postcopy-paused-dest"])
  func describesStreamsThatNeverHadADescription(name: String) throws {
    let bytes = try Fixture.stream(name)
    let stream = StreamWalk.collect(MemoryChannel(bytes))
    #expect(stream.description == nil && stream.problems.isEmpty)
    let (all, _) = sections(bytes)
    for section in all {
      #expect(section.origin == .builtIn && !section.isGuess, "\(section.idstr)")
    }
    #expect(all.count > 25)
  }

  @Test func writesABareStreamAgainFromItsFields() throws {
    let bytes = try Fixture.stream("7.2/no-vmdesc")
    let target = MemoryChannel()
    let result = try Reencoder.reencode(MemoryChannel(bytes), to: target)
    #expect(target.bytes == bytes)
    #expect(result.opaqueBytes == 0 && result.problems.isEmpty)
  }

  @Test(arguments: ["7.2/pc-rich", "7.2/q35", "10.0/isapc", "10.0/pc-smp2", "10.0/pc-rich"])
  func readsTheSameValuesWithAndWithoutADescription(name: String) throws {
    let (with, _) = sections(try Fixture.stream(name))
    let (without, error) = sections(try bare(name))
    #expect(error == nil)
    #expect(with.count == without.count)
    for (one, other) in zip(with, without) {
      #expect(other.origin == .builtIn)
      #expect(one.bodyLength == other.bodyLength && one.bodyOffset == other.bodyOffset)
      #expect(try encoded(one) == encoded(other), "\(one.idstr)")
      #expect(one.table?.subsections.map(\.name) == other.table?.subsections.map(\.name))
    }
  }

  private func encoded(_ section: WalkedSection) throws -> [UInt8] {
    let table = try #require(section.table)
    let channel = MemoryChannel()
    var writer = StreamWriter(channel)
    try table.save(try #require(section.state), to: &writer)
    try writer.flush()
    return channel.bytes
  }

  @Test func learnsLayoutsFromAnotherStream() throws {
    let teacher = StreamWalk.collect(MemoryChannel(try Fixture.stream("7.2/pc")))
    let bytes = try Fixture.stream("7.2/no-vmdesc")
    let (all, error) = sections(bytes, WalkOptions(learned: teacher.description))
    #expect(error == nil)
    #expect(all.allSatisfy { !$0.isGuess })
    #expect(all.filter { $0.origin == .learned }.count > 25)
  }

  /// The subsection of a learned section is missing in one stream and there in the other.
  @Test func readsLearnedSectionsWithOtherSubsections() throws {
    let bytes = try Fixture.stream("7.2/pc")
    var description = try #require(StreamWalk.collect(MemoryChannel(bytes)).description)
    let index = try #require(description.devices.firstIndex { $0.idstr == "fdc" })
    let whole = description.devices[index].table
    let (all, _) = sections(try bare("7.2/pc"), WalkOptions(learned: description))
    let fdc = try #require(all.first { $0.idstr == "fdc" })
    #expect(fdc.origin == .learned && fdc.table == whole)
    // A teacher whose drives and timer had subsections that are not here.
    let extra = DescribedTable(
      name: "fdc/unseen", version: 1, fields: [DescribedField(name: "x", type: "uint8", size: 1)])
    description.devices[index].table.subsections.append(extra)
    let (again, error) = sections(try bare("7.2/pc"), WalkOptions(learned: description))
    #expect(error == nil)
    let read = try #require(again.first { $0.idstr == "fdc" })
    #expect(read.origin == .learned && read.table == whole)
  }

  @Test func passesOverWhatNoLayoutFits() throws {
    let bytes = try bare("10.0/none")
    let (all, _) = sections(bytes)
    var other = bytes
    // `globalstate` in a version that nobody has written yet.
    let last = try #require(all.last)
    other[Int(last.bodyOffset) - 1] = 9
    let (changed, error) = sections(other)
    #expect(error == nil)
    #expect(changed.last?.isGuess == true && changed.last?.table == nil)
  }
}
