extension LayoutTexts {
  /// Host bridge, LPC bridge and SMBus of the `q35` machine.
  static let q35 = """
    # mch 1 1
    parent_obj:struct:PCIDevice; unused:unused_buffer(1)
    # ICH9LPC 1 1
    d:struct:PCIDevice; apm:struct:APM State; pm:struct:ich9_pm
    chip_config:uint8*16384; sci_level:uint32
    + ICH9LPC/rst_cnt 1 1
    rst_cnt:uint8
    + ICH9LPC/smi_feat 1 1
    smi_guest_features_le:uint8*8; smi_features_ok:uint8; smi_negotiated_features:uint64
    # ich9_pm 1 1
    acpi_regs.pm1.evt.sts:uint16; acpi_regs.pm1.evt.en:uint16; acpi_regs.pm1.cnt.cnt:uint16
    acpi_regs.tmr.timer:timer; acpi_regs.tmr.overflow_time:int64
    acpi_regs.gpe.sts:uint8*16; acpi_regs.gpe.en:uint8*16; smi_en:uint32; smi_sts:uint32
    + ich9_pm/memhp 1 1
    acpi_memory_hotplug:struct:memory hotplug state
    + ich9_pm/tco 1 1
    tco_regs:struct:tco io device status
    + ich9_pm/cpuhp 1 1
    cpuhp_state:struct:CPU hotplug state
    + ich9_pm/pcihp 1 1
    acpi_pci_hotplug.hotplug_select:uint32
    acpi_pci_hotplug.acpi_pcihp_pci_status:struct:acpi_pcihp_pci_status*256
    acpi_pci_hotplug.acpi_index:uint32?cfg.acpi_index
    # tco io device status 1 1
    tco.rld:uint16; tco.din:uint8; tco.dout:uint8; tco.sts1:uint16; tco.sts2:uint16
    tco.cnt1:uint16; tco.cnt2:uint16; tco.msg1:uint8; tco.msg2:uint8; tco.wdcnt:uint8
    tco.tmr:uint16; sw_irq_gen:uint8; tco_timer:timer; expire_time:int64; timeouts_no:uint8
    # ich9_smb 1 1
    dev:struct:PCIDevice; irq_enabled:bool; smb:struct:pmsmb
    """
}
