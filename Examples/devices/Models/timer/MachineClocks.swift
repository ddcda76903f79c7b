import VMState

/// The machine's clocks: the virtual clock that stops with the machine, the cycle counter,
/// and virtual time by counting instructions.
///
/// The host's clock comes in with every call (`host`, ns). Timers run on `realTime`, except for
/// the virtual one.
///
/// QEMU: system/cpu-timers.c, accel/tcg/icount-common.c.
public final class MachineClocks {
  /// The largest `icountTimeShift` that the adjustment chooses.
  public static let maximumShift: Int16 = 10

  /// Everything that travels, and how this machine counts.
  public var state = ClockState()
  /// Told about the warp timer and the two adjustment timers, each time one changes.
  public var armTimers: (_ warp: TimerExpiry, _ real: TimerExpiry, _ virtual: TimerExpiry) -> Void =
    { _, _, _ in }

  /// Clocks that stand at 0.
  public init(counting: InstructionCounting = .off, warps: Bool = false) {
    state.counting = counting
    state.hasWarpTimer = warps && counting != .off
  }

  /// Nanoseconds of virtual time.
  public func virtualTime(host: Int64) -> Int64 {
    if state.counting != .off {
      return state.icountBias &+ state.icount &<< Int64(state.icountTimeShift)
    }
    return realTime(host: host)
  }

  /// Nanoseconds that the machine has run, by the host's clock.
  public func realTime(host: Int64) -> Int64 {
    state.isRunning ? host &+ state.cpuClockOffset : state.cpuClockOffset
  }

  /// The cycle counter of the processors, given the host's.
  public func cycles(hostCycles: Int64) -> Int64 {
    if state.counting != .off { return state.icount }
    return state.isRunning ? hostCycles &+ state.cpuTicksOffset : state.cpuTicksOffset
  }

  /// The machine starts: the clocks go on from where they stood.
  public func start(host: Int64, hostCycles: Int64) {
    guard !state.isRunning else { return }
    state.cpuTicksOffset &-= hostCycles
    state.cpuClockOffset &-= host
    state.isRunning = true
    guard state.counting == .adaptive && !state.realTimeTimer.isArmed else { return }
    armAdjustment(host: host)
  }

  /// The machine stops: the clocks stand. A save belongs after this.
  public func stop(host: Int64, hostCycles: Int64) {
    guard state.isRunning else { return }
    state.cpuTicksOffset &+= hostCycles
    state.cpuClockOffset &+= host
    state.isRunning = false
  }

  /// Counts instructions.
  public func executed(_ instructions: Int64) { state.icount &+= instructions }

  /// The processors have nothing to do until a time of the virtual clock; idle time counts
  /// from now on.
  public func startWarp(until deadline: Int64, host: Int64) {
    guard state.hasWarpTimer && state.warpStart == -1 else { return }
    let wait = elapsed(from: virtualTime(host: host), to: deadline)
    state.warpStart = realTime(host: host)
    state.warpTimer = TimerExpiry(moment(state.warpStart, plus: wait))
    tellTimers()
  }

  /// A processor wakes up, or the warp timer has fired: the idle time becomes virtual time.
  public func endWarp(host: Int64) {
    guard state.warpStart != -1 else { return }
    let passed = elapsed(from: state.warpStart, to: realTime(host: host))
    state.icountBias &+= Int64(clamping: passed)
    state.warpStart = -1
    state.warpTimer = .none
    tellTimers()
  }

  /// An adjustment timer has fired: makes the instructions longer if virtual time lags behind
  /// the host's clock and shorter if it runs ahead, without a jump. Not on each small swing.
  public func adjust(host: Int64) {
    guard state.counting == .adaptive else { return }
    let time = virtualTime(host: host)
    let delta = time &- realTime(host: host)
    let swing = Int64(nanosecondsPerSecond / 10)
    if delta > 0 && state.lastDelta &+ swing < delta &* 2 && state.icountTimeShift > 0 {
      state.icountTimeShift -= 1
    } else if delta < 0 && state.lastDelta &- swing > delta &* 2
      && state.icountTimeShift < Self.maximumShift
    {
      state.icountTimeShift += 1
    }
    state.lastDelta = delta
    state.icountBias = time &- state.icount &<< Int64(state.icountTimeShift)
    armAdjustment(host: host)
  }

  /// After a load: arms the timers. The clocks stand until the machine starts.
  public func afterLoad() { tellTimers() }

  // By real time every second, by virtual time ten times a second.
  private func armAdjustment(host: Int64) {
    let virtual = virtualTime(host: host)
    state.realTimeTimer = TimerExpiry(
      moment(realTime(host: host), plus: nanosecondsPerSecond))
    state.virtualTimer = TimerExpiry(moment(virtual, plus: nanosecondsPerSecond / 10))
    tellTimers()
  }

  private func tellTimers() {
    armTimers(state.warpTimer, state.realTimeTimer, state.virtualTimer)
  }
}
