extension LayoutTexts {
  /// Interrupt controllers.
  static let interrupts = """
    # i8259 1 1
    last_irr:uint8; irr:uint8; imr:uint8; isr:uint8; priority_add:uint8; irq_base:uint8
    read_reg_select:uint8; poll:uint8; special_mask:uint8; init_state:uint8; auto_eoi:uint8
    rotate_on_auto_eoi:uint8; special_fully_nested_mode:uint8; init4:uint8; single_mode:uint8
    elcr:uint8
    + i8259/ltim 1 1
    ltim:uint8
    # ioapic 3 1
    id:uint8; ioregsel:uint8; unused:unused_buffer(8)@2; irr:uint32@2; ioredtbl:uint64*24
    # apic 3 3
    apicbase:uint32; id:uint8; arb_id:uint8; tpr:uint8; spurious_vec:uint32; log_dest:uint8
    dest_mode:uint8; isr:uint32*8; tmr:uint32*8; irr:uint32*8; lvt:uint32*6; esr:uint32
    icr:uint32*2; divide_conf:uint32; count_shift:int32; initial_count:uint32
    initial_count_load_time:int64; next_time:int64; timer_expiry:int64
    + apic_sipi 1 1
    sipi_vector:int32; wait_for_sipi:int32
    # kvm-tpr-opt 1 1
    rom_state:struct:kvmvapic-guest-rom; state:uint32; real_tpr_addr:uint32; rom_state_vaddr:uint32
    vapic_paddr:uint32; rom_state_paddr:uint32
    # kvmvapic-guest-rom 1 1
    unused:unused_buffer(8); vaddr:uint32; fixup_start:uint32; fixup_end:uint32; vapic_vaddr:uint32
    vapic_size:uint32; vcpu_shift:uint32; real_tpr_addr:uint32; up:struct:kvmvapic-handlers
    mp:struct:kvmvapic-handlers
    # kvmvapic-handlers 1 1
    set_tpr:uint32; set_tpr_eax:uint32; get_tpr:uint32*8; get_tpr_stack:uint32
    """
}
