/// When and how a guest is slowed down that writes faster than a save can send.
///
/// QEMU: `MigrationParameters`, qapi/migration.json.
public struct ThrottleParameters: Sendable, Hashable {
  /// `throttle-trigger-threshold`: the guest writes too fast when it dirties more than so many
  /// percent of what was sent in the same time; 1 to 100.
  public var triggerThreshold = 50
  /// `cpu-throttle-initial`: the part of its time, in percent, that is taken from the guest
  /// first; 1 to 99.
  public var initial = 20
  /// `cpu-throttle-increment`: what is added each time that this was not enough; 1 to 99.
  public var increment = 10
  /// `cpu-throttle-tailslow`: adds less where less is enough.
  public var isTailSlow = false
  /// `max-cpu-throttle`: the largest part; from `initial` to 99.
  public var maximum = 99
  /// `vcpu-dirty-limit`: MiB per second that each virtual CPU may dirty, at least 1.
  public var dirtyLimit: UInt64 = 1
  /// `x-vcpu-dirty-limit-period`: milliseconds over which that is measured; 1 to 1000.
  public var dirtyLimitPeriod = 1000

  /// QEMU's defaults.
  public init() {}

  func check() throws(VMStateError) {
    try Self.check("throttle-trigger-threshold", triggerThreshold, 1...100)
    try Self.check("cpu-throttle-initial", initial, 1...99)
    try Self.check("cpu-throttle-increment", increment, 1...99)
    try Self.check("max-cpu-throttle", maximum, initial...99)
    try Self.check("x-vcpu-dirty-limit-period", dirtyLimitPeriod, 1...1000)
    // More would not fit the bytes per second.
    try Self.check("vcpu-dirty-limit", Int(clamping: dirtyLimit), 1...1 << 40)
  }

  private static func check(
    _ name: String, _ value: Int, _ range: ClosedRange<Int>
  ) throws(VMStateError) {
    guard !range.contains(value) else { return }
    throw VMStateError(
      .valueOutOfRange, "the parameter \(name)",
      expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(value)")
  }
}
