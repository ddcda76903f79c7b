import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct HPETTests {
  private let millisecond: Int64 = 1_000_000

  private final class Lines {
    var levels: [Int: Bool] = [:]
    var rises: [Int] = []
  }

  private func make(timers: Int = 3) -> (HPET, Lines) {
    let hpet = HPET(timers: timers, routes: 0x00FF_0104)
    let lines = Lines()
    hpet.setLine = { line, level in
      if level && lines.levels[line] != true { lines.rises.append(line) }
      lines.levels[line] = level
    }
    return (hpet, lines)
  }

  /// Runs everything that is due until a time; returns when something was.
  private func run(_ hpet: HPET, until end: Int64) -> [Int64] {
    var times: [Int64] = []
    while hpet.nextExpiry.isArmed && hpet.nextExpiry.expiry <= end {
      times.append(hpet.nextExpiry.expiry)
      hpet.timersFired(now: hpet.nextExpiry.expiry)
    }
    return times
  }

  @Test func tellsWhatItIs() {
    let (hpet, _) = make()
    #expect(hpet.read(offset: 0, size: 8, now: 0) == 0x0098_9680_8086_A201)
    #expect(hpet.read(offset: 4, now: 0) == 10_000_000)
    #expect(hpet.read(offset: 0x104, now: 0) == 0x00FF_0104)
    #expect(hpet.read(offset: 0x160, size: 8, now: 0) == 0, "no fourth comparator")
  }

  @Test func theCounterRunsWhileItIsEnabled() {
    let (hpet, _) = make()
    hpet.write(offset: 0xF0, value: 0x1_0000_0000, size: 8, now: 0)
    #expect(hpet.read(offset: 0xF0, size: 8, now: millisecond) == 0x1_0000_0000)
    hpet.write(offset: 0x10, value: 1, now: millisecond)
    #expect(hpet.read(offset: 0xF0, size: 8, now: 2 * millisecond) == 0x1_0000_0000 + 100_000)
    #expect(hpet.read(offset: 0xF4, now: 2 * millisecond) == 1)
    hpet.write(offset: 0xF0, value: 7, size: 8, now: 2 * millisecond)
    hpet.write(offset: 0x10, value: 0, now: 3 * millisecond)
    #expect(hpet.read(offset: 0xF0, now: 9 * millisecond) == 200_000)
  }

  @Test func aOneShotComparatorFiresOnce() {
    let (hpet, lines) = make()
    // Line 20, edge, enabled.
    hpet.write(offset: 0x100, value: 20 << 9 | 4, now: 0)
    hpet.write(offset: 0x10, value: 1, now: 5)
    hpet.write(offset: 0x108, value: 100_000, size: 8, now: 5)
    #expect(hpet.nextExpiry.expiry == millisecond + 5)
    #expect(run(hpet, until: 50 * millisecond) == [millisecond + 5])
    #expect(lines.rises == [20])
    #expect(lines.levels[20] == false, "an edge is a pulse")
  }

  @Test func aPeriodicComparatorGoesOn() {
    let (hpet, lines) = make()
    hpet.write(offset: 0x100, value: 2 << 9 | 0x4C, now: 0)
    // The first match, and after it the period.
    hpet.write(offset: 0x108, value: 50_000, size: 8, now: 0)
    hpet.write(offset: 0x108, value: 100_000, size: 8, now: 0)
    hpet.write(offset: 0x10, value: 1, now: 0)
    let half = millisecond / 2
    #expect(
      run(hpet, until: 3 * millisecond) == [half, half + millisecond, half + 2 * millisecond])
    #expect(lines.rises == [2, 2, 2])
    #expect(hpet.read(offset: 0x108, size: 8, now: 0) == 350_000)
  }

  @Test func aLatePeriodicComparatorSkipsWhatWasMissed() {
    let (hpet, lines) = make()
    hpet.write(offset: 0x100, value: 2 << 9 | 0x4C, now: 0)
    hpet.write(offset: 0x108, value: 1000, size: 8, now: 0)
    hpet.write(offset: 0x108, value: 1000, size: 8, now: 0)
    hpet.write(offset: 0x10, value: 1, now: 0)
    hpet.timersFired(now: millisecond + 3)
    #expect(lines.rises == [2])
    #expect(hpet.nextExpiry.expiry == millisecond + 10_000)
  }

  @Test func aNarrowComparatorFiresAtTheWrapToo() {
    let (hpet, lines) = make()
    hpet.write(offset: 0x100, value: 9 << 9 | 0x104, now: 0)
    hpet.write(offset: 0xF0, value: 0xFFFF_FFFF_FFFF_F000 & 0xFFFF_F000, size: 8, now: 0)
    hpet.write(offset: 0x10, value: 1, now: 0)
    hpet.write(offset: 0x108, value: 0x100, now: 0)
    #expect(hpet.state.timers[0].wrapFlag == 1)
    #expect(run(hpet, until: millisecond) == [0x1000 * 10, 0x1100 * 10])
    #expect(lines.rises == [9, 9])
  }

  @Test func aLevelInterruptStaysUntilItIsCleared() {
    let (hpet, lines) = make()
    hpet.write(offset: 0x140, value: 16 << 9 | 6, now: 0)
    hpet.write(offset: 0x10, value: 1, now: 0)
    hpet.write(offset: 0x148, value: 500, now: 0)
    hpet.write(offset: 0x14C, value: 0, now: 0)
    _ = run(hpet, until: millisecond)
    #expect(hpet.read(offset: 0x20, now: millisecond) == 4)
    #expect(lines.levels[16] == true)
    hpet.write(offset: 0x20, value: 4, now: millisecond)
    #expect(lines.levels[16] == false)
    #expect(hpet.read(offset: 0x20, now: millisecond) == 0)
  }

  @Test func sendsMessages() {
    let (hpet, lines) = make()
    var sent: [UInt32] = []
    hpet.sendMessage = { sent += [$0, $1] }
    hpet.write(offset: 0x120, value: 0x4004, now: 0)
    hpet.write(offset: 0x130, value: 0xFEE0_0000_0000_4031, size: 8, now: 0)
    hpet.write(offset: 0x10, value: 1, now: 0)
    hpet.write(offset: 0x128, value: 10, size: 8, now: 0)
    _ = run(hpet, until: millisecond)
    #expect(sent == [0xFEE0_0000, 0x4031])
    #expect(lines.rises.isEmpty)
  }

  @Test func replacesTimerAndClock() {
    let (hpet, lines) = make()
    var isPITEnabled = true
    hpet.setPITEnabled = { isPITEnabled = $0 }
    hpet.setClockLine(true)
    #expect(lines.levels[8] == true)
    hpet.write(offset: 0x100, value: 4, now: 0)
    hpet.write(offset: 0x10, value: 3, now: 0)
    #expect(!isPITEnabled)
    #expect(lines.levels[8] == false)
    hpet.setPITLine(true)
    #expect(lines.levels[0] == false)
    hpet.write(offset: 0x108, value: 10, size: 8, now: 0)
    _ = run(hpet, until: millisecond)
    #expect(lines.rises == [8, 0])
    hpet.write(offset: 0x10, value: 1, now: millisecond)
    #expect(isPITEnabled)
    #expect(lines.levels[8] == true)
  }

  @Test func aResetStopsEverything() {
    let (hpet, _) = make(timers: 5)
    hpet.write(offset: 0x10, value: 1, now: 0)
    hpet.write(offset: 0x108, value: 10, size: 8, now: 0)
    hpet.reset()
    #expect(!hpet.isEnabled && !hpet.nextExpiry.isArmed)
    #expect(hpet.state.timers.count == 5)
    #expect(hpet.read(offset: 0x104, now: 0) == 0x00FF_0104)
  }

  @Test func noStateMakesItTrap() {
    var generator = SeededGenerator(seed: 0x4E7)
    for _ in 0..<150 {
      let (hpet, _) = make(timers: Int.random(in: 0...40, using: &generator))
      hpet.state.config = generator.next() & 3
      hpet.state.isr = generator.next()
      hpet.state.hpetCounter = generator.next()
      hpet.state.hpetOffset = generator.next()
      hpet.state.numTimers = UInt8.random(in: 0...255, using: &generator)
      for index in hpet.state.timers.indices {
        hpet.state.timers[index].tn = 255
        hpet.state.timers[index].config = generator.next()
        hpet.state.timers[index].cmp =
          generator.next() >> UInt64.random(in: 0...63, using: &generator)
        hpet.state.timers[index].period =
          generator.next() >> UInt64.random(in: 0...63, using: &generator)
        hpet.state.timers[index].wrapFlag = 255
        hpet.state.timers[index].qemuTimer = TimerExpiry(Int64(bitPattern: generator.next()))
      }
      let now = Int64(bitPattern: generator.next())
      hpet.afterLoad(now: now)
      hpet.timersFired(now: .max)
      for offset in stride(from: UInt64(0), to: 0x400, by: 8) {
        _ = hpet.read(offset: offset, size: 8, now: now)
        hpet.write(offset: offset, value: generator.next(), size: 8, now: now)
        hpet.write(offset: offset + 4, value: generator.next(), now: .min)
      }
      hpet.timersFired(now: now)
    }
  }
}
