extension LayoutTexts {
  /// Host bridges, buses, firmware interfaces, the run state.
  static let chipset = """
    # PCIHost 1 1
    config_reg:uint32
    # PCIBUS 1 1
    nirq:int32 equal; irq_count:int32*nirq
    # I440FX 3 3
    parent_obj:struct:PCIDevice; unused:unused_buffer(1)
    # PIIX3 3 2
    dev:struct:PCIDevice; pci_irq_levels_vmstate:int32*4@3
    + PIIX3/rcr 1 1
    rcr:uint8
    # PIIX4 3 2
    dev:struct:PCIDevice; rcr:uint8@3
    # i2c_bus 1 1
    saved_address:uint8
    # smbus-eeprom 1 1
    smbusdev:struct:smbus-device; data:uint8*256; offset:uint8; accessed:bool
    # fw_cfg 2 1
    cur_entry:uint16; cur_offset:int32_as_uint16?v == 1; cur_offset:uint32@2
    + fw_cfg/dma 0 0
    dma_addr:uint64
    + fw_cfg/acpi_mr 1 1
    table_mr_size:uint64; linker_mr_size:uint64; rsdp_mr_size:uint64
    # acpi_build 1 1
    patched:uint8
    # globalstate 1 1 ~ 10.0
    size:uint32; runstate:buffer(32); has_vm_was_suspended:uint8; vm_was_suspended:uint8
    flags-are-there:check?has_vm_was_suspended == 1
    unused:buffer(66)
    # globalstate 1 1 ~ 7.2
    size:uint32; runstate:buffer(100)
    """
}
