import TestSupport
import Testing
import VMState
@testable import VMStateInspect

@Suite struct StreamDiffTests {
  private func examine(_ bytes: [UInt8]) throws -> StreamExamination {
    try StreamExamination.make(of: MemorySource(MemoryChannel(bytes)))
  }

  private func diff(
    _ one: [UInt8], _ other: [UInt8], ignoring: [String] = []
  ) throws -> StreamDiff {
    try StreamDiff.make(
      try examine(one), try examine(other), ignoring: ignoring.map { GlobPattern($0) })
  }

  /// Where a field's value stands in a stream.
  private func place(_ path: String, _ bytes: [UInt8]) throws -> FieldEntry {
    for case .section(let section) in StreamWalk.collect(MemoryChannel(bytes)).elements {
      guard let table = section.table, let state = section.state else { continue }
      let label = SectionLabel.text(section.idstr, section.instance)
      let entries = try FieldTree.entries(
        DescribedBodyPiece(table: table, state: state, origin: .stream), section: label,
        at: section.bodyOffset)
      if let entry = entries.first(where: { $0.path == path }) { return entry }
    }
    throw VMStateError(.validationFailed, "no field \(path)")
  }

  @Test(arguments: ["7.2/pc", "10.0/pc-rich", "7.2/q35", "10.0/mapped-ram", "10.0/xbzrle"])
  func findsNothingBetweenAStreamAndItself(name: String) throws {
    let bytes = try Fixture.stream(name)
    let diff = try diff(bytes, bytes)
    #expect(diff.isEmpty, "\(diff.differences) \(diff.memory)")
  }

  // One field of each kind: a number, an element of an array, a timer, a buffer.
  @Test(arguments: [
    "i8254/channels[0]/count", "ps2kbd/parent_obj/queue.rptr", "mc146818rtc/cmos_data",
    "timer/cpu_clock_offset",
  ])
  func namesExactlyTheFieldThatChanged(path: String) throws {
    let bytes = try Fixture.stream("10.0/pc")
    let entries = try allEntries(bytes)
    let entry = try #require(
      entries.first { $0.path.hasPrefix(path) && $0.leaf != nil }, "no \(path)")
    var changed = bytes
    let last = Int(entry.offset) + entry.length - 1
    changed[last] ^= 1
    let diff = try diff(bytes, changed)
    #expect(diff.memory.isEmpty)
    #expect(diff.differences.count == 1)
    let found = try #require(diff.differences.first)
    #expect(found.kind == .field)
    #expect(found.path.hasPrefix(entry.path))
    #expect(found.first != found.second)
    let offset = try #require(found.firstOffset)
    #expect(offset >= entry.offset && offset <= UInt64(last))
  }

  private func allEntries(_ bytes: [UInt8]) throws -> [FieldEntry] {
    var all: [FieldEntry] = []
    for case .section(let section) in StreamWalk.collect(MemoryChannel(bytes)).elements {
      guard let table = section.table, let state = section.state else { continue }
      all += try FieldTree.entries(
        DescribedBodyPiece(table: table, state: state, origin: .stream),
        section: SectionLabel.text(section.idstr, section.instance), at: section.bodyOffset)
    }
    return all
  }

  @Test func leavesOutWhatAPatternNames() throws {
    let bytes = try Fixture.stream("10.0/pc")
    let entry = try place("timer/cpu_clock_offset", bytes)
    var changed = bytes
    changed[Int(entry.offset) + 7] ^= 1
    #expect(try !diff(bytes, changed).isEmpty)
    let field = try diff(bytes, changed, ignoring: ["timer/*"])
    #expect(field.isEmpty && field.ignored == 1)
    #expect(try diff(bytes, changed, ignoring: ["timer"]).isEmpty)
    #expect(try !diff(bytes, changed, ignoring: ["time"]).isEmpty)
  }

  @Test func namesPagesByBlockAndRange() throws {
    let blocks: [(String, UInt64)] = [("pc.ram", 65536), ("vga.vram", 8192)]
    var one = HandmadeRAM(blocks)
    var other = HandmadeRAM(blocks)
    for page in 0..<16 as Range<UInt64> {
      let content = HandmadeRAM.filled(UInt8(page + 1))
      one.page("pc.ram", page * 4096, content)
      // Pages 3, 4 and 9 differ; page 9 is zeros there.
      switch page {
      case 3, 4: other.page("pc.ram", page * 4096, HandmadeRAM.filled(0x77))
      case 9: other.zero("pc.ram", page * 4096)
      default: other.page("pc.ram", page * 4096, content)
      }
    }
    // Zeros that were sent and zeros that were not are the same memory.
    one.zero("vga.vram", 0)
    one.finish()
    other.finish()
    let diff = try diff(one.bytes, other.bytes)
    #expect(diff.differences.isEmpty)
    #expect(
      diff.memory == [
        MemoryDifference(
          idstr: "pc.ram", pageSize: 4096, pages: 3, total: 16,
          ranges: [0x3000..<0x5000, 0x9000..<0xA000], isCut: false)
      ])
    let text = MemoryTextOutput()
    try diff.writeText(to: text)
    #expect(
      text.text == """
        memory ram/pc.ram: 3 of 16 pages differ
          0x3000-0x5000  2 pages
          0x9000-0xa000  1 page

        """)
  }

  @Test func namesBlocksOfOneStreamAndOtherSizes() throws {
    var one = HandmadeRAM([("pc.ram", 8192), ("a", 4096)])
    var other = HandmadeRAM(machine: "q35", [("pc.ram", 16384), ("b", 4096)])
    one.finish()
    other.finish()
    let diff = try diff(one.bytes, other.bytes)
    #expect(
      diff.differences.map(\.path) == [
        "configuration/machine type", "ram/pc.ram", "ram/a", "ram/b",
      ])
    #expect(diff.differences[1].first == "8 KiB" && diff.differences[1].second == "16 KiB")
  }

  @Test func namesSectionsThatOnlyOneHas() throws {
    let diff = try diff(try Fixture.stream("10.0/pc"), try Fixture.stream("10.0/pc-rich"))
    let sections = diff.differences.filter { $0.kind == .section }
    #expect(sections.contains { $0.first == nil && $0.path.contains("virtio") })
    #expect(!diff.isEmpty)
  }

  @Test func writesJSONThatParses() throws {
    let diff = try diff(try Fixture.stream("10.0/pc"), try Fixture.stream("10.0/pc-smp2"))
    let output = MemoryTextOutput()
    try diff.writeJSON(to: output)
    let value = try JSONValue.parse(output.bytes)
    #expect(value["schema"]?.int == 1)
    #expect(value["equal"]?.bool == false)
    #expect(value["differences"]?.elements?.count == diff.differences.count)
  }

  @Test func comparesTheContentOfMappedAndPlainFiles() throws {
    // Both were saved by machines of the same kind with the same guest.
    let diff = try diff(
      try Fixture.stream("10.0/mapped-ram"), try Fixture.stream("10.0/shared-ram"),
      ignoring: ["configuration/*"])
    let ram = diff.memory.first { $0.idstr == "pc.ram" }
    #expect((ram?.pages ?? 0) < 32)
  }
}
