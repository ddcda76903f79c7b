import TestSupport
import Testing

@testable import VMState

/// Moves the pages of even numbers itself.
private final class SideTransport: RAMControlHooks {
  var moved: [Int: [UInt8]] = [:]
  var calls: [String] = []
  var blocks: [RAMBlock] = []

  func begin(_ phase: RAMControlPhase, to writer: inout StreamWriter) {
    calls.append("begin \(phase)")
    guard phase == .round else { return }
    writer.put(0x5000 | RAMRecordFlags.hook.rawValue)
    writer.put(0xABCD as UInt16)
  }

  func end(_ phase: RAMControlPhase, to writer: inout StreamWriter) { calls.append("end \(phase)") }

  func take(_ pages: Range<Int>, of block: RAMBlock, _ counters: TransferCounters) -> Bool {
    guard pages.count == 1, let page = pages.first, page % 2 == 0 else { return false }
    moved[page] = Array(block.content[page * 4096..<(page + 1) * 4096])
    counters.add(4096)
    return true
  }

  func loadBlocks(_ blocks: [RAMBlock]) { self.blocks = blocks }

  func load(_ argument: UInt64, from reader: inout StreamReader) throws {
    calls.append("load \(argument)")
    #expect(try reader.get(UInt16.self) == 0xABCD)
    for (page, bytes) in moved {
      try bytes.withUnsafeBytes { try blocks[0].memory.store($0, at: UInt64(page * 4096)) }
    }
  }
}

@Suite struct RAMControlHookTests {
  @Test func aTransportTakesPagesOver() throws {
    let source = try RAMFixture(pages: 7)
    // Runs of one page each.
    source.handlers.seam = { _, _, _ in }
    for page in 0..<7 { source.first.fill(page: page, with: UInt8(page + 1)) }
    let transport = SideTransport()
    source.handlers.controlHooks = transport
    let sections = try source.saveAll()
    #expect(transport.moved.keys.sorted() == [0, 2, 4, 6])
    let round = sections[1]
    #expect(Array(round[..<10]) == hex("0000000000005080 abcd"))
    #expect(round.count == 10 + 3 * 4104 + 2 + 8)
    let values = source.handlers.progress.current
    #expect(values.normalPages == 7 && values.recordBytes == UInt64(3 * 4104 + 2 + 24))
    #expect(
      transport.calls == [
        "begin setup", "end setup", "begin round", "end round", "begin finish", "end finish",
      ])

    let target = try RAMFixture(pages: 7, protection: .disposable)
    target.handlers.controlHooks = transport
    try target.load(sections)
    #expect(transport.calls.last == "load 20480")
    #expect(target.content == source.content)
  }

  private func refusal(
    _ record: String, _ hooks: (any RAMControlHooks)?, _ context: LoadContext = LoadContext()
  ) throws -> VMStateError? {
    let target = try RAMFixture(pages: 1, protection: .disposable)
    target.handlers.controlHooks = hooks
    do throws(VMStateError) {
      try target.load([hex(record + "0000000000000010")], context: context)
      return nil
    } catch {
      return error
    }
  }

  @Test func aHookRecordWithoutHooksIsAnError() throws {
    let error = try refusal("0000000000000080 abcd", nil)
    #expect(error?.code == .badRAMRecord && error?.offset == 0)
    #expect(try refusal("0000000000000080 abcd", SideTransport()) == nil)
  }

  @Test func onlyTheOldestGenerationTakesAnyFlagsWithHook() throws {
    let record = "0000000000000280 abcd"
    #expect(try refusal(record, SideTransport())?.code == .badRAMRecord)
    var profile = StreamProfile.qemu7_2
    profile.acceptsAnyHook = true
    #expect(try refusal(record, SideTransport(), LoadContext(profile: profile)) == nil)
    #expect(try refusal(record, nil, LoadContext(profile: profile))?.code == .badRAMRecord)
  }

  @Test func hooksAndMultifdExcludeEachOther() throws {
    let source = try RAMFixture(pages: 1)
    source.handlers.controlHooks = SideTransport()
    source.handlers.multifd = MultifdChannels([MemoryChannel()])
    let error = #expect(throws: VMStateError.self) { try source.setup() }
    #expect(error?.code == .configurationMismatch)
  }

  private final class Broken: RAMControlHooks {
    struct Fault: Error {}
    func take(_ pages: Range<Int>, of block: RAMBlock, _ counters: TransferCounters) throws -> Bool
    {
      throw Fault()
    }
    func load(_ argument: UInt64, from reader: inout StreamReader) throws { throw Fault() }
  }

  @Test func whatAHookThrowsEndsTheTransfer() throws {
    let source = try RAMFixture(pages: 1)
    source.handlers.controlHooks = Broken()
    _ = try source.setup()
    let error = #expect(throws: VMStateError.self) { try source.iterate() }
    #expect(error?.code == .hookFailed)
    source.handlers.saveCleanup()
    #expect(try refusal("0000000000000080", Broken())?.code == .hookFailed)
  }
}
