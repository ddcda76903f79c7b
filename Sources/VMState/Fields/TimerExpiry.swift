/// A timer as a value: the time at which it fires, or none.
///
/// Wire: be64, nanoseconds of the clock the timer runs on; -1 when it is not armed. Loading
/// stores the value only; arming the real timer is for the device's `afterLoad`.
///
/// QEMU: `vmstate_info_timer`, migration/vmstate-types.c.
public struct TimerExpiry: WireScalar, Hashable {
  /// Nanoseconds, or -1 when the timer is not armed.
  public var expiry: Int64

  /// A timer that is not armed.
  public init() { expiry = -1 }
  /// A timer that fires at a time.
  public init(_ expiry: Int64) { self.expiry = expiry }

  /// Not armed.
  public static let none = TimerExpiry()
  /// True if the timer will fire.
  public var isArmed: Bool { expiry != -1 }

  /// Eight bytes, type `timer`.
  public static var wireKind: WireKind { WireKind(8, "timer") }
  /// Not armed.
  public static var wireZero: TimerExpiry { .none }
}
