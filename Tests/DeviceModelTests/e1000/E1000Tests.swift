import DeviceModels
import TestSupport
import Testing
import VMState

/// A controller with memory, bus mastering, and its frames recorded.
final class E1000Bench {
  static let address: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]
  let nic = E1000(address: E1000Bench.address)
  let memory = TestMemory()
  var frames: [[UInt8]] = []
  var level = false

  init() {
    nic.memory = memory
    nic.send = { [unowned self] in frames.append($0) }
    nic.setIRQ = { [unowned self] in level = $0 }
    nic.writeConfig(0x04, 0x0006, count: 2)
  }

  func write(_ index: Int, _ value: UInt32, now: Int64 = 0) {
    nic.writeMMIO(UInt32(index * 4), value, now: now)
  }

  func read(_ index: Int, now: Int64 = 0) -> UInt32 {
    nic.readMMIO(UInt32(index * 4), now: now)
  }

  /// A transmit ring of 8 descriptors at 0x1000.
  func startTransmitter() {
    write(E1000Register.tdbal, 0x1000)
    write(E1000Register.tdlen, 128)
    write(E1000Register.tctl, 0x2)
  }

  /// A receive ring of 8 descriptors at 0x2000 with 2 KiB buffers from 0x8000 on.
  func startReceiver(control: UInt32 = 0x8002, tail: UInt32 = 7) {
    for index in 0..<8 {
      memory[0x2000 + 16 * index, 16] = littleEndian(UInt64(0x8000 + 0x800 * index)) + zeros(8)
    }
    write(E1000Register.rdbal, 0x2000)
    write(E1000Register.rdlen, 128)
    write(E1000Register.rctl, control)
    write(E1000Register.rdt, tail)
  }

  /// Puts a transmit descriptor into the ring.
  func descriptor(_ index: Int, buffer: UInt64, length: UInt32, command: UInt32) {
    memory[0x1000 + 16 * index, 16] =
      littleEndian(buffer) + littleEndian(UInt64(command | length))
  }
}

func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

func littleEndian(_ value: UInt64) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

@Suite struct E1000Tests {
  let bench = E1000Bench()

  /// Clocks one bit into the EEPROM and returns the bit that comes out.
  private func clock(_ bit: Bool) -> UInt32 {
    let data: UInt32 = bit ? 4 : 0
    bench.write(E1000Register.eecd, 2 | data)
    bench.write(E1000Register.eecd, 3 | data)
    bench.write(E1000Register.eecd, 2 | data)
    return bench.read(E1000Register.eecd) >> 3 & 1
  }

  private func readWordBitByBit(_ word: Int) -> UInt16 {
    bench.write(E1000Register.eecd, 0)
    bench.write(E1000Register.eecd, 2)
    let command = 0b110 << 6 | word
    for bit in stride(from: 8, to: 0, by: -1) { _ = clock(command >> bit & 1 != 0) }
    var value = UInt16(clock(command & 1 != 0))
    for _ in 0..<15 { value = value << 1 | UInt16(clock(false)) }
    bench.write(E1000Register.eecd, 0)
    return value
  }

  @Test func theEEPROMHoldsTheAddressAndSumsToBABA() {
    #expect(readWordBitByBit(0) == 0x5452)
    #expect(readWordBitByBit(2) == 0x5634)
    let sum = (0..<64).reduce(UInt16(0)) { $0 &+ readWordBitByBit($1) }
    #expect(sum == 0xBABA)
  }

  @Test func theEEPROMIsReadByWordsToo() {
    bench.write(E1000Register.eerd, 1 << 8 | 1)
    #expect(bench.read(E1000Register.eerd) == 0x1200_0110)
    bench.write(E1000Register.eerd, 64 << 8 | 1)
    #expect(bench.read(E1000Register.eerd) == 0x0000_4010)
  }

  @Test func thePHYAnswersAtItsNumber() {
    bench.write(E1000Register.mdic, 0x0822_0000)
    #expect(bench.read(E1000Register.mdic) == 0x1822_0141)
    bench.write(E1000Register.mdic, 0x0842_0000)
    #expect(bench.read(E1000Register.mdic) & 0x5000_0000 == 0x5000_0000)
    bench.write(E1000Register.mdic, 0x0422_1234)  // the identity is read-only
    #expect(bench.read(E1000Register.mdic) & 0x4000_0000 != 0)
    bench.write(E1000Register.mdic, 0x0424_0DE1 & ~0x100)
    #expect(bench.nic.state.phy[4] == 0x0CE1)
  }

