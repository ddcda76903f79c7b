import RecordedMachines
import TestSupport
import Testing

@testable import VMState

/// Streams with deltas, compressed pages and fixed places, through the loader of the core.
@Suite struct RecordedRAMFormsTests {
  /// A fixture, and what the recording's scripts found in the source's memory: the SHA-256 of
  /// the first 640 KiB, and the CRC-32C from 1 MiB on of an image whose SHA-256 is the recorded
  /// one.
  struct Facts: Sendable {
    var fixture: String
    var low: String
    var high: String
    var capabilities: Set<String> = []
  }

  static let all: [Facts] = [
    Facts(
      fixture: "7.2/xbzrle",
      low: "c7327b0f9aa71025e362f206414df3c8138ecada86db0a560510bec6db08be2d", high: "01744833"),
    Facts(
      fixture: "10.0/xbzrle",
      low: "9c75ef272e7a0506b6da68766609c3e105c7d44a50b531b3b0c5f3c50564be55", high: "3b14d52e"),
    Facts(
      fixture: "7.2/compress",
      low: "432e316f90589d56a453a7ab9d88c6e7db405fa6d1764f21d4cf37a1f71aa4e3", high: "f93b3a7f",
      capabilities: ["compress"]),
    Facts(
      fixture: "10.0/mapped-ram",
      low: "562186ba8a865888ec33c74a1ff65e5b04a502c68d515d80599356b18e647691", high: "81e01f90"),
  ]

  private func expectMemory(_ machine: RecordedMachine, _ facts: Facts) {
    let block = machine.blocks.blocks[0]
    let bytes = UnsafeRawBufferPointer(start: block.memory.base, count: Int(block.usedLength))
    var low = SHA256()
    var high = CRC32C()
    low.update(UnsafeRawBufferPointer(rebasing: bytes[..<(640 << 10)]))
    high.update(UnsafeRawBufferPointer(rebasing: bytes[(1 << 20)...]))
    #expect(low.text == facts.low)
    #expect(CRC32C.text(high.value) == facts.high)
  }

  private func load(_ facts: Facts, _ recorded: RecordedStream) throws -> RecordedMachine {
    let machine = try recorded.machine()
    var loader = machine.loader
    loader.options.configuration.capabilities.formUnion(facts.capabilities)
    _ = try loader.load(from: MemoryChannel(recorded.bytes))
    return machine
  }

  @Test(arguments: all) func loadsTheMemoryOfTheSource(facts: Facts) throws {
    expectMemory(try load(facts, RecordedStream(facts.fixture)), facts)
  }

  /// A failed load, just before the end, leaves memory that was fresh as zeros.
  @Test(arguments: all) func aFailedLoadLeavesZeros(facts: Facts) throws {
    let recorded = try RecordedStream(facts.fixture)
    let machine = try recorded.machine()
    var loader = machine.loader
    loader.options.configuration.capabilities.formUnion(facts.capabilities)
    // The byte of the last section's type.
    var bytes = recorded.bytes
    let section = try #require(recorded.deviceParts.last)
    let end = Int(recorded.walked.descriptionRange?.lowerBound ?? 0) - 1
    bytes[end - section.bytes.count] = 0x55
    #expect(throws: VMStateError.self) { try loader.load(from: MemoryChannel(bytes)) }
    for block in machine.blocks.blocks {
      let memory = UnsafeRawBufferPointer(start: block.memory.base, count: Int(block.usedLength))
      let words = memory.bindMemory(to: UInt64.self)
      #expect(words.allSatisfy { $0 == 0 }, "\(block.idstr)")
    }
  }

  @Test func writesAFileWithFixedPlacesAgainAsItWas() throws {
    let facts = Self.all[3]
    let recorded = try RecordedStream(facts.fixture)
    let machine = try load(facts, recorded)
    // A round that takes longer than usual, on a busy machine, would be two.
    machine.memory?.roundTime = .seconds(600)
    let channel = MemoryChannel()
    _ = try machine.saver.save(to: channel)
    // Megabytes are not to be printed.
    let isEqual = channel.bytes == recorded.bytes
    #expect(isEqual)
  }
}
