import VMState

/// The machine's clocks as they travel: 24 bytes, more with instruction counting.
///
/// QEMU: `TimersState`, system/timers-state.h.
public struct ClockState: Sendable {
  /// What to add to the cycle counter; the whole value while the clocks stand.
  public var cpuTicksOffset: Int64 = 0
  /// What to add to the host's clock; the whole value while the clocks stand.
  public var cpuClockOffset: Int64 = 0
  /// Nanoseconds to add to the counted instructions.
  public var icountBias: Int64 = 0
  /// Instructions executed.
  public var icount: Int64 = 0
  /// Start of the present warp (idle time that counts), or -1.
  public var warpStart: Int64 = -1
  /// When the present warp ends.
  public var warpTimer = TimerExpiry.none
  /// When the speed is looked at next, by real time.
  public var realTimeTimer = TimerExpiry.none
  /// When the speed is looked at next, by virtual time.
  public var virtualTimer = TimerExpiry.none
  /// An instruction takes 2 to this power ns.
  public var icountTimeShift: Int16 = 3
  /// How far virtual time was ahead at the last look, in ns.
  public var lastDelta: Int64 = 0

  /// How this machine counts instructions (QEMU: the option `-icount`).
  public var counting = InstructionCounting.off
  /// Idle time counts: the warp timer exists (QEMU: `sleep`).
  public var hasWarpTimer = false
  /// The clocks run.
  public var isRunning = false

  /// Clocks that stand at 0.
  public init() {}
}

/// How virtual time is made.
public enum InstructionCounting: Sendable {
  /// From the host's clock.
  case off
  /// From the instructions, all of the same length.
  case fixed
  /// From the instructions, their length following the host's clock.
  case adaptive
}