  @Test func negotiationTakesHalfASecondAndReportsTheLink() {
    bench.write(E1000Register.ims, 0x4)
    bench.write(E1000Register.mdic, 0x0420_1340, now: 1000)  // restart
    #expect(bench.read(E1000Register.status) & 2 == 0)
    #expect(bench.nic.nextDeadline == 500_001_000)
    bench.nic.runTimers(now: 500_001_000)
    #expect(bench.read(E1000Register.status) & 2 != 0)
    #expect(bench.nic.state.phy[1] & 0x24 == 0x24)
    #expect(bench.level)
    #expect(bench.read(E1000Register.icr) & 4 != 0)
    #expect(!bench.level)
  }

  @Test func pullingTheCableDropsTheLink() {
    bench.nic.setLink(isUp: false, now: 0)
    #expect(bench.read(E1000Register.status) & 2 == 0)
    #expect(bench.read(E1000Register.ics) == 4)
    bench.startTransmitter()
    bench.descriptor(0, buffer: 0x4000, length: 60, command: 0x0100_0000)
    bench.write(E1000Register.tdt, 1)
    #expect(bench.frames.isEmpty)
  }

  @Test func sendsAFrameFromTwoLegacyDescriptors() {
    bench.memory[0x4000, 14] = Array(1...14)
    bench.memory[0x5000, 50] = Array(101...150)
    bench.descriptor(0, buffer: 0x4000, length: 14, command: 0)
    bench.descriptor(1, buffer: 0x5000, length: 50, command: 0x0900_0000)
    bench.startTransmitter()
    bench.write(E1000Register.ims, 0x1)
    bench.write(E1000Register.tdt, 2)
    #expect(bench.frames == [Array(1...14) + Array(101...150)])
    #expect(bench.read(E1000Register.tdh) == 2)
    #expect(bench.memory[0x101C, 1] == [1])  // descriptor done
    #expect(bench.memory[0x100C, 1] == [0])
    #expect(bench.level)
    #expect(bench.read(E1000Register.icr) == 0x3)
    #expect(bench.read(E1000Register.gptc) == 1)
    #expect(bench.read(E1000Register.gptc) == 0)
    #expect(bench.read(E1000Register.totl) == 68)
  }

  @Test func theRingWrapsAndStopsAfterOneRound() {
    bench.startTransmitter()
    for index in 0..<8 {
      bench.descriptor(index, buffer: 0x4000, length: 60, command: 0x0100_0000)
    }
    bench.write(E1000Register.tdh, 6)
    bench.write(E1000Register.tdt, 2)
    #expect(bench.frames.count == 4)
    bench.write(E1000Register.tdt, 200)  // beyond the ring: bogus
    #expect(bench.frames.count == 12)
  }

  @Test func aContextDescriptorIsKeptForTheStream() {
    bench.memory[0x1000, 16] = hex("0e 18 2100 22 32 0000 00050023 00 36 b405")
    bench.startTransmitter()
    bench.write(E1000Register.tdt, 1)
    let properties = bench.nic.state.transmit.properties
    #expect(properties.ipcss == 14)
    #expect(properties.tucso == 50)
    #expect(properties.payloadLength == 0x500)
    #expect(properties.segmentSize == 0x5B4)
    #expect([properties.ip, properties.tcp] == [1, 1])
  }

  @Test func receivesABroadcastWithPaddingAndCheckSequence() {
    bench.startReceiver()
    bench.write(E1000Register.ims, 0x80)
    let frame = Array(repeating: UInt8(0xFF), count: 6) + Array(1...30)
    #expect(bench.nic.receive(frame, now: 0))
    #expect(bench.memory[0x8000, 60] == frame + zeros(24))
    #expect(bench.memory[0x2008, 8] == hex("4000 0000 07 00 0000"))
    #expect(bench.read(E1000Register.rdh) == 1)
    #expect(bench.level)
    #expect(bench.read(E1000Register.bprc) == 1)
  }

  @Test func aLongFrameTakesSeveralBuffers() {
    bench.startReceiver(control: 0x0003_8022)  // 256-byte buffers, long packets
    let frame = E1000Bench.address + (0..<600).map { UInt8($0 & 0xFF) }
    #expect(bench.nic.receive(frame, now: 0))
    #expect(bench.read(E1000Register.rdh) == 3)
    #expect(bench.memory[0x2008, 2] == [0x00, 0x01])
    #expect(bench.memory[0x200C, 1] == [0x01])
    #expect(bench.memory[0x2028, 2] == [0x62, 0x00])
    #expect(bench.memory[0x202C, 1] == [0x07])
    #expect(bench.memory[0x8000, 256] + bench.memory[0x8800, 256] == Array(frame[0..<512]))
  }

