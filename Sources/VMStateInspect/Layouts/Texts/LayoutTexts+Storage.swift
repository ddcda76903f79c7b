extension LayoutTexts {
  /// IDE and AHCI controllers, a watchdog.
  static let storage = """
    # ide 3 0
    parent_obj:struct:PCIDevice; bmdma:struct:ide bmdma*2; bus:struct:ide_bus*2@1
    bus[0].ifs:struct:ide_drive*2@3; bus[1].ifs:struct:ide_drive*2@3
    # isa-ide 3 0
    bus:struct:ide_bus@1; bus.ifs:struct:ide_drive*2@3
    # ide bmdma 3 0
    cmd:uint8; migration_compat_status:uint8; addr:uint32; migration_retry_sector_num:int64
    migration_retry_nsector:uint32; migration_retry_unit:uint8
    + ide bmdma_current 1 1
    cur_addr:uint32; cur_prd_last:uint32; cur_prd_addr:uint32; cur_prd_len:uint32
    + ide bmdma/status 1 1
    status:uint8
    # ide_bus 1 1
    cmd:uint8; unit:uint8
    + ide_bus/error 2 1
    error_status:int32; retry_sector_num:int64@2; retry_nsector:uint32@2; retry_unit:uint8@2
    # ide_drive 3 0
    mult_sectors:int32; identify_set:int32; identify_data:buffer(512)?identify_set != 0
    feature:uint8; error:uint8; nsector:uint32; sector:uint8; lcyl:uint8; hcyl:uint8
    hob_feature:uint8; hob_sector:uint8; hob_nsector:uint8; hob_lcyl:uint8; hob_hcyl:uint8
    select:uint8; status:uint8; lba48:uint8; sense_key:uint8; asc:uint8; cdrom_changed:uint8@3
    + ide_drive/pio_state 1 1
    req_nb_sectors:int32; io_buffer:uint8*cfg.io_buffer_total_len@1; cur_io_buffer_offset:int32
    cur_io_buffer_len:int32; end_transfer_fn_idx:uint8; elementary_transfer_size:int32
    packet_transfer_size:int32
    + ide_drive/tray_state 1 1
    tray_open:bool; tray_locked:bool
    + ide_drive/atapi/gesn_state 1 1
    events.new_media:bool; events.eject_request:bool
    # ich9_ahci 1 0
    parent_obj:struct:PCIDevice; ahci:struct:ahci
    # ahci 1 0 ~ 10.0
    dev:struct:ahci port*cfg.ahci_ports; control_regs.cap:uint32; control_regs.ghc:uint32
    control_regs.irqstatus:uint32; control_regs.impl:uint32; control_regs.version:uint32
    idp_index:uint32; ports:uint32 equal
    # ahci 1 0 ~ 7.2
    dev:struct:ahci port*cfg.ahci_ports; control_regs.cap:uint32; control_regs.ghc:uint32
    control_regs.irqstatus:uint32; control_regs.impl:uint32; control_regs.version:uint32
    idp_index:uint32; ports:int32 equal
    # ahci port 1 0
    port:struct:ide_bus@1; port.ifs[0]:struct:ide_drive@1; port_state:uint32; finished:uint32
    port_regs.lst_addr:uint32; port_regs.lst_addr_hi:uint32; port_regs.fis_addr:uint32
    port_regs.fis_addr_hi:uint32; port_regs.irq_stat:uint32; port_regs.irq_mask:uint32
    port_regs.cmd:uint32; port_regs.tfdata:uint32; port_regs.sig:uint32; port_regs.scr_stat:uint32
    port_regs.scr_ctl:uint32; port_regs.scr_err:uint32; port_regs.scr_act:uint32
    port_regs.cmd_issue:uint32; done_first_drq:bool; busy_slot:int32; init_d2h_sent:bool
    ncq_tfs:struct:ncq state*32@1
    # ncq state 1 0
    sector_count:uint32; lba:uint64; tag:uint8; cmd:uint8; slot:uint8; used:bool; halt:bool
    # i6300esb_wdt 10000 1
    dev:struct:PCIDevice; reboot_enabled:int32; clock_scale:int32; int_type:int32; free_run:int32
    locked:int32; enabled:int32; timer:timer; timer1_preload:uint32; timer2_preload:uint32
    stage:int32; unlock_state:int32; previous_reboot_flag:int32
    """
}
