import VMState
import VMStateDSL

extension PITChannel {
  /// QEMU: `vmstate_pit_channel`, hw/timer/i8254_common.c.
  public static let vmstate = VMStateDescription<PITChannel>(
    "pit channel", version: 2, minimum: 2
  ) {
    Field("count", \.count)
    Field("latched_count", \.latchedCount)
    Field("count_latched", \.countLatched)
    Field("status_latched", \.statusLatched)
    Field("status", \.status)
    Field("read_state", \.readState)
    Field("write_state", \.writeState)
    Field("write_latch", \.writeLatch)
    Field("rw_mode", \.rwMode)
    Field("mode", \.mode)
    Field("bcd", \.bcd)
    Field("gate", \.gate)
    Field("count_load_time", \.countLoadTime)
    Field("next_transition_time", \.nextTransitionTime)
  }
  .postLoad { channel, _ in
    guard 1...0x1_0000 ~= channel.count else {
      throw VMStateError(
        .valueOutOfRange, "a count that no write can make", expected: "1 to 65536",
        found: "\(channel.count)")
    }
  }
}

extension PITState {
  /// QEMU: `vmstate_pit_common`, hw/timer/i8254_common.c.
  public static let vmstate = VMStateDescription<PITState>("i8254", version: 3, minimum: 2) {
    Field("channels[0].irq_disabled", \.irqDisabled).since(3)
    Structs("channels", \.channels, PITChannel.vmstate).since(2)
    Computed(
      "channels[0].next_transition_time", get: { $0.channels[0].nextTransitionTime },
      set: { $0.channels[0].nextTransitionTime = $1 })
  }
}
