/// A point in time as date and time of day.
struct UTCTime {
  let seconds: UInt32

  /// As in `2026-11-21 00:45:02`.
  var text: String {
    let (year, month, day) = date
    let time = seconds % 86400
    return [year, month, day].map { SnapshotsText.digits($0, 2) }.joined(separator: "-") + " "
      + [time / 3600, time / 60 % 60, time % 60].map { SnapshotsText.digits($0, 2) }
      .joined(separator: ":")
  }

  /// Year, month and day of the Gregorian calendar. Years are counted from March, so that the
  /// leap day is a year's last.
  private var date: (UInt32, UInt32, UInt32) {
    // Days since 1 March of the year 0; 400 years have 146097 days.
    let days = seconds / 86400 + 719_468
    let (era, day) = (days / 146_097, days % 146_097)
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365
    let dayOfYear = day - (365 * year + year / 4 - year / 100)
    // March to July and August to December are 153 days each.
    let month = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
    return (
      year + era * 400 + (month < 10 ? 0 : 1), month < 10 ? month + 3 : month - 9, dayOfMonth
    )
  }
}
