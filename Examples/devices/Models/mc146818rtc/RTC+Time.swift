extension RTC {
  /// The divider is held in reset, so that nothing moves.
  var isDividerReset: Bool { register(RTCRegister.a) & 0x60 == 0x60 }

  /// The clock goes: it is not being set, and the divider runs.
  var isRunning: Bool {
    register(RTCRegister.b) & RTCBit.set == 0 && register(RTCRegister.a) & 0x70 <= 0x20
  }

  /// The guest's time: seconds since 1970, and the part of the second in ns.
  func guestTime(now: Int64) -> (seconds: Int64, nanoseconds: UInt64) {
    let passed = now &- Int64(bitPattern: state.lastUpdate) &+ state.offset
    let second = Int64(nanosecondsPerSecond)
    let seconds = passed.flooredQuotient(second)
    return (Int64(bitPattern: state.baseRTC) &+ seconds, UInt64(passed &- seconds &* second))
  }

  /// The last 244 us of each second.
  func isUpdateInProgress(now: Int64) -> Bool {
    let hold = 8 * nanosecondsPerSecond / 32_768
    return isRunning && guestTime(now: now).nanoseconds >= nanosecondsPerSecond - hold
  }

  /// Sets clock and registers.
  func setTime(seconds: Int64, now: Int64) {
    state.baseRTC = UInt64(bitPattern: seconds)
    state.lastUpdate = UInt64(bitPattern: now)
    state.offset = 0
    encode(CalendarTime(seconds: seconds))
  }

  /// Takes the time of the registers as the present one.
  func restartFromRegisters(now: Int64) {
    state.baseRTC = UInt64(bitPattern: decodedTime.seconds)
    state.lastUpdate = UInt64(bitPattern: now)
  }

  /// Brings the registers up to date while the clock goes.
  func refreshRegisters(now: Int64) {
    if isRunning { encode(CalendarTime(seconds: guestTime(now: now).seconds)) }
  }

  // MARK: Registers

  /// The date and time in the registers, right or wrong.
  var decodedTime: CalendarTime {
    var time = CalendarTime()
    time.second = decode(register(RTCRegister.seconds))
    time.minute = decode(register(RTCRegister.minutes))
    time.hour = decodeHour(register(RTCRegister.hours))
    time.day = decode(register(RTCRegister.dayOfMonth))
    time.month = decode(register(RTCRegister.month))
    let century = decode(register(RTCRegister.century))
    time.year = baseYear + century * 100 + decode(register(RTCRegister.year))
    return time
  }

  private func encode(_ time: CalendarTime) {
    let year = max(time.year - baseYear, 0)
    state.cmosData[RTCRegister.seconds] = encode(time.second)
    state.cmosData[RTCRegister.minutes] = encode(time.minute)
    state.cmosData[RTCRegister.hours] = encodeHour(time.hour)
    state.cmosData[RTCRegister.dayOfWeek] = encode(time.dayOfWeek)
    state.cmosData[RTCRegister.dayOfMonth] = encode(time.day)
    state.cmosData[RTCRegister.month] = encode(time.month)
    state.cmosData[RTCRegister.year] = encode(year % 100)
    state.cmosData[RTCRegister.century] = encode(year / 100 % 100)
  }

  /// A register's number; in BCD any digits are taken as they are.
  func decode(_ value: UInt8) -> Int {
    if register(RTCRegister.b) & RTCBit.binary != 0 { return Int(value) }
    return Int(value >> 4) * 10 + Int(value & 0xF)
  }

  /// A number of at most two digits as a register holds it.
  func encode(_ value: Int) -> UInt8 {
    if register(RTCRegister.b) & RTCBit.binary != 0 { return UInt8(truncatingIfNeeded: value) }
    return UInt8(truncatingIfNeeded: (value / 10) << 4 | value % 10)
  }

  func decodeHour(_ value: UInt8) -> Int {
    if register(RTCRegister.b) & RTCBit.hours24 != 0 { return decode(value) }
    let hour = decode(value & 0x7F) % 12
    return value & 0x80 != 0 ? hour + 12 : hour
  }

  private func encodeHour(_ hour: Int) -> UInt8 {
    if register(RTCRegister.b) & RTCBit.hours24 != 0 { return encode(hour) }
    let value = encode(hour % 12 == 0 ? 12 : hour % 12)
    return hour >= 12 ? value | 0x80 : value
  }
}
