import DeviceModels
import TestSupport
import Testing
import VMState

private final class Slave: SMBusSlave {
  var registers = [UInt8](0...255)
  func read(register: UInt8) -> UInt8 { registers[Int(register)] }
  func write(register: UInt8, _ value: UInt8) { registers[Int(register)] = value }
}

@Suite struct PIIX4PowerTests {
  let device = PIIX4Power()
  /// One tick of the timer, rounded up.
  let tick: Int64 = 280

  @Test func theTimerCountsAtItsFrequencyInTwentyFourBits() {
    #expect(device.readPM(8, now: 0) == 0)
    #expect(device.readPM(8, now: 1_000_000_000) == 3_579_545)
    #expect(device.readPM(8, now: 5_000_000_000) == 17_897_725 - 0x100_0000)
  }

  @Test func theTimersTopBitRaisesTheInterrupt() throws {
    var level = false
    device.setSCI = { level = $0 }
    device.writePM(0, 0x0001, now: 0)  // clears the bit and computes the next change
    device.writePM(2, 0x0001, now: 0)
    #expect(!level)
    let deadline = try #require(device.nextDeadline)
    #expect(deadline == 0x80_0000 * 1_000_000_000 / 3_579_545)
    device.runTimers(now: deadline + tick)
    #expect(level)
    #expect(device.readPM(0, now: deadline + tick) == 0x0001)
    device.writePM(0, 0x0001, now: deadline + tick)
    #expect(!level)
    #expect(device.readPM(0, now: deadline + tick) == 0)
    #expect(try #require(device.nextDeadline) > deadline)
  }

  @Test func thePowerButtonNeedsItsEnableBit() {
    var level = false
    device.setSCI = { level = $0 }
    device.pressPowerButton(now: 0)
    #expect(!level)
    device.writePM(2, 0x0100, now: 0)
    #expect(level)
    device.writePM(0, 0x0100, now: 0)
    #expect(!level)
  }

  @Test func sleepIsAnnouncedWithItsTypeAndTheBitIsNotKept() {
    var types: [UInt8] = []
    device.enterSleep = { types.append($0) }
    device.writePM(4, 0x2400 | 1, now: 0)
    #expect(types == [1])
    #expect(device.readPM(4, now: 0) == 0x0401)
  }

  @Test func apmCommandsSwitchACPIOrRaiseAnSMI() {
    var interrupts = 0
    device.raiseSMI = { interrupts += 1 }
    device.writeAPM(0, 0xF1)
    #expect(device.readPM(4, now: 0) == 1)
    device.writeAPM(0, 0xF0)
    #expect(device.readPM(4, now: 0) == 0)
    device.writeAPM(0, 0x12)
    #expect(interrupts == 0)
    device.writeConfig(0x5B, 0x02, count: 1)
    device.writeAPM(0, 0x12)
    device.writeAPM(1, 0x34)
    #expect(interrupts == 1)
    #expect([device.readAPM(0), device.readAPM(1)] == [0x12, 0x34])
  }

  @Test func theRegisterBlocksFollowTheConfiguration() {
    var bases: [[UInt16?]] = []
    device.mapPorts = { bases.append([$0, $1]) }
    device.writeConfig(0x40, 0xB001, count: 4)
    #expect(bases.isEmpty)
    device.writeConfig(0x80, 1, count: 1)
    device.writeConfig(0xD2, 0, count: 1)
    #expect(bases == [[0xB000, 0xB100], [0xB000, nil]])
    #expect(device.readConfig(0, count: 4) == 0x7113_8086)
  }

  @Test func eventsInterruptAndAreClearedByWritingOne() {
    var level = false
    device.setSCI = { level = $0 }
    device.raiseGPE(1, now: 0)
    #expect(!level)
    device.writeGPE(2, 0x02, now: 0)
    #expect(level)
    device.raiseGPE(9, now: 0)
    #expect([device.readGPE(0), device.readGPE(1), device.readGPE(2)] == [2, 2, 2])
    device.writeGPE(0, 0xFF, now: 0)
    #expect(!level)
    #expect(device.readGPE(1) == 2)
  }

  @Test func pluggedSlotsAreSeenOnceAndEjected() {
    var ejected: [[Int]] = []
    device.ejectSlot = { ejected.append([$0, $1]) }
    device.plug(bus: 3, slot: 5, now: 0)
    #expect(device.readGPE(0) == 2)
    device.writeHotplug(0x10, 3)
    #expect(device.readHotplug(0) == 0x20)
    #expect(device.readHotplug(0) == 0)
    device.requestUnplug(bus: 3, slot: 5, now: 0)
    #expect(device.readHotplug(4) == 0x20)
    device.writeHotplug(8, 0x20)
    #expect(device.readHotplug(4) == 0)
    #expect(ejected == [[3, 5]])
    device.writeHotplug(0x10, 256)
    #expect(device.readHotplug(0) == 0)
    #expect(device.readHotplug(0x10) == 256)
  }

  @Test func theSMBusReadsAndWritesASlave() {
    let slave = Slave()
    device.smbusSlaves[0x50] = slave
    device.writeSMBus(4, 0xA1)
    device.writeSMBus(3, 0x10)
    device.writeSMBus(2, 0x4C)  // word data
    #expect(device.readSMBus(0) == 0x02)
    #expect([device.readSMBus(5), device.readSMBus(6)] == [0x10, 0x11])
    device.writeSMBus(0, 0x02)
    device.writeSMBus(4, 0xA0)
    device.writeSMBus(5, 0x99)
    device.writeSMBus(2, 0x48)  // byte data
    #expect(slave.registers[0x10] == 0x99)
    device.writeSMBus(0, 0xFE)
    device.writeSMBus(4, 0x21)
    device.writeSMBus(2, 0x48)
    #expect(device.readSMBus(0) == 0x04)
  }

