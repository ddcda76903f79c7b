import TestSupport
import Testing

@testable import VMState

/// A background snapshot that QEMU wrote, loaded and written again.
@Suite struct BackgroundStreamTests {
  private struct Recorded {
    var setup: [UInt8] = []
    var parts: [[UInt8]] = []
  }

  /// Loads the memory of a stream; gives the bodies of its sections.
  private func load(_ stream: [UInt8], into fixture: RAMFixture) throws -> Recorded {
    var recorded = Recorded()
    var reader = StreamReader(MemoryChannel(stream))
    try reader.skip(8)
    #expect(try reader.get(UInt8.self) == SectionKind.configuration.rawValue)
    _ = try ReceivedConfiguration(from: &reader)
    try fixture.handlers.loadSetup(LoadContext())
    while let kind = SectionKind(rawValue: try reader.get(UInt8.self)), kind != .full {
      try reader.skip(4)
      if kind == .start {
        _ = try reader.getCountedBytes()
        try reader.skip(8)
      }
      let first = Int(reader.position)
      try fixture.handlers.loadState(from: &reader, version: 4, kind: kind, LoadContext())
      let body = Array(stream[first..<Int(reader.position)])
      if kind == .start { recorded.setup = body } else { recorded.parts.append(body) }
      try reader.skip(5)
    }
    fixture.handlers.commitLoad()
    fixture.handlers.loadCleanup()
    return recorded
  }

  /// The pages in their order.
  private func pages(_ part: [UInt8]) throws -> [(block: String, page: Int)] {
    var block = ""
    return try RecordList(part).records.map { record in
      block = record.block ?? block
      return (block, record.page)
    }
  }

  /// The order of the pages is that of the guest's writes: with the writes at the same places
  /// the sections are the same to the last byte.
  @Test func isWrittenAgainIdentically() throws {
    let fixture = try RAMFixture(
      [
        .make("pc.ram", pages: 2048), .make("/rom@etc/acpi/tables", pages: 32),
        .make("pc.rom", pages: 32), .make("pc.bios", pages: 16),
        .make("/rom@etc/table-loader", pages: 1), .make("/rom@etc/acpi/rsdp", pages: 1),
      ], capabilities: ["background-snapshot"], profile: .qemu7_2)
    let recorded = try load(Fixture.stream("7.2/background-snapshot"), into: fixture)
    try #require(recorded.parts.count == 1)
    let order = try pages(recorded.parts[0])
    #expect(order.count == 2130 && Set(order.map { "\($0)" }).count == order.count)

    fixture.handlers.snapshotOptions = SnapshotOptions(method: .announcedWrites)
    var sent = 0
    var writes = 0
    // Where QEMU went elsewhere, the guest had written there.
    func write(after block: String, _ page: Int) {
      guard sent < order.count, order[sent].block == block, order[sent].page != page + 1
      else { return }
      writes += 1
      fixture.list[block]?.put(0xFF, at: UInt64(order[sent].page) << 12)
    }
    fixture.handlers.seam = { moment, block, page in
      guard moment == .queued else { return }
      sent += 1
      write(after: block.idstr, page)
    }
    #expect(try fixture.setup() == recorded.setup)
    try fixture.handlers.beginSnapshot(fixture.context)
    write(after: "pc.ram", -1)
    let part = try fixture.iterate()
    fixture.handlers.saveCleanup()
    #expect(part.isDone)
    let isSame = part.bytes == recorded.parts[0]
    #expect(isSame)
    #expect(writes > 0 && sent == order.count)
  }
}
