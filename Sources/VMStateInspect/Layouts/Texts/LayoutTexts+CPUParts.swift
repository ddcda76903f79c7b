extension LayoutTexts {
  /// Parts of an x86 processor.
  static let cpuParts = """
    # cpu/kvm_nested_state 1 1
    flags:uint16; format:uint16; size:uint32
    + cpu/kvm_nested_state/vmx 1 1
    hdr.vmx.vmxon_pa:uint64; hdr.vmx.vmcs12_pa:uint64; hdr.vmx.smm.flags:uint16
    ++ cpu/kvm_nested_state/vmx/vmcs12 1 1
    data.vmx[0].vmcs12:uint8*4096
    ++ cpu/kvm_nested_state/vmx/shadow_vmcs12 1 1
    data.vmx[0].shadow_vmcs12:uint8*4096
    + cpu/kvm_nested_state/svm 1 1
    hdr.svm.vmcb_pa:uint64; data.svm[0].vmcb12:uint8*4096
    # segment 1 1
    selector:uint32; base:uint64; limit:uint32; flags:uint32
    # fpreg 0 0
    tmp:tmp:fpreg_tmp
    # fpreg_tmp 0 0
    tmp_mant:uint64; tmp_exp:uint16
    # xmm_reg 1 1
    _q_ZMMReg[0]:uint64; _q_ZMMReg[1]:uint64
    # ymmh_reg 1 1
    _q_ZMMReg[2]:uint64; _q_ZMMReg[3]:uint64
    # zmmh_reg 1 1
    _q_ZMMReg[4]:uint64; _q_ZMMReg[5]:uint64; _q_ZMMReg[6]:uint64; _q_ZMMReg[7]:uint64
    # hi16_zmm_reg 1 1
    _q_ZMMReg[0]:uint64; _q_ZMMReg[1]:uint64; _q_ZMMReg[2]:uint64; _q_ZMMReg[3]:uint64
    _q_ZMMReg[4]:uint64; _q_ZMMReg[5]:uint64; _q_ZMMReg[6]:uint64; _q_ZMMReg[7]:uint64
    # bnd_regs 1 1
    lb:uint64; ub:uint64
    # mtrr_var 1 1
    base:uint64; mask:uint64
    # lbr_records_var 1 1
    from:uint64; to:uint64; info:uint64
    """
}
