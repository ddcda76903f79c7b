import VMState
import VMStateDSL

extension HPETTimer {
  /// QEMU: `vmstate_hpet_timer`, hw/timer/hpet.c.
  public static let vmstate = VMStateDescription<HPETTimer>(
    "hpet_timer", version: 1, minimum: 1
  ) {
    Field("tn", \.tn)
    Field("config", \.config)
    Field("cmp", \.cmp)
    Field("fsb", \.fsb)
    Field("period", \.period)
    Field("wrap_flag", \.wrapFlag)
    Field("qemu_timer", \.qemuTimer)
  }
  .postLoad { timer, _ in
    guard timer.tn < 32 else {
      throw VMStateError(
        .valueOutOfRange, "a comparator that no timer block has", expected: "at most 31",
        found: "\(timer.tn)")
    }
  }
}

extension HPETState {
  /// The table of 10.0 and later: the number of comparators must be the destination's.
  ///
  /// QEMU: `vmstate_hpet`, hw/timer/hpet.c.
  public static let vmstate = VMStateDescription<HPETState>("hpet", version: 2, minimum: 1) {
    Field("config", \.config)
    Field("isr", \.isr)
    Field("hpet_counter", \.hpetCounter)
    Field("num_timers_save", \.numTimersSave).since(2)
    Validate("num_timers must match") { state, _ in state.numTimersSave == state.numTimers }
    Counted("timer", \.timers, HPETTimer.vmstate, count: \.numTimers)
    Local(\.savesOffset)
    Local(\.numTimers)
  }
  .withHPETParts()
  .preLoad { state, _ in
    state.presetForLoad()
    state.numTimersSave = 3
  }
  .preSave { state, _ in state.numTimersSave = state.numTimers }

  /// The table of 7.2: the stream says how many comparators there are.
  ///
  /// QEMU: `vmstate_hpet` of 7.2, hw/timer/hpet.c.
  public static let vmstate7_2 = VMStateDescription<HPETState>("hpet", version: 2, minimum: 1) {
    Field("config", \.config)
    Field("isr", \.isr)
    Field("hpet_counter", \.hpetCounter)
    Field("num_timers", \.numTimers).since(2)
    Validate("num_timers in range") { state, _ in 3...32 ~= state.numTimers }
    Counted(
      "timer", \.timers, HPETTimer.vmstate, count: \.numTimers, fresh: HPETTimer())
    Local(\.savesOffset)
    Local(\.numTimersSave)
  }
  .withHPETParts()
  .preLoad { state, _ in
    state.presetForLoad()
    state.numTimers = 3
  }

  // What a subsection would have brought; version 1 had three comparators.
  fileprivate mutating func presetForLoad() {
    rtcIRQLevel = 0
    hpetOffset = 0
  }
}

extension VMStateDescription<HPETState> {
  // The subsections that both tables have.
  fileprivate func withHPETParts() -> Self {
    subsection("hpet/rtc_irq_level", version: 1, minimum: 1, needed: { $0.rtcIRQLevel != 0 }) {
      Field("rtc_irq_level", \.rtcIRQLevel)
    }
    .subsection(
      "hpet/offset", version: 1, minimum: 1, needed: { $0.savesOffset && $0.config & 1 != 0 }
    ) {
      Field("hpet_offset", \.hpetOffset)
    }
  }
}