  @Test func theBlockBufferWrapsAround() {
    for byte in 0..<33 { device.writeSMBus(7, UInt8(byte)) }
    #expect(device.readSMBus(2) == 0)
    #expect([device.readSMBus(7), device.readSMBus(7)] == [32, 1])
  }
}

@Suite struct PIIX4PowerTableTests {
  typealias State = PIIX4PowerState

  // QEMU 10.0.13, pc: the section's body, with runs of zeros written as counts.
  let recorded: [UInt8] = {
    func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
    var body = hex("00000002")
    body += hex("8680 1371 0700 8002 0300 8006") + zeros(32) + hex("f41a 0011") + zeros(13)
    body += hex("01 00 00 01 00 00 00") + zeros(27) + hex("10 00000060 00000008") + zeros(40)
    body += hex("01b1") + zeros(64) + hex("09") + zeros(45)
    body += zeros(16)  // interrupt levels
    body += hex("0001 0000 0000 0000")  // PM1 and APM
    body += zeros(10) + zeros(32) + hex("02 00 00 01 00 00")  // SMBus
    body += hex("ffffffffffffffff 0000000000000000 0000 0000 00000000")
    body += zeros(2048) + hex("00000000")
    return body + subsection("piix4_pm/memhp", "00000000")
  }()

  @Test func everyCutBeforeTheHotplugTableIsRefused() {
    expectRefusesCuts(State.vmstate, PIIX4Power().state, Array(recorded.prefix(360)))
  }

  @Test func decodesAndEncodesARecordedBody() throws {
    let device = PIIX4Power()
    #expect(recorded.count == 2432)
    #expect(try load(State.vmstate, into: &device.state, recorded + [0x7E]) == [0x7E])
    #expect(device.state.pm1Status == 1)
    #expect(device.state.smbusBase == 0xB100)
    #expect(device.state.pmBase == nil)
    #expect(try State.vmstate.bytes(of: device.state) == recorded)
  }

  @Test func olderMachineTypesSendLess() throws {
    var state = State()
    state.sendsSMBus = false
    state.usesBridgeHotplug = false
    state.sendsACPIIndex = false
    state.usesMemoryHotplug = false
    state.hotplug[0].down = 0x42
    let bytes = try State.vmstate.bytes(of: state)
    #expect(bytes.count == 276 + 8 + 16 + 4 + 8)
    #expect(Array(bytes.suffix(8)) == hex("00000000 00000042"))
    var loaded = state
    loaded.hotplug[0].down = 0
    #expect(try load(State.vmstate, into: &loaded, bytes + [0x7E]) == [0x7E])
    #expect(loaded.hotplug[0].down == 0x42)
  }

  @Test func sendsTheSlotsAndCPUsThatTheMachineHas() throws {
    var state = State()
    state.memoryHotplug = MemoryHotplugState(slots: 2)
    state.memoryHotplug.slots[1].isEnabled = true
    state.memoryHotplug.slots[1].ostStatus = 7
    state.usesCPUHotplug = true
    state.cpuHotplug = CPUHotplugState(cpus: 1)
    state.cpuHotplug.cpus[0].isRemoving = true
    let bytes = try State.vmstate.bytes(of: state)
    var expected = subsection(
      "piix4_pm/memhp", "00000000 00 00 00000000 00000000 01 00 00000000 00000007")
    expected += subsection("piix4_pm/cpuhp", "00000000 00 00 01 00000000 00000000")
    #expect(Array(bytes.suffix(expected.count)) == expected)
  }

  @Test func afterALoadBlocksAndInterruptFollow() throws {
    let source = PIIX4Power()
    source.writeConfig(0x40, 0x4000, count: 2)
    source.writeConfig(0x80, 1, count: 1)
    source.writePM(2, 0x0100, now: 0)
    source.pressPowerButton(now: 0)
    let bytes = try State.vmstate.bytes(of: source.state)
    let destination = PIIX4Power()
    _ = try load(State.vmstate, into: &destination.state, bytes + [0])
    var level = false
    var base: UInt16?
    destination.setSCI = { level = $0 }
    destination.mapPorts = { pm, _ in base = pm }
    destination.afterLoad()
    #expect(level)
    #expect(base == 0x4000)
  }

  @Test func refusesAnotherDeviceOnTheBus() {
    var body = recorded
    body[6] = 0x10
    let error = loadError(State.vmstate, into: PIIX4Power().state, body + [0])
    #expect(error?.code == .valueMismatch)
  }

  @Test(arguments: [Int64.min, -2, .max])
  func noLoadedStateMakesTheDeviceTrap(_ time: Int64) throws {
    let device = PIIX4Power()
    device.state.overflowTime = time
    device.state.timer = TimerExpiry(time)
    device.state.hotplugSelect = .max
    device.state.smbus.blockIndex = .max
    device.state.pm1Enable = .max
    let bytes = try State.vmstate.bytes(of: device.state)
    _ = try load(State.vmstate, into: &device.state, bytes + [0])
    device.afterLoad()
    for now in [0, time, .max] {
      device.runTimers(now: now)
      device.writePM(0, .max, now: now)
      device.writePM(2, 1, now: now)
    }
    for offset in 0..<0x18 {
      _ = device.readHotplug(offset)
      device.writeHotplug(offset, .max)
      _ = device.readSMBus(offset)
      device.writeSMBus(offset, 0xFF)
      device.writeGPE(offset, 0xFF, now: 0)
    }
    #expect(device.state.smbus.blockIndex < 32)
  }
}