  @Test func filtersByAddressTableAndMode() {
    bench.startReceiver(control: 0x2)
    let stranger: [UInt8] = [0x02, 0, 0, 0, 0, 1] + zeros(54)
    let multicast: [UInt8] = [0x01, 0, 0x5E, 0, 0, 0xFB] + zeros(54)
    let broadcast = Array(repeating: UInt8(0xFF), count: 6) + zeros(54)
    for frame in [stranger, multicast, broadcast] { bench.nic.receive(frame, now: 0) }
    #expect(bench.read(E1000Register.rdh) == 0)
    let hash = 0xFB00 >> 4
    bench.write(E1000Register.mta + hash >> 5, 1 << UInt32(hash & 31))
    bench.nic.receive(multicast, now: 0)
    #expect(bench.read(E1000Register.rdh) == 1)
    bench.write(E1000Register.rctl, 0xA)
    bench.nic.receive(stranger, now: 0)
    #expect(bench.read(E1000Register.rdh) == 2)
    bench.nic.receive(E1000Bench.address + zeros(54), now: 0)
    #expect(bench.read(E1000Register.rdh) == 3)
  }

  @Test func theVLANTableLetsOnlyItsNumbersPass() {
    bench.startReceiver(control: 0x4_000A)
    let tagged = E1000Bench.address + zeros(6) + [0x81, 0x00, 0x00, 0x25] + zeros(44)
    bench.nic.receive(tagged, now: 0)
    #expect(bench.read(E1000Register.rdh) == 0)
    bench.write(E1000Register.vfta + 1, 1 << 5)
    bench.nic.receive(tagged, now: 0)
    #expect(bench.read(E1000Register.rdh) == 1)
  }

  @Test func withoutDescriptorsTheFrameIsMissed() {
    bench.startReceiver(tail: 0)
    #expect(!bench.nic.canReceive)
    #expect(!bench.nic.receive(E1000Bench.address + zeros(54), now: 0))
    #expect(bench.read(E1000Register.mpc) == 1)
    #expect(bench.read(E1000Register.ics) & 0x40 != 0)
  }

  @Test func withoutBusMasteringNothingMoves() {
    bench.startReceiver()
    bench.nic.writeConfig(0x04, 0x0002, count: 2)
    #expect(!bench.nic.receive(E1000Bench.address + zeros(54), now: 0))
    bench.startTransmitter()
    bench.descriptor(0, buffer: 0x4000, length: 60, command: 0x0100_0000)
    bench.write(E1000Register.tdt, 1)
    #expect(bench.frames.isEmpty)
  }

  @Test func interruptsAreHeldBackForTheMitigationTime() {
    bench.write(E1000Register.itr, 1000)
    bench.write(E1000Register.ims, 0x80)
    bench.write(E1000Register.ics, 0x80, now: 5)
    #expect(bench.level)
    #expect(bench.nic.nextDeadline == 256_005)
    #expect(bench.read(E1000Register.icr) == 0x80)
    #expect(!bench.level)
    bench.write(E1000Register.ics, 0x80, now: 10)
    #expect(!bench.level)
    bench.nic.runTimers(now: 256_005)
    #expect(bench.level)
  }

  @Test func maskingAndDisablingLowerTheLine() {
    bench.write(E1000Register.ims, 0x4)
    bench.write(E1000Register.ics, 0x4)
    #expect(bench.level)
    bench.nic.writeConfig(0x04, 0x0406, count: 2)
    #expect(!bench.level)
    bench.nic.writeConfig(0x04, 0x0006, count: 2)
    #expect(bench.level)
    bench.write(E1000Register.imc, 0x4)
    #expect(!bench.level)
  }

  @Test func loopbackReturnsTheFrame() {
    bench.startReceiver()
    bench.startTransmitter()
    bench.write(E1000Register.mdic, 0x0420_4140)
    bench.memory[0x4000, 6] = E1000Bench.address
    bench.descriptor(0, buffer: 0x4000, length: 60, command: 0x0100_0000)
    bench.write(E1000Register.tdt, 1)
    #expect(bench.frames.isEmpty)
    #expect(bench.memory[0x8000, 6] == E1000Bench.address)
  }
}
