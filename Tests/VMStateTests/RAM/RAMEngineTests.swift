import TestSupport
import Testing

@testable import VMState

/// RAM in the hands of the saver and the loader.
@Suite struct RAMEngineTests {
  private struct Machine {
    let control = TestMachine()
    let registry = SaveStateRegistry()
    let memory: RAMFixture

    init(_ protection: RAMBlock.LoadProtection) throws {
      memory = try RAMFixture([
        .make("pc.ram", pages: 300, protection: protection),
        .make("pc.bios", pages: 16, protection: protection),
      ])
      try registry.registerLive(
        RAMHandlers.idstr, version: RAMHandlers.version, handlers: memory.handlers)
    }

    func save(_ cancellation: CancellationFlag = CancellationFlag()) throws -> [UInt8] {
      let channel = MemoryChannel()
      try StateSaver(registry: registry, machine: control, options: .none())
        .save(to: channel, cancellation: cancellation)
      return channel.bytes
    }

    func load(_ bytes: [UInt8]) throws {
      try StateLoader(registry: registry, machine: control, options: .none())
        .load(from: MemoryChannel(bytes))
    }
  }

  private func filled(_ protection: RAMBlock.LoadProtection = .protected) throws -> Machine {
    let machine = try Machine(protection)
    for page in stride(from: 0, to: 300, by: 3) {
      machine.memory.first.fill(page: page, with: UInt8(truncatingIfNeeded: page))
    }
    machine.memory.list.blocks[1].fill(page: 15, with: 0xf0)
    return machine
  }

  @Test func aMachineGoesThroughAStreamAndBack() throws {
    let source = try filled()
    let stream = try source.save()
    let target = try Machine(.disposable)
    try target.load(stream)
    #expect(target.memory.content == source.memory.content)
    #expect(target.memory.first.protection == .protected)
    // The same stream again, now over a machine that has run.
    target.memory.first.fill(page: 1, with: 1)
    try target.load(stream)
    #expect(target.memory.content == source.memory.content)
  }

  @Test func aDamagedStreamIsRefusedWithItsPlace() throws {
    let source = try filled()
    var stream = try source.save()
    let target = try filled(.protected)
    target.memory.first.fill(page: 5, with: 0x55)
    let before = target.memory.content
    // The first record of the first PART section. Magic, version and configuration are 17
    // bytes; the START section has 17 of header, 47 of block list and 5 of footer.
    let record = 17 + 17 + 47 + 5 + 5
    #expect(Array(stream[record..<record + 8]) == hex("0000000000000002"))
    stream[record + 7] = 0x0a
    let error = #expect(throws: VMStateError.self) { try target.load(stream) }
    #expect(error?.code == .badRAMRecord)
    #expect(error?.path == ["ram"])
    #expect(error?.offset == UInt64(record))
    #expect(target.memory.content == before)
    #expect(target.control.runState == .running)
  }

  @Test func aCancelledSaveLeavesNothingBehind() throws {
    let source = try filled()
    let flag = CancellationFlag()
    source.memory.handlers.seam = { _, _, page in if page == 200 { flag.cancel() } }
    let error = #expect(throws: VMStateError.self) { try source.save(flag) }
    #expect(error?.code == .cancelled)
    #expect(source.memory.handlers.saving == nil)
    source.memory.handlers.seam = nil
    let target = try Machine(.disposable)
    try target.load(try source.save())
    #expect(target.memory.content == source.memory.content)
  }
}
