/// A moment as date and time of day, in the Gregorian calendar.
struct CalendarTime: Equatable {
  var year = 1970
  /// 1...12
  var month = 1
  /// 1...31
  var day = 1
  var hour = 0
  var minute = 0
  var second = 0

  static let secondsPerDay: Int64 = 86_400

  /// 1 for Sunday ... 7 for Saturday.
  var dayOfWeek: Int { Int((days % 7 + 11) % 7) + 1 }

  /// Seconds since the start of 1970. Fields outside their range count on into the next day,
  /// month or year.
  var seconds: Int64 {
    days * Self.secondsPerDay + Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second)
  }

  // Days since 1970. Years start in March here, so that the leap day is the last one.
  private var days: Int64 {
    let months = Int64(year) * 12 + Int64(month) - 3
    let year = months.flooredQuotient(12)
    let month = months - year * 12
    let leaps = year.flooredQuotient(4) - year.flooredQuotient(100) + year.flooredQuotient(400)
    return year * 365 + leaps + (month * 153 + 2) / 5 + Int64(day) - 1 - 719_468
  }
}

extension CalendarTime {
  /// From seconds since 1970.
  init(seconds: Int64) {
    // Far beyond what four digits of a year can show, and small enough to calculate with.
    let limit: Int64 = 1 << 48
    let seconds = min(max(seconds, -limit), limit)
    let days = seconds.flooredQuotient(Self.secondsPerDay)
    let rest = Int(seconds - days * Self.secondsPerDay)
    (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
    let shifted = days + 719_468
    let era = shifted.flooredQuotient(146_097)
    let dayOfEra = shifted - era * 146_097
    let leapFree = dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096
    let yearOfEra = leapFree / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * march + 2) / 5) + 1
    month = Int(march < 10 ? march + 3 : march - 9)
    year = Int(era * 400 + yearOfEra) + (month <= 2 ? 1 : 0)
  }
}

extension Int64 {
  /// The quotient rounded down, for a positive divisor.
  func flooredQuotient(_ divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
