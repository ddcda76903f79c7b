import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct RTCTests {
  private let second: Int64 = 1_000_000_000
  /// 2026-12-26 23:59:58 UTC, a Saturday.
  private let evening: Int64 = 1_798_329_598

  private func read(_ rtc: RTC, _ index: UInt8, now: Int64) -> UInt8 {
    rtc.write(port: 0x70, value: index, now: now)
    return rtc.read(port: 0x71, now: now)
  }

  private func write(_ rtc: RTC, _ index: UInt8, _ value: UInt8, now: Int64) {
    rtc.write(port: 0x70, value: index, now: now)
    rtc.write(port: 0x71, value: value, now: now)
  }

  /// Century, year, month, day, hour, minute, second as the registers show them.
  private func date(_ rtc: RTC, now: Int64) -> [UInt8] {
    [0x32, 9, 8, 7, 4, 2, 0].map { read(rtc, $0, now: now) }
  }

  @Test func showsTheTimeInBCD() {
    let rtc = RTC(seconds: evening)
    #expect(date(rtc, now: 0) == [0x00, 0x26, 0x12, 0x26, 0x23, 0x59, 0x58])
    #expect(read(rtc, 6, now: 0) == 7, "Saturday")
  }

  @Test func theCenturyFollowsTheBaseYear() {
    #expect(date(RTC(seconds: evening, baseYear: 0), now: 0).prefix(2) == [0x20, 0x26])
    #expect(date(RTC(seconds: evening, baseYear: 1900), now: 0).prefix(2) == [0x01, 0x26])
    // 2100-03-01.
    #expect(date(RTC(seconds: 4_107_542_400), now: 0).prefix(2) == [0x01, 0x00])
    #expect(date(RTC(seconds: 0), now: 0).prefix(2) == [0x00, 0x00])
  }

  @Test func runsOverMidnight() {
    let rtc = RTC(seconds: evening)
    #expect(date(rtc, now: 3 * second) == [0x00, 0x26, 0x12, 0x27, 0x00, 0x00, 0x01])
    #expect(read(rtc, 6, now: 3 * second) == 1, "Sunday")
  }

  @Test func setsTheTimeAsAnOperatingSystemDoes() {
    let rtc = RTC(seconds: evening)
    write(rtc, 11, 0x82, now: 0)
    for (index, value) in [(0x32, 0x00), (9, 0x24), (8, 0x02), (7, 0x28), (4, 0x23), (2, 0x59)] {
      write(rtc, UInt8(index), UInt8(value), now: 5 * second)
    }
    write(rtc, 0, 0x59, now: 5 * second)
    #expect(read(rtc, 0, now: 9 * second) == 0x59, "the clock stands while it is set")
    write(rtc, 11, 0x02, now: 10 * second)
    // 2024 is a leap year.
    #expect(date(rtc, now: 11 * second) == [0x00, 0x24, 0x02, 0x29, 0x00, 0x00, 0x00])
  }

  @Test func aWriteToTheRunningClockSetsIt() {
    let rtc = RTC(seconds: evening)
    write(rtc, 4, 0x07, now: 100 * second)
    #expect(date(rtc, now: 101 * second) == [0x00, 0x26, 0x12, 0x27, 0x07, 0x01, 0x39])
  }

  @Test func countsInBinaryAndInTwelveHours() {
    let rtc = RTC(seconds: evening)
    write(rtc, 11, 0x04, now: 0)
    #expect(date(rtc, now: 0) == [0, 26, 12, 26, 0x80 | 11, 59, 58])
    #expect(read(rtc, 4, now: 2 * second) == 12, "midnight")
    write(rtc, 4, 0x80 | 12, now: 2 * second)
    write(rtc, 11, 0x06, now: 2 * second)
    #expect(read(rtc, 4, now: 2 * second) == 12, "noon")
  }

  @Test(
    arguments: [
      (0, "1970-1-1", 5), (951_782_400, "2000-2-29", 3), (4_107_542_400, "2100-3-1", 2),
      (1_709_164_800, "2024-2-29", 5), (1_798_243_200, "2026-12-26", 7),
    ] as [(Int64, String, UInt8)])
  func knowsTheCalendar(seconds: Int64, text: String, dayOfWeek: UInt8) {
    let rtc = RTC(seconds: seconds, baseYear: 0)
    write(rtc, 11, 0x06, now: 0)
    let fields = date(rtc, now: 0)
    #expect("\(Int(fields[0]) * 100 + Int(fields[1]))-\(fields[2])-\(fields[3])" == text)
    #expect(read(rtc, 6, now: 0) == dayOfWeek)
  }

  @Test func periodicInterruptsComeAtTheirRate() {
    let rtc = RTC(seconds: evening)
    var raised = 0
    rtc.irq = { if $0 { raised += 1 } }
    write(rtc, 10, 0x26, now: 0)
    write(rtc, 11, 0x42, now: 0)
    // 1024 a second.
    while rtc.state.periodicTimer.expiry <= second {
      let now = rtc.state.periodicTimer.expiry
      rtc.timersFired(now: now)
      #expect(read(rtc, 12, now: now) & 0xC0 == 0xC0)
    }
    #expect(raised == 1024)
    write(rtc, 11, 0x02, now: second)
    #expect(!rtc.state.periodicTimer.isArmed)
  }

  @Test func theUpdateInterruptComesEachSecond() {
    let rtc = RTC(seconds: evening, now: second / 2)
    var level = false
    rtc.irq = { level = $0 }
    write(rtc, 11, 0x12, now: second / 2)
    let expiry = rtc.state.updateTimer.expiry
    #expect(expiry == second / 2 + second)
    rtc.timersFired(now: expiry)
    #expect(level)
    #expect(read(rtc, 12, now: expiry) == 0x90)
    #expect(!level)
    #expect(rtc.state.updateTimer.expiry == expiry + second)
  }

  @Test func theAlarmComesAtItsTimeOfDay() {
    let rtc = RTC(seconds: evening)
    var raises: [Int64] = []
    var now: Int64 = 0
    rtc.irq = { if $0 { raises.append(now) } }
    for (index, value) in [(5, 0x00), (3, 0x01), (1, 0x30), (11, 0x22)] {
      write(rtc, UInt8(index), UInt8(value), now: 0)
    }
    while let next = [rtc.state.updateTimer.expiry].first, next < 200 * second, raises.count < 2 {
      now = next
      rtc.timersFired(now: now)
    }
    // From 23:59:58 to 00:01:30.
    #expect(raises == [92 * second])
    #expect(read(rtc, 12, now: now) & 0xA0 == 0xA0)
  }

  @Test func anAlarmWithWildcardsComesEachMinute() {
    let rtc = RTC(seconds: evening)
    for (index, value) in [(5, 0xFF), (3, 0xC0), (1, 0x15), (11, 0x22)] {
      write(rtc, UInt8(index), UInt8(value), now: 0)
    }
    #expect(rtc.state.nextAlarmTime == UInt64(17 * second))
    rtc.timersFired(now: second)
    #expect(rtc.state.updateTimer.expiry == 17 * second, "with the flag up only the alarm counts")
  }

  @Test func anImpossibleAlarmNeverComes() {
    let rtc = RTC(seconds: evening)
    write(rtc, 3, 0x75, now: 0)
    #expect(rtc.state.nextAlarmTime == UInt64(Int64.max))
  }

  @Test func enablingAnInterruptWhoseFlagIsUpAsksAtOnce() {
    let rtc = RTC(seconds: evening)
    var level = false
    rtc.irq = { level = $0 }
    rtc.timersFired(now: second)
    #expect(!level)
    write(rtc, 11, 0x12, now: second)
    #expect(level)
  }

  @Test func showsAnUpdateThatIsAboutToHappen() {
    let rtc = RTC(seconds: evening)
    #expect(read(rtc, 10, now: second - 300_000) == 0x26)
    #expect(read(rtc, 10, now: second - 200_000) == 0xA6)
    #expect(read(rtc, 10, now: second) == 0x26)
  }

  @Test func theFirstSecondAfterADividerResetIsHalfASecond() {
    let rtc = RTC(seconds: evening)
    write(rtc, 10, 0x70, now: second / 4)
    #expect(!rtc.state.updateTimer.isArmed)
    #expect(read(rtc, 0, now: 9 * second) == 0x58)
    write(rtc, 10, 0x26, now: 10 * second)
    #expect(read(rtc, 0, now: 10 * second + second / 2 - 1) == 0x58)
    #expect(read(rtc, 0, now: 10 * second + second / 2) == 0x59)
  }

  @Test func keepsTheOtherRegistersAsMemory() {
    let rtc = RTC(seconds: evening)
    write(rtc, 0x0F, 0x5A, now: 0)
    write(rtc, 0x7F, 0xA5, now: 0)
    rtc.reset(now: 0)
    #expect(read(rtc, 0x0F, now: 0) == 0x5A)
    #expect(read(rtc, 0xFF, now: 0) == 0xA5, "bit 7 of the index does not count")
    write(rtc, 13, 0, now: 0)
    #expect(read(rtc, 13, now: 0) == 0x80)
    #expect(rtc.read(port: 0x70, now: 0) == 0xFF)
  }

  @Test func missedInterruptsComeAfterTheAcknowledgement() {
    let rtc = RTC(seconds: evening, lostTickPolicy: .slew)
    write(rtc, 11, 0x42, now: 0)
    for _ in 0..<4 { rtc.timersFired(now: rtc.state.periodicTimer.expiry) }
    #expect(rtc.state.irqCoalesced == 3)
    for left in [2, 1, 0] as [UInt32] {
      #expect(read(rtc, 12, now: 0) & 0xC0 == 0xC0)
      #expect(rtc.state.irqCoalesced == left)
    }
    #expect(read(rtc, 12, now: 0) & 0xC0 == 0xC0)
    #expect(read(rtc, 12, now: 0) == 0)
    #expect(rtc.state.irqReinjectOnAckCount == 3)
  }

  @Test func noStateMakesItTrap() {
    var generator = SeededGenerator(seed: 0x146818)
    for _ in 0..<500 {
      let rtc = RTC()
      for index in 0..<128 {
        rtc.state.cmosData[index] = UInt8.random(in: 0...255, using: &generator)
      }
      rtc.state.cmosIndex = UInt8.random(in: 0...255, using: &generator)
      rtc.state.periodicTimer = TimerExpiry(Int64(bitPattern: generator.next()))
      rtc.state.baseRTC = generator.next()
      rtc.state.lastUpdate = generator.next()
      rtc.state.offset = Int64(bitPattern: generator.next())
      rtc.state.updateTimer = TimerExpiry(Int64(bitPattern: generator.next()))
      rtc.state.nextAlarmTime = generator.next()
      rtc.state.irqCoalesced = .max
      rtc.state.needsTimeFromRegisters = Bool.random(using: &generator)
      let now = [Int64.min, .max, 0, Int64(bitPattern: generator.next())].randomElement(
        using: &generator)!
      rtc.afterLoad(now: now)
      _ = rtc.read(port: 0x71, now: now)
      rtc.timersFired(now: now)
      for index in UInt8(0)..<14 { write(rtc, index, 0x75, now: now) }
      _ = date(rtc, now: .min)
    }
  }
}
