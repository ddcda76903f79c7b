import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct MachineClocksTests {
  private let second: Int64 = 1_000_000_000

  @Test func virtualTimeStopsWithTheMachine() {
    let clocks = MachineClocks()
    clocks.start(host: 1000, hostCycles: 50)
    #expect(clocks.virtualTime(host: 1700) == 700)
    #expect(clocks.cycles(hostCycles: 80) == 30)
    clocks.stop(host: 2000, hostCycles: 90)
    #expect(clocks.virtualTime(host: 9000) == 1000)
    #expect(clocks.cycles(hostCycles: 900) == 40)
    clocks.start(host: 10_000, hostCycles: 1000)
    #expect(clocks.virtualTime(host: 10_001) == 1001)
  }

  @Test func timeGoesOnAtTheDestination() throws {
    let source = MachineClocks()
    source.start(host: 1000, hostCycles: 0)
    source.stop(host: 6000, hostCycles: 77)
    let bytes = try ClockState.vmstate.bytes(of: source.state)
    let destination = MachineClocks()
    _ = try load(ClockState.vmstate, into: &destination.state, bytes + [0])
    destination.afterLoad()
    #expect(destination.virtualTime(host: 123) == 5000)
    destination.start(host: 900_000, hostCycles: 5)
    #expect(destination.virtualTime(host: 900_010) == 5010)
    #expect(destination.cycles(hostCycles: 6) == 78)
  }

  @Test func instructionsMakeTime() {
    let clocks = MachineClocks(counting: .fixed)
    clocks.state.icountTimeShift = 4
    clocks.start(host: 0, hostCycles: 0)
    clocks.executed(100)
    #expect(clocks.virtualTime(host: 999) == 1600)
    #expect(clocks.cycles(hostCycles: 999) == 100)
  }

  @Test func idleTimeCountsOnce() {
    let clocks = MachineClocks(counting: .fixed, warps: true)
    var warp = TimerExpiry.none
    clocks.armTimers = { new, _, _ in warp = new }
    clocks.start(host: 0, hostCycles: 0)
    clocks.startWarp(until: 5000, host: 100)
    #expect(warp.expiry == 5100)
    clocks.startWarp(until: 9000, host: 200)
    #expect(warp.expiry == 5100)
    clocks.endWarp(host: 3100)
    #expect(clocks.virtualTime(host: 3100) == 3000)
    #expect(!warp.isArmed)
    clocks.endWarp(host: 9100)
    #expect(clocks.virtualTime(host: 9100) == 3000)
  }

  @Test func instructionsGetLongerWhileTimeLagsBehind() {
    let clocks = MachineClocks(counting: .adaptive)
    clocks.start(host: 0, hostCycles: 0)
    var shifts: [Int16] = []
    for step in 1...30 {
      clocks.executed(10_000)
      clocks.adjust(host: Int64(step) * second)
      shifts.append(clocks.state.icountTimeShift)
    }
    #expect(shifts.first == 4)
    #expect(shifts.last == MachineClocks.maximumShift)
    #expect(clocks.state.realTimeTimer.expiry == 31 * second)
  }

  @Test func instructionsGetShorterWhileTimeRunsAheadWithoutAJump() {
    let clocks = MachineClocks(counting: .adaptive)
    clocks.state.icountTimeShift = 10
    clocks.start(host: 0, hostCycles: 0)
    clocks.executed(1_000_000)
    let before = clocks.virtualTime(host: 0)
    clocks.adjust(host: 1000)
    #expect(clocks.state.icountTimeShift == 9)
    #expect(clocks.virtualTime(host: 1000) == before)
  }

  @Test func noStateMakesItTrap() {
    var generator = SeededGenerator(seed: 0x71)
    for _ in 0..<500 {
      let clocks = MachineClocks(counting: .adaptive, warps: true)
      clocks.state.cpuTicksOffset = Int64(bitPattern: generator.next())
      clocks.state.cpuClockOffset = Int64(bitPattern: generator.next())
      clocks.state.icountBias = Int64(bitPattern: generator.next())
      clocks.state.icount = Int64(bitPattern: generator.next())
      clocks.state.icountTimeShift = Int16(truncatingIfNeeded: generator.next())
      clocks.state.lastDelta = Int64(bitPattern: generator.next())
      clocks.state.isRunning = Bool.random(using: &generator)
      let host = [Int64.min, .max, Int64(bitPattern: generator.next())].randomElement(
        using: &generator)!
      clocks.afterLoad()
      clocks.startWarp(until: .max, host: host)
      clocks.endWarp(host: .max)
      clocks.adjust(host: host)
      clocks.stop(host: host, hostCycles: host)
      clocks.start(host: host, hostCycles: host)
      _ = clocks.virtualTime(host: host)
    }
  }
}
