extension LayoutTexts {
  /// An x86 processor of the 64-bit target.
  static let cpu = """
    # cpu 12 11
    env.regs:uint64*16; env.eip:uint64; env.eflags:uint64; env.hflags:uint32; env.fpuc:uint16
    env.fpus_vmstate:uint16; env.fptag_vmstate:uint16; env.fpregs_format_vmstate:uint16
    env.fpregs:struct:fpreg*8; env.segs:struct:segment*6; env.ldt:struct:segment
    env.tr:struct:segment; env.gdt:struct:segment; env.idt:struct:segment; env.sysenter_cs:uint32
    env.sysenter_esp:uint64; env.sysenter_eip:uint64; env.cr[0]:uint64; env.cr[2]:uint64
    env.cr[3]:uint64; env.cr[4]:uint64; env.dr:uint64*8; env.a20_mask:int32; env.mxcsr:uint32
    env.xmm_regs:struct:xmm_reg*16; env.efer:uint64; env.star:uint64; env.lstar:uint64
    env.cstar:uint64; env.fmask:uint64; env.kernelgsbase:uint64; env.smbase:uint32; env.pat:uint64
    env.hflags2:uint32; env.vm_hsave:uint64; env.vm_vmcb:uint64; env.tsc_offset:uint64
    env.intercept:uint64; env.intercept_cr_read:uint16; env.intercept_cr_write:uint16
    env.intercept_dr_read:uint16; env.intercept_dr_write:uint16; env.intercept_exceptions:uint32
    env.v_tpr:uint8; env.mtrr_fixed:uint64*11; env.mtrr_deftype:uint64
    env.mtrr_var:struct:mtrr_var*8@8; env.interrupt_injected:int32; env.mp_state:uint32
    env.tsc:uint64; env.exception_nr:int32; env.soft_interrupt:uint8; env.nmi_injected:uint8
    env.nmi_pending:uint8; env.has_error_code:uint8; env.sipi_vector:uint32; env.mcg_cap:uint64
    env.mcg_status:uint64; env.mcg_ctl:uint64; env.mce_banks:uint64*40; env.tsc_aux:uint64
    env.system_time_msr:uint64; env.wall_clock_msr:uint64; env.xcr0:uint64@12
    env.xstate_bv:uint64@12; env.xmm_regs:struct:ymmh_reg*16@12
    + cpu/exception_info 1 1
    env.exception_pending:uint8; env.exception_injected:uint8; env.exception_has_payload:uint8
    env.exception_payload:uint64
    + cpu/async_pf_msr 1 1
    env.async_pf_en_msr:uint64
    + cpu/async_pf_int_msr 1 1
    env.async_pf_int_msr:uint64
    + cpu/async_pv_eoi_msr 1 1
    env.pv_eoi_en_msr:uint64
    + cpu/steal_time_msr 1 1
    env.steal_time_msr:uint64
    + cpu/poll_control_msr 1 1
    env.poll_control_msr:uint64
    + cpu/fpop_ip_dp 1 1
    env.fpop:uint16; env.fpip:uint64; env.fpdp:uint64
    + cpu/msr_tsc_adjust 1 1
    env.tsc_adjust:uint64
    + cpu/msr_tscdeadline 1 1
    env.tsc_deadline:uint64
    + cpu/msr_ia32_misc_enable 1 1
    env.msr_ia32_misc_enable:uint64
    + cpu/msr_ia32_feature_control 1 1
    env.msr_ia32_feature_control:uint64
    + cpu/msr_architectural_pmu 1 1
    env.msr_fixed_ctr_ctrl:uint64; env.msr_global_ctrl:uint64; env.msr_global_status:uint64
    env.msr_global_ovf_ctrl:uint64; env.msr_fixed_counters:uint64*3; env.msr_gp_counters:uint64*18
    env.msr_gp_evtsel:uint64*18
    + cpu/mpx 1 1
    env.bnd_regs:struct:bnd_regs*4; env.bndcs_regs.cfgu:uint64; env.bndcs_regs.sts:uint64
    env.msr_bndcfgs:uint64
    + cpu/msr_hyperv_hypercall 1 1
    env.msr_hv_guest_os_id:uint64; env.msr_hv_hypercall:uint64
    + cpu/msr_hyperv_vapic 1 1
    env.msr_hv_vapic:uint64
    + cpu/msr_hyperv_time 1 1
    env.msr_hv_tsc:uint64
    + cpu/msr_hyperv_crash 1 1
    env.msr_hv_crash_params:uint64*5
    + cpu/msr_hyperv_runtime 1 1
    env.msr_hv_runtime:uint64
    + cpu/msr_hyperv_synic 1 1
    env.msr_hv_synic_control:uint64; env.msr_hv_synic_evt_page:uint64
    env.msr_hv_synic_msg_page:uint64; env.msr_hv_synic_sint:uint64*16
    + cpu/msr_hyperv_stimer 1 1
    env.msr_hv_stimer_config:uint64*4; env.msr_hv_stimer_count:uint64*4
    + cpu/msr_hyperv_reenlightenment 1 1
    env.msr_hv_reenlightenment_control:uint64; env.msr_hv_tsc_emulation_control:uint64
    env.msr_hv_tsc_emulation_status:uint64
    + cpu/avx512 1 1
    env.opmask_regs:uint64*8; env.xmm_regs:struct:zmmh_reg*16; env.xmm_regs:struct:hi16_zmm_reg*16
    + cpu/xss 1 1
    env.xss:uint64
    + cpu/umwait 1 1
    env.umwait:uint32
    + cpu/tsc_khz 1 1
    env.tsc_khz:int64
    + cpu/msr_smi_count 1 1
    env.msr_smi_count:uint64
    + cpu/pkru 1 1
    env.pkru:uint32
    + cpu/pkrs 1 1
    env.pkrs:uint32
    + cpu/spec_ctrl 1 1
    env.spec_ctrl:uint64
    + cpu/amd_tsc_scale_msr 1 1
    env.amd_tsc_scale_msr:uint64
    + cpu/mcg_ext_ctl 1 1
    env.mcg_ext_ctl:uint64
    + cpu/intel_pt 1 1
    env.msr_rtit_ctrl:uint64; env.msr_rtit_status:uint64; env.msr_rtit_output_base:uint64
    env.msr_rtit_output_mask:uint64; env.msr_rtit_cr3_match:uint64; env.msr_rtit_addrs:uint64*8
    + cpu/virt_ssbd 1 1
    env.virt_ssbd:uint64
    + cpu/svn_npt 1 1
    env.nested_cr3:uint64; env.nested_pg_mode:uint32
    + cpu/svm_guest 1 1
    env.int_ctl:uint32
    + cpu/nested_state 1 1
    env.nested_state:struct:cpu/kvm_nested_state
    + cpu/xen_vcpu 1 1
    env.xen_vcpu_info_gpa:uint64; env.xen_vcpu_info_default_gpa:uint64
    env.xen_vcpu_time_info_gpa:uint64; env.xen_vcpu_runstate_gpa:uint64
    env.xen_vcpu_callback_vector:uint8; env.xen_virq:uint16*24; env.xen_singleshot_timer_ns:uint64
    env.xen_periodic_timer_period:uint64
    + cpu/msr_tsx_ctrl 1 1
    env.tsx_ctrl:uint32
    + cpu/intel_sgx 1 1
    env.msr_ia32_sgxlepubkeyhash:uint64*4
    + cpu/pdptrs 1 1
    env.pdptrs:uint64*4
    + cpu/msr_xfd 1 1
    env.msr_xfd:uint64; env.msr_xfd_err:uint64
    + cpu/msr_hwcr 1 1
    env.msr_hwcr:uint64
    + cpu/fred 1 1
    env.fred_rsp0:uint64; env.fred_rsp1:uint64; env.fred_rsp2:uint64; env.fred_rsp3:uint64
    env.fred_stklvls:uint64; env.fred_ssp1:uint64; env.fred_ssp2:uint64; env.fred_ssp3:uint64
    env.fred_config:uint64
    + cpu/intel_amx_xtile 1 1
    env.xtilecfg:uint8*64; env.xtiledata:uint8*8192
    + cpu/arch_lbr 1 1
    env.msr_lbr_ctl:uint64; env.msr_lbr_depth:uint64; env.lbr_records:struct:lbr_records_var*32@1
    + cpu/triple_fault 1 1
    env.triple_fault_pending:uint8
    """
}
