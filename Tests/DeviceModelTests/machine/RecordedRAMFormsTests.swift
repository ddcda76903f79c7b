import RecordedMachines
import TestSupport
import Testing

@testable import VMState

/// Streams with deltas, compressed pages and fixed places, through the loader of the core.
@Suite struct RecordedRAMFormsTests {
  /// A fixture, and the CRC-32C of the first 640 KiB and from 1 MiB on of an image whose SHA-256
  /// is the one that the recording's scripts found in the source's memory.
  struct Facts: Sendable {
    var fixture: String
    var low: String
    var high: String
    var capabilities: Set<String> = []
  }

  static let all: [Facts] = [
    Facts(
      fixture: "7.2/xbzrle",
      low: "86ba386b", high: "01744833"),
    Facts(
      fixture: "10.0/xbzrle",
      low: "bdb28320", high: "3b14d52e"),
    Facts(
      fixture: "7.2/compress",
      low: "3d9b860d", high: "f93b3a7f",
      capabilities: ["compress"]),
    Facts(
      fixture: "10.0/mapped-ram",
      low: "ae6e2550", high: "81e01f90"),
    Facts(
      fixture: "10.0/mapped-ram-multifd",
      low: "3c533211", high: "2f5a15e8"),
  ]

  private func expectMemory(_ machine: RecordedMachine, _ facts: Facts) {
    let block = machine.blocks.blocks[0]
    let bytes = UnsafeRawBufferPointer(start: block.memory.base, count: Int(block.usedLength))
    var (low, high) = (CRC32C(), CRC32C())
    low.update(UnsafeRawBufferPointer(rebasing: bytes[..<(640 << 10)]))
    high.update(UnsafeRawBufferPointer(rebasing: bytes[(1 << 20)...]))
    #expect(CRC32C.text(low.value) == facts.low)
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

  /// Written over channels or not, the file is the same.
  @Test(arguments: all[3...])
  func writesAFileWithFixedPlacesAgainAsItWas(facts: Facts) throws {
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
