import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct PITTests {
  private let second: Int64 = 1_000_000_000

  /// Programs a counter: control word, low byte, high byte.
  private func program(
    _ pit: PIT, _ channel: UInt16, control: UInt8, count: UInt16, now: Int64 = 0
  ) {
    pit.write(port: 0x43, value: control, now: now)
    pit.write(port: 0x40 + channel, value: UInt8(truncatingIfNeeded: count), now: now)
    pit.write(port: 0x40 + channel, value: UInt8(count >> 8), now: now)
  }

  private func readWord(_ pit: PIT, _ channel: UInt16, now: Int64) -> UInt16 {
    let low = pit.read(port: 0x40 + channel, now: now)
    return UInt16(pit.read(port: 0x40 + channel, now: now)) << 8 | UInt16(low)
  }

  /// Time of the first moment at which a number of ticks has passed.
  private func time(ofTick tick: Int64) -> Int64 { (tick * second + 1_193_181) / 1_193_182 }

  @Test(arguments: [UInt8(0x34), 0x36])
  func interruptsAHundredTimesASecond(control: UInt8) {
    let pit = PIT()
    var rises: [Int64] = []
    var level = true
    var time: Int64 = 0
    pit.irq = { new in
      if new && !level { rises.append(time) }
      level = new
    }
    program(pit, 0, control: control, count: 11_932)
    while pit.nextExpiry.expiry <= second {
      time = pit.nextExpiry.expiry
      pit.timerFired()
    }
    #expect(rises.count == 99)
    let interval = rises[50] - rises[49]
    #expect((10_000_000...10_000_200).contains(interval), "\(interval) ns")
  }

  @Test func aLateMachineLosesNoTick() {
    let pit = PIT()
    var rises = 0
    var level = true
    pit.irq = { new in
      if new && !level { rises += 1 }
      level = new
    }
    program(pit, 0, control: 0x34, count: 1193)
    // Nobody looked for ten milliseconds.
    while pit.nextExpiry.expiry <= 10_000_000 { pit.timerFired() }
    #expect(rises == 10)
  }

  @Test func armsTheMachinesTimerForTheNextChange() {
    let pit = PIT()
    var armed: [Int64] = []
    pit.armTimer = { armed.append($0.expiry) }
    program(pit, 0, control: 0x30, count: 1000, now: 500)
    #expect(armed.last == 500 + time(ofTick: 1000))
    pit.timerFired()
    #expect(armed.last == -1)
    #expect(pit.output(channel: 0, now: 500 + time(ofTick: 1000)))
  }

  @Test func mode0RaisesItsOutputOnceAndCountsOn() {
    let pit = PIT()
    program(pit, 1, control: 0x70, count: 100)
    #expect(!pit.output(channel: 1, now: time(ofTick: 99)))
    #expect(pit.output(channel: 1, now: time(ofTick: 100)))
    #expect(pit.output(channel: 1, now: second))
    #expect(readWord(pit, 1, now: time(ofTick: 40)) == 60)
    #expect(readWord(pit, 1, now: time(ofTick: 101)) == 0xFFFF)
  }

  @Test func mode1IsLowFromTheGateUntilTheCountIsDone() {
    let pit = PIT()
    pit.setGate(false, channel: 2, now: 0)
    program(pit, 2, control: 0xB2, count: 50)
    pit.setGate(true, channel: 2, now: second)
    #expect(!pit.output(channel: 2, now: second + time(ofTick: 49)))
    #expect(pit.output(channel: 2, now: second + time(ofTick: 50)))
    pit.setGate(true, channel: 2, now: 2 * second)
    #expect(pit.output(channel: 2, now: 2 * second), "a gate that is high does not rise")
  }

  @Test func mode2IsLowForTheLastTickOfEachPeriod() {
    let pit = PIT()
    program(pit, 1, control: 0x74, count: 10)
    let low = (0..<30).filter { !pit.output(channel: 1, now: time(ofTick: $0)) }
    #expect(low == [9, 19, 29])
    #expect(readWord(pit, 1, now: time(ofTick: 23)) == 7)
  }

  @Test func mode3HalvesOddPeriodsWithTheLongerHalfFirst() {
    let pit = PIT()
    program(pit, 1, control: 0x76, count: 5)
    let levels = (0..<10).map { pit.output(channel: 1, now: time(ofTick: $0)) ? "1" : "0" }
    #expect(levels.joined() == "1110011100")
    let counts = (0..<5).map { readWord(pit, 1, now: time(ofTick: $0)) }
    #expect(counts == [4, 2, 0, 4, 2])
  }

  @Test func mode3StandsHighWhileTheGateIsLow() {
    let pit = PIT()
    program(pit, 2, control: 0xB6, count: 4)
    pit.setGate(false, channel: 2, now: 0)
    #expect((0..<8).allSatisfy { pit.output(channel: 2, now: time(ofTick: $0)) })
    pit.setGate(true, channel: 2, now: second)
    #expect(!pit.output(channel: 2, now: second + time(ofTick: 2)))
  }

  @Test func mode4StrobesOnce() {
    let pit = PIT()
    program(pit, 1, control: 0x78, count: 6)
    let low = (0..<20).filter { !pit.output(channel: 1, now: time(ofTick: $0)) }
    #expect(low == [6])
  }

  @Test func aLatchedCountStaysUntilItIsRead() {
    let pit = PIT()
    program(pit, 0, control: 0x34, count: 1000)
    pit.write(port: 0x43, value: 0x00, now: time(ofTick: 10))
    pit.write(port: 0x43, value: 0x00, now: time(ofTick: 500))
    #expect(readWord(pit, 0, now: time(ofTick: 700)) == 990)
    #expect(readWord(pit, 0, now: time(ofTick: 700)) == 300)
  }

  @Test func readBackLatchesStatusAndCountOfSeveralCounters() {
    let pit = PIT()
    program(pit, 0, control: 0x36, count: 1000)
    program(pit, 2, control: 0xB0, count: 2000)
    // Counters 0 and 2, count and status.
    pit.write(port: 0x43, value: 0xCA, now: time(ofTick: 3))
    #expect(pit.read(port: 0x40, now: second) == 0xB6, "output high, both bytes, mode 3")
    #expect(readWord(pit, 0, now: second) == 994)
    #expect(pit.read(port: 0x42, now: second) == 0x30, "output low, both bytes, mode 0")
    #expect(readWord(pit, 2, now: second) == 1997)
  }

  @Test func countsInDecimal() {
    let pit = PIT()
    program(pit, 1, control: 0x75, count: 0x1000)
    #expect(readWord(pit, 1, now: time(ofTick: 1)) == 0x0999)
    #expect(readWord(pit, 1, now: time(ofTick: 1001)) == 0x0999)
    program(pit, 1, control: 0x71, count: 0)
    #expect(readWord(pit, 1, now: time(ofTick: 1)) == 0x9999)
    #expect(!pit.output(channel: 1, now: time(ofTick: 9999)))
    #expect(pit.output(channel: 1, now: time(ofTick: 10_000)))
  }

  @Test func readsAndWritesSingleBytes() {
    let pit = PIT()
    pit.write(port: 0x43, value: 0x54, now: 0)
    pit.write(port: 0x41, value: 18, now: 0)
    #expect(pit.state.channels[1].count == 18)
    pit.write(port: 0x43, value: 0x64, now: 0)
    pit.write(port: 0x41, value: 0x12, now: 0)
    #expect(pit.state.channels[1].count == 0x1200)
    #expect(pit.read(port: 0x41, now: 0) == 0x12)
  }

  @Test func isSilentWhileTheHPETHoldsInterrupt0() {
    let pit = PIT()
    var changes = 0
    program(pit, 0, control: 0x36, count: 100)
    pit.irq = { _ in changes += 1 }
    pit.setInterruptEnabled(false, now: 0)
    #expect(!pit.nextExpiry.isArmed)
    pit.timerFired()
    #expect(changes == 0)
    pit.setInterruptEnabled(true, now: second)
    #expect(changes == 1)
    #expect(pit.nextExpiry.expiry > second)
  }

  @Test func aResetIsTheLongestSquareWave() {
    let pit = PIT()
    program(pit, 0, control: 0x30, count: 5)
    pit.reset(now: second)
    #expect(pit.nextExpiry.expiry == second + time(ofTick: 0x8000))
    #expect(pit.state.channels[2].gate == 0)
  }

  @Test func noStateMakesItTrap() {
    var generator = SeededGenerator(seed: 0x8254)
    for _ in 0..<500 {
      let pit = PIT()
      for index in 0..<3 {
        var channel = PITChannel()
        channel.count = Int32(truncatingIfNeeded: generator.next())
        channel.mode = UInt8.random(in: 0...255, using: &generator)
        channel.bcd = UInt8.random(in: 0...255, using: &generator)
        channel.gate = UInt8.random(in: 0...1, using: &generator)
        channel.rwMode = UInt8.random(in: 0...255, using: &generator)
        channel.readState = UInt8.random(in: 0...255, using: &generator)
        channel.writeState = UInt8.random(in: 0...255, using: &generator)
        channel.countLoadTime = Int64(bitPattern: generator.next())
        channel.nextTransitionTime = Int64(bitPattern: generator.next())
        pit.state.channels[index] = channel
      }
      let now = Int64(bitPattern: generator.next())
      pit.afterLoad()
      pit.timerFired()
      pit.write(port: 0x43, value: 0xCE, now: now)
      for port in UInt16(0x40)...0x43 {
        _ = pit.read(port: port, now: now)
        _ = pit.read(port: port, now: .max)
        pit.write(port: port, value: 0x80, now: .min)
      }
    }
  }
}
