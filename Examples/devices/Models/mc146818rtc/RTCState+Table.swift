import VMState
import VMStateDSL

extension RTCState {
  /// QEMU: `vmstate_rtc`, hw/rtc/mc146818rtc.c.
  public static let vmstate = VMStateDescription<RTCState>("mc146818rtc", version: 3, minimum: 1) {
    Buffer("cmos_data", \.cmosData)
    Field("cmos_index", \.cmosIndex)
    Unused(28)
    Field("periodic_timer", \.periodicTimer)
    Field("next_periodic_time", \.nextPeriodicTime)
    Unused(24)
    Field("irq_coalesced", \.irqCoalesced).since(2)
    Field("period", \.period).since(2)
    Field("base_rtc", \.baseRTC).since(3)
    Field("last_update", \.lastUpdate).since(3)
    Field("offset", \.offset).since(3)
    Field("update_timer", \.updateTimer).since(3)
    Field("next_alarm_time", \.nextAlarmTime).since(3)
    Local(\.needsTimeFromRegisters)
  }
  .subsection(
    "mc146818rtc/irq_reinject_on_ack_count", version: 1, minimum: 1,
    needed: { $0.irqReinjectOnAckCount != 0 }
  ) {
    Field("irq_reinject_on_ack_count", \.irqReinjectOnAckCount)
  }
  .preLoad { state, _ in state.irqReinjectOnAckCount = 0 }
  .postLoad { state, context in
    guard state.cmosIndex < 128 else {
      throw VMStateError(
        .valueOutOfRange, "an index beyond the memory", expected: "at most 127",
        found: "\(state.cmosIndex)")
    }
    state.needsTimeFromRegisters = context.version <= 2
    state.period = RTC.periodTicks(
      registerA: state.cmosData[RTCRegister.a], registerB: state.cmosData[RTCRegister.b])
  }
}
