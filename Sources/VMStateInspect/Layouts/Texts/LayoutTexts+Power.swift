extension LayoutTexts {
  /// Power management, SMBus host, hotplug.
  static let power = """
    # piix4_pm 3 3
    parent_obj:struct:PCIDevice; ar.pm1.evt.sts:uint16; ar.pm1.evt.en:uint16; ar.pm1.cnt.cnt:uint16
    apm:struct:APM State; smb:struct:pmsmb@3?cfg.smbus; ar.tmr.timer:timer
    ar.tmr.overflow_time:int64; ar.gpe:struct:gpe@2
    acpi_pci_hotplug.acpi_pcihp_pci_status[0x0]:struct:pci_status@2?not cfg.acpi_bridge
    acpi_pci_hotplug.hotplug_select:uint32?cfg.acpi_bridge
    acpi_pci_hotplug.acpi_pcihp_pci_status:struct:acpi_pcihp_pci_status*256@1?cfg.acpi_bridge
    acpi_pci_hotplug.acpi_index:uint32?cfg.acpi_index
    + piix4_pm/memhp 1 1
    acpi_memory_hotplug:struct:memory hotplug state@1
    + piix4_pm/cpuhp 1 1
    cpuhp_state:struct:CPU hotplug state@1
    # APM State 1 1
    apmc:uint8; apms:uint8
    # gpe 1 1
    sts:uint16; en:uint16
    # pci_status 1 1
    up:uint32; down:uint32
    # acpi_pcihp_pci_status 1 1
    up:uint32; down:uint32
    # pmsmb 1 1
    smb_stat:uint8; smb_ctl:uint8; smb_cmd:uint8; smb_addr:uint8; smb_data0:uint8; smb_data1:uint8
    smb_index:uint32; smb_data:uint8*32; smb_auxctl:uint8; smb_blkdata:uint8; i2c_enable:bool
    op_done:bool; in_i2c_block_read:bool; start_transaction_on_status_read:bool
    # memory hotplug state 1 1
    selector:uint32; devs:struct:memory hotplug device state*cfg.memhp_slots
    # memory hotplug device state 1 1
    is_enabled:bool; is_inserting:bool; ost_event:uint32; ost_status:uint32
    # CPU hotplug state 1 1
    selector:uint32; command:uint8; devs:struct:CPU hotplug device state*cfg.cpus
    # CPU hotplug device state 1 1
    is_inserting:bool; is_removing:bool; ost_event:uint32; ost_status:uint32
    """
}
