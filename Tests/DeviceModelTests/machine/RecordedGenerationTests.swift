import DeviceModels
import RecordedMachines
import TestSupport
import Testing
import VMState
import VMStateInspect

/// Streams of QEMU 4.2, 5.2, 8.2 and 11.1, loaded and saved again in their generation.
@Suite struct RecordedGenerationTests {
  static let names = ["4.2", "5.2", "8.2", "11.1"].flatMap {
    ["generations/\($0)-none", "generations/\($0)-pc"]
  }

  @Test func coversEveryFixture() throws {
    #expect(try Set(Self.names) == Set(Fixture.generations()))
  }

  @Test(arguments: names) func savesTheSameSections(name: String) throws {
    let (original, again) = try roundTrip(name)
    #expect(again.walked.error == nil)
    #expect(again.deviceParts.count == original.deviceParts.count)
    for (ours, theirs) in zip(again.deviceParts, original.deviceParts) {
      #expect(ours.name == theirs.name)
      #expect(ours.bytes == theirs.bytes, "\(theirs.name)")
    }
  }

  /// To the byte, the spaces of 4.2 and 5.2 too. There some fields of the PS/2 devices and of
  /// their controller have other names than in the models, which are those of later releases.
  @Test(arguments: names) func savesTheSameDescription(name: String) throws {
    let (original, again) = try roundTrip(name)
    guard original.profile == .qemu4_2, name.hasSuffix("pc") else {
      #expect(again.json == original.json)
      return
    }
    var (ours, theirs) = (try again.deviceTexts(), try original.deviceTexts())
    for renamed in ["ps2kbd", "ps2mouse", "pckbd"] {
      #expect(ours.removeValue(forKey: SectionName(idstr: renamed, instance: 0)) != nil)
      #expect(theirs.removeValue(forKey: SectionName(idstr: renamed, instance: 0)) != nil)
    }
    #expect(ours == theirs)
    #expect(try #require(again.json).starts(with: Array("{ \"page_size\" : 4096, ".utf8)))
  }

  /// Each page of the stream is in memory, the last of each.
  @Test(arguments: names) func loadsTheMemory(name: String) throws {
    let original = try RecordedStream(name)
    let machine = try original.machine()
    try machine.loader.load(from: MemoryChannel(original.bytes))
    let (first, second) = (try memory(machine), try memory(reloaded(machine, original)))
    #expect(first == second)
    #expect(try first == walkedMemory(original))
  }

  private func roundTrip(_ name: String) throws -> (RecordedStream, RecordedStream) {
    let original = try RecordedStream(name)
    let machine = try original.machine()
    try machine.loader.load(from: MemoryChannel(original.bytes))
    let saved = MemoryChannel()
    try machine.saver.save(to: saved)
    return (original, RecordedStream(saved.bytes, original))
  }

  private func reloaded(
    _ machine: RecordedMachine, _ original: RecordedStream
  ) throws -> RecordedMachine {
    let saved = MemoryChannel()
    try machine.saver.save(to: saved)
    let other = try RecordedStream(saved.bytes, original).machine()
    try other.loader.load(from: MemoryChannel(saved.bytes))
    return other
  }

  private func memory(_ machine: RecordedMachine) throws -> [String: String] {
    var sums: [String: String] = [:]
    for block in machine.blocks.blocks {
      var sum = CRC32C()
      sum.update(UnsafeRawBufferPointer(start: block.memory.base, count: Int(block.usedLength)))
      sums[block.idstr] = CRC32C.text(sum.value)
    }
    return sums
  }

  /// The same sums, of the pages as the inspector finds them.
  private func walkedMemory(_ original: RecordedStream) throws -> [String: String] {
    let (index, problems) = try MemoryIndex.make(of: MemorySource(MemoryChannel(original.bytes)))
    #expect(problems.isEmpty)
    var sums: [String: String] = [:]
    for (number, block) in index.blocks.enumerated() {
      var sum = CRC32C()
      for page in 0..<block.pages {
        try index.page(block: number, page: page).withUnsafeBytes { sum.update($0) }
      }
      sums[block.idstr] = CRC32C.text(sum.value)
    }
    return sums
  }
}
