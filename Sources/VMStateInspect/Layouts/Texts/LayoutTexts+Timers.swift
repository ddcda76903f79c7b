extension LayoutTexts {
  /// Timers, clocks, the generic part of a processor.
  static let timers = """
    # timer 2 1
    cpu_ticks_offset:int64; unused:unused_buffer(8); cpu_clock_offset:int64@2
    + timer/icount 1 1
    qemu_icount_bias:int64; qemu_icount:int64
    ++ timer/icount/warp_timer 1 1
    vm_clock_warp_start:int64; icount_warp_timer:timer
    ++ timer/icount/timers 1 1
    icount_rt_timer:timer; icount_vm_timer:timer
    ++ timer/icount/shift 2 2
    icount_time_shift:int16; last_delta:int64
    # cpu_common 1 1
    halted:uint32; interrupt_request:uint32
    + cpu_common/exception_index 1 1
    exception_index:int32
    + cpu_common/crash_occurred 1 1
    crash_occurred:bool
    # kvmclock 1 1
    clock:uint64
    + kvmclock/clock_is_reliable 1 1
    clock_is_reliable:bool
    # i8254 3 2
    channels[0].irq_disabled:uint32@3; channels:struct:pit channel*3@2
    channels[0].next_transition_time:int64
    # pit channel 2 2
    count:int32; latched_count:uint16; count_latched:uint8; status_latched:uint8; status:uint8
    read_state:uint8; write_state:uint8; write_latch:uint8; rw_mode:uint8; mode:uint8; bcd:uint8
    gate:uint8; count_load_time:int64; next_transition_time:int64
    # hpet 2 1 ~ 10.0
    config:uint64; isr:uint64; hpet_counter:uint64; num_timers_save:uint8@2
    num_timers-in-range:check?num_timers_save <= 32
    timer:struct:hpet_timer*num_timers_save
    + hpet/rtc_irq_level 1 1
    rtc_irq_level:uint8
    + hpet/offset 1 1
    hpet_offset:uint64
    # hpet 2 1 ~ 7.2
    config:uint64; isr:uint64; hpet_counter:uint64; num_timers:uint8@2
    num_timers-in-range:check?num_timers <= 32
    timer:struct:hpet_timer*num_timers
    + hpet/rtc_irq_level 1 1
    rtc_irq_level:uint8
    + hpet/offset 1 1
    hpet_offset:uint64
    # hpet_timer 1 1
    tn:uint8; config:uint64; cmp:uint64; fsb:uint64; period:uint64; wrap_flag:uint8
    qemu_timer:timer
    # mc146818rtc 3 1
    cmos_data:buffer(128); cmos_index:uint8; unused:unused_buffer(28); periodic_timer:timer
    next_periodic_time:int64; unused:unused_buffer(24); irq_coalesced:uint32@2; period:uint32@2
    base_rtc:uint64@3; last_update:uint64@3; offset:int64@3; update_timer:timer@3
    next_alarm_time:uint64@3
    + mc146818rtc/irq_reinject_on_ack_count 1 1
    irq_reinject_on_ack_count:uint16
    """
}
