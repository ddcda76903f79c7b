/// Measures the rate of a save in slices of 100 ms, and what it allows: the threshold below
/// which the rest can be sent within the downtime limit.
///
/// QEMU: `migration_update_counters`, migration/migration.c.
struct BandwidthMeter {
  /// The length of a slice.
  static let slice = Duration.milliseconds(100)

  private let downtimeLimit: Duration
  private let fixedRate: UInt64
  private var sliceStart: Duration
  private var bytesAtStart: UInt64
  private var pagesAtStart: UInt64 = 0
  /// Bytes per millisecond of the last slice; nil before the first is over.
  private(set) var measuredRate: Double?

  init(_ options: SaveOptions, now: Duration, transferred: UInt64) {
    downtimeLimit = options.downtimeLimit
    fixedRate = options.availableSwitchoverBandwidth
    sliceStart = now
    bytesAtStart = transferred
  }

  /// The rate expected at switchover, in bytes per millisecond.
  private var expectedRate: Double? {
    guard let measuredRate else { return nil }
    return fixedRate == 0 ? measuredRate : Double(fixedRate) / 1000
  }

  /// Bytes that can be sent within the downtime limit; 0 before the first slice is over.
  var threshold: UInt64 {
    guard let expectedRate else { return 0 }
    return Self.whole(expectedRate * downtimeLimit.milliseconds)
  }

  /// Pages per second of the last slice.
  private(set) var pagesPerSecond: UInt64 = 0
  /// Bytes of the last slice.
  private(set) var sliceBytes: UInt64 = 0

  /// The measured rate.
  var bytesPerSecond: UInt64 { Self.whole((measuredRate ?? 0) * 1000) }

  /// How long `bytes` will take at switchover.
  func downtime(for bytes: UInt64) -> Duration? {
    guard let expectedRate, expectedRate > 0 else { return nil }
    return .milliseconds(min(Double(bytes) / expectedRate, 1e15))
  }

  /// Time left of the present slice.
  func rest(at now: Duration) -> Duration { max(.zero, sliceStart + Self.slice - now) }

  /// Ends the slice if its time is over.
  ///
  /// - Returns: True when a new slice has begun.
  mutating func update(now: Duration, transferred: UInt64, pages: UInt64 = 0) -> Bool {
    let spent = now - sliceStart
    guard spent >= Self.slice else { return false }
    sliceBytes = transferred &- bytesAtStart
    measuredRate = Double(sliceBytes) / spent.milliseconds
    pagesPerSecond = Self.whole(Double(pages &- pagesAtStart) * 1000 / spent.milliseconds)
    pagesAtStart = pages
    sliceStart = now
    bytesAtStart = transferred
    return true
  }

  /// The whole number below a value that may be out of range.
  private static func whole(_ value: Double) -> UInt64 {
    guard value > 0 else { return 0 }
    return UInt64(exactly: value.rounded(.down)) ?? .max
  }
}
