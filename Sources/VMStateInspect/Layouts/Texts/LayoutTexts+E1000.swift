extension LayoutTexts {
  /// The e1000 network card.
  static let e1000 = """
    # e1000 2 1
    parent_obj:struct:PCIDevice; unused:unused_buffer(4)?v == 1; unused:unused_buffer(4)
    rxbuf_size:uint32; rxbuf_min_shift:uint32; eecd_state.val_in:uint32; eecd_state.bitnum_in:uint16
    eecd_state.bitnum_out:uint16; eecd_state.reading:uint16; eecd_state.old_eecd:uint32
    mig_props.ipcss:uint8; mig_props.ipcso:uint8; mig_props.ipcse:uint16; mig_props.tucss:uint8
    mig_props.tucso:uint8; mig_props.tucse:uint16; mig_props.paylen:uint32; mig_props.hdr_len:uint8
    mig_props.mss:uint16; tx.size:uint16; tx.tso_frames:uint16; tx.sum_needed:uint8
    mig_props.ip:int8; mig_props.tcp:int8; tx.header:buffer(256); tx.data:buffer(65536)
    eeprom_data:uint16*64; phy_reg:uint16*32; mac_reg[CTRL]:uint32; mac_reg[EECD]:uint32
    mac_reg[EERD]:uint32; mac_reg[GPRC]:uint32; mac_reg[GPTC]:uint32; mac_reg[ICR]:uint32
    mac_reg[ICS]:uint32; mac_reg[IMC]:uint32; mac_reg[IMS]:uint32; mac_reg[LEDCTL]:uint32
    mac_reg[MANC]:uint32; mac_reg[MDIC]:uint32; mac_reg[MPC]:uint32; mac_reg[PBA]:uint32
    mac_reg[RCTL]:uint32; mac_reg[RDBAH]:uint32; mac_reg[RDBAL]:uint32; mac_reg[RDH]:uint32
    mac_reg[RDLEN]:uint32; mac_reg[RDT]:uint32; mac_reg[STATUS]:uint32; mac_reg[SWSM]:uint32
    mac_reg[TCTL]:uint32; mac_reg[TDBAH]:uint32; mac_reg[TDBAL]:uint32; mac_reg[TDH]:uint32
    mac_reg[TDLEN]:uint32; mac_reg[TDT]:uint32; mac_reg[TORH]:uint32; mac_reg[TORL]:uint32
    mac_reg[TOTH]:uint32; mac_reg[TOTL]:uint32; mac_reg[TPR]:uint32; mac_reg[TPT]:uint32
    mac_reg[TXDCTL]:uint32; mac_reg[WUFC]:uint32; mac_reg[VET]:uint32; mac_reg:uint32*32
    mac_reg:uint32*128; mac_reg:uint32*128
    + e1000/mit_state 1 1
    mac_reg[RDTR]:uint32; mac_reg[RADV]:uint32; mac_reg[TADV]:uint32; mac_reg[ITR]:uint32
    mit_irq_level:bool
    + e1000/full_mac_state 1 1
    mac_reg:uint32*32768
    + e1000/tx_tso_state 1 1
    tx.tso_props.ipcss:uint8; tx.tso_props.ipcso:uint8; tx.tso_props.ipcse:uint16
    tx.tso_props.tucss:uint8; tx.tso_props.tucso:uint8; tx.tso_props.tucse:uint16
    tx.tso_props.paylen:uint32; tx.tso_props.hdr_len:uint8; tx.tso_props.mss:uint16
    tx.tso_props.ip:int8; tx.tso_props.tcp:int8
    """
}
