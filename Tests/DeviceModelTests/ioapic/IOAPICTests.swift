import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct IOAPICTests {
  private final class Bus { var messages: [IOAPICMessage] = [] }

  private func make() -> (IOAPIC, Bus) {
    let ioapic = IOAPIC()
    let bus = Bus()
    ioapic.deliver = { bus.messages.append($0) }
    return (ioapic, bus)
  }

  private func write(_ ioapic: IOAPIC, _ register: UInt32, _ value: UInt32) {
    ioapic.write(offset: 0, value: register)
    ioapic.write(offset: 0x10, value: value)
  }

  private func read(_ ioapic: IOAPIC, _ register: UInt32) -> UInt32 {
    ioapic.write(offset: 0, value: register)
    return ioapic.read(offset: 0x10)
  }

  @Test func redirectsAnEdge() {
    let (ioapic, bus) = make()
    write(ioapic, 0x10 + 2 * 4 + 1, 0x0300_0000)
    write(ioapic, 0x10 + 2 * 4, 0x0000_0831)
    ioapic.setLine(4, true)
    ioapic.setLine(4, true)
    ioapic.setLine(4, false)
    ioapic.setLine(4, true)
    #expect(bus.messages.count == 2)
    let message = bus.messages[0]
    #expect(message.vector == 0x31 && message.destination == 3 && message.isLogical)
    #expect(!message.isLevel && message.deliveryMode == 0)
    #expect(ioapic.state.irr == 0)
  }

  @Test func aLevelWaitsForTheEnd() {
    let (ioapic, bus) = make()
    write(ioapic, 0x10 + 2 * 11, 0x0000_8052)
    ioapic.setLine(11, true)
    #expect(bus.messages.map(\.vector) == [0x52])
    #expect(read(ioapic, 0x10 + 2 * 11) == 0xC052, "remote request")
    ioapic.setLine(11, true)
    #expect(bus.messages.count == 1)
    ioapic.endInterrupt(vector: 0x52)
    #expect(bus.messages.count == 2, "the level is still there")
    ioapic.setLine(11, false)
    ioapic.write(offset: 0x40, value: 0x52)
    #expect(bus.messages.count == 2)
    #expect(read(ioapic, 0x10 + 2 * 11) == 0x8052)
  }

  @Test func aMaskedEdgeIsLostAndAMaskedLevelWaits() {
    let (ioapic, bus) = make()
    write(ioapic, 0x10 + 2 * 5, 0x0001_0040)
    ioapic.setLine(5, true)
    write(ioapic, 0x10 + 2 * 5, 0x0000_0040)
    #expect(bus.messages.isEmpty)
    write(ioapic, 0x10 + 2 * 6, 0x0001_8041)
    ioapic.setLine(6, true)
    #expect(bus.messages.isEmpty)
    write(ioapic, 0x10 + 2 * 6, 0x0000_8041)
    #expect(bus.messages.map(\.vector) == [0x41])
  }

  @Test func theTimerComesInAtPin2() {
    let (ioapic, bus) = make()
    write(ioapic, 0x10 + 2 * 2, 0x0000_0030)
    ioapic.setLine(0, true)
    #expect(bus.messages.map(\.vector) == [0x30])
  }

  @Test func externalModeAsksTheOtherController() {
    let (ioapic, bus) = make()
    ioapic.externalVector = { 0x77 }
    write(ioapic, 0x10 + 2 * 1, 0x0000_0700)
    ioapic.setLine(1, true)
    #expect(bus.messages.map(\.vector) == [0x77])
  }

  @Test func showsIdentityAndVersion() {
    let (ioapic, _) = make()
    write(ioapic, 0, 0xF500_0000)
    #expect(read(ioapic, 0) == 0x0500_0000)
    #expect(read(ioapic, 2) == 0x0500_0000)
    #expect(read(ioapic, 1) == 0x0017_0020)
    #expect(ioapic.read(offset: 0) == 1)
    #expect(read(ioapic, 0x40) == 0, "beyond the table")
  }

  @Test func readOnlyBitsStayAndAnEdgeHasNoRemoteRequest() {
    let (ioapic, _) = make()
    write(ioapic, 0x10, 0x0001_5000)
    #expect(read(ioapic, 0x10) == 0x0001_0000)
    write(ioapic, 0x10 + 2 * 7, 0x0000_8055)
    ioapic.setLine(7, true)
    write(ioapic, 0x10 + 2 * 7, 0x0001_8055)
    #expect(read(ioapic, 0x10 + 2 * 7) == 0x0001_C055)
    write(ioapic, 0x10 + 2 * 7, 0x0001_0055)
    #expect(read(ioapic, 0x10 + 2 * 7) == 0x0001_0055)
  }

  @Test func anOldVersionHasNoEndRegister() {
    let ioapic = IOAPIC(version: 0x11)
    write(ioapic, 0x10 + 2 * 3, 0x0000_8060)
    ioapic.setLine(3, true)
    ioapic.write(offset: 0x40, value: 0x60)
    #expect(read(ioapic, 0x10 + 2 * 3) & 0x4000 != 0)
  }

  @Test func noStateMakesItTrap() {
    var generator = SeededGenerator(seed: 0x82093)
    for _ in 0..<200 {
      let (ioapic, _) = make()
      ioapic.state.irr = UInt32(truncatingIfNeeded: generator.next())
      ioapic.state.id = UInt8.random(in: 0...255, using: &generator)
      for pin in 0..<24 { ioapic.state.ioredtbl[pin] = generator.next() }
      ioapic.afterLoad()
      for register in UInt8.min...255 {
        ioapic.state.ioregsel = register
        _ = ioapic.read(offset: 0x10)
        ioapic.write(offset: 0x10, value: UInt32(truncatingIfNeeded: generator.next()))
      }
      for line in -1...32 { ioapic.setLine(line, true) }
    }
  }
}

@Suite struct IOAPICStateTests {
  // QEMU 10.0.13, pc, after the BIOS: id, index, unused, irr, then 24 masked entries.
  static let recorded =
    hex("00 00 0000000000000000 00000000")
    + (0..<24).flatMap { _ in hex("0000000000010000") }

  @Test func loadsAndSavesARecordedSection() throws {
    let state = try expectSameBytes(IOAPICState.vmstate, IOAPICState(), Self.recorded)
    #expect(state.ioredtbl[23] == 0x1_0000)
  }

  @Test func version1HasNoRequestRegister() throws {
    var state = IOAPICState()
    state.irr = 5
    let bytes = Array(Self.recorded.prefix(2) + Self.recorded.dropFirst(14))
    #expect(try load(IOAPICState.vmstate, into: &state, bytes + [0], version: 1) == [0])
    #expect(state.irr == 5 && state.ioredtbl[0] == 0x1_0000)
  }

  @Test func aPendingLevelIsSentAfterALoad() throws {
    var bytes = Self.recorded
    bytes[12] = 0x08
    bytes.replaceSubrange(14 + 11 * 8..<14 + 12 * 8, with: hex("0100000000008059"))
    let ioapic = IOAPIC()
    var vectors: [UInt8] = []
    ioapic.deliver = { vectors.append($0.vector) }
    _ = try load(IOAPICState.vmstate, into: &ioapic.state, bytes + [0])
    #expect(vectors.isEmpty)
    ioapic.afterLoad()
    #expect(vectors == [0x59])
  }

  @Test func refusesEveryShortenedSection() {
    expectRefusesCuts(IOAPICState.vmstate, IOAPICState(), Self.recorded)
  }
}
