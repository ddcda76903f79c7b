extension LayoutTexts {
  /// Parts that devices of several kinds have.
  static let shared = """
    # PCIDevice 2 1
    version_id:int32 le; config:pci config(256)?not cfg.pcie; config:pci config(4096)?cfg.pcie
    irq_state:pci irq state@2
    # msix 0 0
    msix:msix state(cfg.msix * 16 + (cfg.msix + 7) / 8)
    # Fifo8 1 1
    data:buffer(cfg.capacity)@1; head:uint32; num:uint32
    # clock 0 0
    period:uint64
    + clock/muldiv 1 1
    multiplier:uint32; divider:uint32
    # USBDevice 1 1
    addr:uint8; state:int32; remote_wakeup:int32; setup_state:int32; setup_len:int32
    setup_index:int32; setup_buf:uint8*8
    # I2CSlave 1 1
    address:uint8
    # smbus-device 1 1
    i2c:struct:I2CSlave; mode:int32; data_len:int32; data_buf:uint8*34
    # ptimer 1 1
    enabled:uint8; limit:uint64; delta:uint64; period_frac:uint32; period:int64; last_event:int64
    next_event:int64; timer:timer
    """
}
