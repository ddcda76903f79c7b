import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct E1000TableTests {
  // The layout against recorded streams is tested over whole streams; a body has 198785 bytes.
  static let mainSize = 276 + 4 + 8 + 14 + 15 + 5 + 2 + 256 + 65536 + 128 + 64 + 37 * 4 + 288 * 4

  @Test func theMainPartAndTheSubsectionsHaveTheirSizes() throws {
    var state = E1000Bench().nic.state
    #expect(try E1000State.vmstate.bytes(of: state).count == 198_785)
    state.features = []
    #expect(try E1000State.vmstate.bytes(of: state).count == Self.mainSize)
    state.features = [.mitigation]
    let mitigation = 6 + "e1000/mit_state".utf8.count + 17
    #expect(try E1000State.vmstate.bytes(of: state).count == Self.mainSize + mitigation)
  }

  @Test func aHalfBuiltFrameAndAPendingInterruptGoOnAtTheDestination() throws {
    let source = E1000Bench()
    source.memory[0x4000, 14] = Array(1...14)
    source.memory[0x5000, 50] = Array(101...150)
    source.descriptor(0, buffer: 0x4000, length: 14, command: 0)
    source.startTransmitter()
    source.write(E1000Register.tdt, 1)
    source.write(E1000Register.ims, 0x4)
    source.write(E1000Register.ics, 0x4)
    source.nic.beforeSave()
    let bytes = try E1000State.vmstate.bytes(of: source.nic.state)

    let destination = E1000Bench()
    #expect(
      try load(E1000State.vmstate, into: &destination.nic.state, bytes + [0x7E]) == [0x7E])
    destination.nic.afterLoad()
    destination.nic.runTimers(now: 1)
    #expect(destination.level)
    destination.memory.bytes = source.memory.bytes
    destination.descriptor(1, buffer: 0x5000, length: 50, command: 0x0100_0000)
    destination.write(E1000Register.tdt, 2)
    #expect(destination.frames == [Array(1...14) + Array(101...150)])
    #expect(try E1000State.vmstate.bytes(of: source.nic.state) == bytes)
  }

  @Test func versionOneHasFourMoreUnusedBytes() throws {
    var state = E1000Bench().nic.state
    state.features = []
    state.receiveBufferSize = 0x1234_5678
    var bytes = try E1000State.vmstate.bytes(of: state)
    bytes.insert(contentsOf: [1, 2, 3, 4], at: 276)
    var loaded = E1000Bench().nic.state
    #expect(
      try load(E1000State.vmstate, into: &loaded, bytes + [0x7E], version: 1) == [0x7E])
    #expect(loaded.receiveBufferSize == 0x1234_5678)
  }

  @Test func withoutTheLastSubsectionBothParameterSetsAreTheSame() throws {
    var state = E1000Bench().nic.state
    state.features = [.mitigation, .allRegisters]
    state.transmit.properties.ipcss = 14
    state.transmit.tsoProperties.segmentSize = 1448
    state.usesTSOForMigration = true
    let bytes = try E1000State.vmstate.bytes(of: state)
    var loaded = E1000Bench().nic.state
    _ = try load(E1000State.vmstate, into: &loaded, bytes + [0])
    #expect(loaded.transmit.properties == state.transmit.tsoProperties)
    #expect(loaded.transmit.tsoProperties == state.transmit.tsoProperties)
  }

  @Test func withTheLastSubsectionTheyAreApart() throws {
    var state = E1000Bench().nic.state
    state.transmit.properties.ipcss = 14
    state.transmit.tsoProperties.segmentSize = 1448
    let bytes = try E1000State.vmstate.bytes(of: state)
    var loaded = E1000Bench().nic.state
    _ = try load(E1000State.vmstate, into: &loaded, bytes + [0])
    #expect(loaded.transmit.properties == state.transmit.properties)
    #expect(loaded.transmit.tsoProperties == state.transmit.tsoProperties)
  }

  @Test func withoutMitigationItsRegistersAreZero() throws {
    var state = E1000Bench().nic.state
    state.mac[E1000Register.itr] = 500
    state.interruptLevel = true
    let bytes = try E1000State.vmstate.bytes(of: state)
    var loaded = E1000Bench().nic.state
    loaded.features.remove(.mitigation)
    _ = try load(E1000State.vmstate, into: &loaded, bytes + [0])
    #expect(loaded.mac[E1000Register.itr] == 0)
    #expect(!loaded.interruptLevel)
  }

  @Test func theLinkFollowsTheLoadedStatus() throws {
    let source = E1000Bench()
    source.nic.setLink(isUp: false, now: 0)
    source.nic.beforeSave()
    let bytes = try E1000State.vmstate.bytes(of: source.nic.state)
    let destination = E1000Bench()
    _ = try load(E1000State.vmstate, into: &destination.nic.state, bytes + [0])
    destination.nic.afterLoad()
    #expect(destination.nic.isLinkDown)
  }

  @Test func anUnfinishedNegotiationStartsAgain() throws {
    let source = E1000Bench()
    source.write(E1000Register.mdic, 0x0420_1340)
    let bytes = try E1000State.vmstate.bytes(of: source.nic.state)
    let destination = E1000Bench()
    _ = try load(E1000State.vmstate, into: &destination.nic.state, bytes + [0])
    destination.nic.afterLoad()
    #expect(!destination.nic.isLinkDown)
    destination.nic.runTimers(now: 500_000_000)
    #expect(destination.read(E1000Register.status) & 2 != 0)
  }

  @Test func noLoadedStateMakesTheControllerTrap() throws {
    for fill: UInt8 in [0xFF, 0x80, 0x7F] {
      let bench = E1000Bench()
      // Everything after the PCI part is hostile; the subsections are left out.
      let head = try E1000State.vmstate.bytes(of: bench.nic.state).prefix(276)
      let body = Array(head) + Array(repeating: fill, count: Self.mainSize - 276)
      _ = try load(E1000State.vmstate, into: &bench.nic.state, body + [0])
      bench.nic.afterLoad()
      bench.nic.runTimers(now: 1)
      bench.write(E1000Register.tctl, 2)
      bench.nic.state.mac[E1000Register.status] |= 2
      bench.nic.receive(E1000Bench.address + zeros(1400), now: .max)
      for index in 0..<E1000Register.count {
        _ = bench.read(index)
        bench.write(index, .max, now: .max)
      }
      bench.nic.runTimers(now: .max)
      #expect(bench.read(E1000Register.tdh) <= 0xFFFF)
    }
  }

  @Test func noLoadedRingMakesTheControllerTrap() throws {
    let values: [UInt32] = [0, 1, 7, 0x80, 0xFFFF, 0x8000_0000, .max]
    let seed: UInt64 = 0x82540
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let bench = E1000Bench()
      for index in [
        E1000Register.rdh, E1000Register.rdt, E1000Register.rdlen, E1000Register.rdbal,
        E1000Register.tdh, E1000Register.tdt, E1000Register.tdlen, E1000Register.tdbal,
        E1000Register.rctl,
      ] { bench.nic.state.mac[index] = values.randomElement(using: &generator) ?? 0 }
      bench.nic.state.mac[E1000Register.rctl] |= 0x801E
      bench.nic.state.receiveBufferSize = values.randomElement(using: &generator) ?? 0
      bench.nic.state.receiveLowShift = values.randomElement(using: &generator) ?? 0
      let bytes = try E1000State.vmstate.bytes(of: bench.nic.state)
      _ = try load(E1000State.vmstate, into: &bench.nic.state, bytes + [0])
      bench.nic.afterLoad()
      bench.nic.receive(E1000Bench.address + zeros(3000), now: 0)
      bench.write(E1000Register.tctl, 2)
      #expect(bench.read(E1000Register.tdt) <= 0xFFFF, "seed \(seed)")
    }
  }
}
