extension LayoutTexts {
  /// Devices of the ISA bus.
  static let isa = """
    # serial 3 2 = serial-isa
    state:struct:serial
    # serial 3 2
    divider:uint16@2; rbr:uint8; ier:uint8; iir:uint8; lcr:uint8; mcr:uint8; lsr:uint8; msr:uint8
    scr:uint8; fcr_vmstate:uint8@3
    + serial/thr_ipending 1 1
    thr_ipending:int32
    + serial/tsr 1 1
    tsr_retry:uint32; thr:uint8; tsr:uint8
    + serial/recv_fifo 1 1
    recv_fifo:struct:Fifo8@1
    + serial/xmit_fifo 1 1
    xmit_fifo:struct:Fifo8@1
    + serial/fifo_timeout_timer 1 1
    fifo_timeout_timer:timer
    + serial/timeout_ipending 1 1
    timeout_ipending:int32
    + serial/poll 1 1
    poll_msl:int32; modem_status_poll:timer
    # pckbd 3 3 = pckbd-isa
    kbd:struct:pckbd
    # pckbd 3 3
    write_cmd:uint8; status:uint8; mode:uint8; pending_tmp:uint8
    + pckbd_outport 1 1
    outport:uint8
    + pckbd/extended_state 0 0
    migration_flags:uint32; obsrc:uint32; obdata:uint8; cbdata:uint8
    # pckbd-mmio 1 1
    kbd:struct:pckbd
    # PS2 Common State 3 2
    write_cmd:int32; queue.rptr:int32; queue.wptr:int32; queue.count:int32; queue.data:buffer(256)
    # ps2kbd 3 2
    parent_obj:struct:PS2 Common State; scan_enabled:int32; translate:int32; scancode_set:int32@3
    + ps2kbd/ledstate 3 2
    ledstate:int32
    + ps2kbd/need_high_bit 1 1
    need_high_bit:bool
    + ps2kbd/command_reply_queue 0 0
    parent_obj.queue.cwptr:int32
    # ps2mouse 2 2
    parent_obj:struct:PS2 Common State; mouse_status:uint8; mouse_resolution:uint8
    mouse_sample_rate:uint8; mouse_wrap:uint8; mouse_type:uint8; mouse_detect_state:uint8
    mouse_dx:int32; mouse_dy:int32; mouse_dz:int32; mouse_buttons:uint8
    # dma 1 1
    command:uint8; mask:uint8; flip_flop:uint8; dshift:int32; regs:struct:dma_regs*4@1
    # dma_regs 1 1
    now:int32*2; base:uint16*2; mode:uint8; page:uint8; pageh:uint8; dack:uint8; eop:uint8
    # port92 1 1
    outport:uint8
    # pcspk 1 1
    data_on:uint8; dummy_refresh_clock:uint8
    # vmmouse 0 0
    queue_size:int32 equal; queue:uint32*1024; nb_queue:uint16; status:uint16; absolute:uint8
    # fdc 2 2 = fdc-isa
    state:struct:fdc
    # fdc 2 2
    sra:uint8; srb:uint8; dor_vmstate:uint8; tdr:uint8; dsr:uint8; msr:uint8; status0:uint8
    status1:uint8; status2:uint8; fifo:uint8*512; data_pos:uint32; data_len:uint32; data_state:uint8
    data_dir:uint8; eot:uint8; timer0:uint8; timer1:uint8; precomp_trk:uint8; config:uint8
    lock:uint8; pwrd:uint8; num_floppies:uint8 equal; drives:struct:fdrive*2@1
    + fdc/reset_sensei 1 1
    reset_sensei:int32
    + fdc/result_timer 1 1
    result_timer:timer
    + fdc/phase 1 1
    phase:uint8
    # fdrive 1 1
    head:uint8; track:uint8; sect:uint8
    + fdrive/media_changed 1 1
    media_changed:uint8
    + fdrive/media_rate 1 1
    media_rate:uint8
    + fdrive/perpendicular 1 1
    perpendicular:uint8
    """
}
