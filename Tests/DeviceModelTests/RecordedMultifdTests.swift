import DeviceModels
import RecordedMachines
import TestSupport
import Testing
import VMState

/// Recorded multifd streams, loaded with their channels, saved and loaded again. Which channel
/// gets which pages is a matter of time, so the bytes are not those of the recording.
@Suite struct RecordedMultifdTests {
  struct Recorded: CustomTestStringConvertible, Sendable {
    var name: String
    var compression = MultifdCompression.none
    var isLegacy = false
    /// CRC-32C of `pc.ram` from 1 MiB on, of memory whose SHA-256 is the recorded one.
    var sum: String
    var testDescription: String { name }
  }

  static let all = [
    Recorded(name: "7.2/multifd", sum: "c2f8b244"),
    Recorded(name: "7.2/multifd-zlib", compression: .zlib, sum: "5b8162fb"),
    Recorded(name: "10.0/multifd", sum: "c90aef76"),
    Recorded(name: "10.0/multifd-legacy-zero", isLegacy: true, sum: "5a057bf1"),
    Recorded(name: "10.0/multifd-tee", sum: "81e01f90"),
    Recorded(name: "10.0/multifd-zlib", compression: .zlib, sum: "2a8d500c"),
    Recorded(name: "10.0/multifd-zstd", compression: .zstd, sum: "aba67688"),
  ]

  private func sum(_ machine: RecordedMachine) throws -> String {
    let block = try #require(machine.blocks.blocks.first { $0.idstr == "pc.ram" })
    var sum = CRC32C()
    sum.update(
      UnsafeRawBufferPointer(
        start: block.memory.base + (1 << 20), count: Int(block.usedLength) - (1 << 20)))
    return CRC32C.text(sum.value)
  }

  @Test(arguments: all)
  func takesTheChannelsOfARealQEMUAndItsOwn(recorded: Recorded) throws {
    let stream = try RecordedStream(recorded.name + "-multifd-main")
    let channels = try (0...1).map {
      MemoryChannel(try Fixture.stream("\(recorded.name)-multifd\($0)"))
    }
    let machine = try stream.machine()
    var options = MultifdOptions(stream.profile)
    options.compression = recorded.compression
    if recorded.isLegacy { options.zeroPages = .legacy }
    machine.memory?.multifd = MultifdChannels(channels, options: options)
    try machine.loader.load(from: MemoryChannel(stream.bytes))
    #expect(try sum(machine) == recorded.sum)

    let again = [MemoryChannel(), MemoryChannel()]
    machine.memory?.multifd = MultifdChannels(again, options: options)
    let saved = MemoryChannel()
    try machine.saver.save(to: saved)
    let second = try stream.machine()
    second.memory?.multifd = MultifdChannels(
      again.map { MemoryChannel($0.bytes) }, options: options)
    try second.loader.load(from: MemoryChannel(saved.bytes))
    #expect(try sum(second) == recorded.sum)
  }
}
