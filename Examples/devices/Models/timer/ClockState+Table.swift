import VMState
import VMStateDSL

extension ClockState {
  /// QEMU: `vmstate_timers`, system/cpu-timers.c.
  public static let vmstate = VMStateDescription<ClockState>("timer", version: 2, minimum: 1) {
    Field("cpu_ticks_offset", \.cpuTicksOffset)
    Unused(8)
    Field("cpu_clock_offset", \.cpuClockOffset).since(2)
    Local(\.counting)
    Local(\.hasWarpTimer)
    Local(\.isRunning)
  }
  .subsection(icount)
  .preLoad { state, _ in
    state.icountBias = 0
    state.icount = 0
    state.warpStart = -1
    state.warpTimer = .none
    state.realTimeTimer = .none
    state.virtualTimer = .none
    state.lastDelta = 0
  }

  private static let icount = VMStateDescription<ClockState>(
    "timer/icount", version: 1, minimum: 1
  ) {
    Field("qemu_icount_bias", \.icountBias)
    Field("qemu_icount", \.icount)
  }
  .needed { $0.counting != .off }
  .subsection(
    "timer/icount/warp_timer", version: 1, minimum: 1, needed: { $0.hasWarpTimer }
  ) {
    Field("vm_clock_warp_start", \.warpStart)
    Field("icount_warp_timer", \.warpTimer)
  }
  .subsection(
    "timer/icount/timers", version: 1, minimum: 1, needed: { $0.counting == .adaptive }
  ) {
    Field("icount_rt_timer", \.realTimeTimer)
    Field("icount_vm_timer", \.virtualTimer)
  }
  .subsection(
    "timer/icount/shift", version: 2, minimum: 2, needed: { $0.counting == .adaptive }
  ) {
    Field("icount_time_shift", \.icountTimeShift)
    Field("last_delta", \.lastDelta)
  }
  .postLoad { state, _ in
    guard 0...63 ~= state.icountTimeShift else {
      throw VMStateError(
        .valueOutOfRange, "an instruction of impossible length", expected: "a shift of 0 to 63",
        found: "\(state.icountTimeShift)")
    }
  }
}
