import VMState
import VMStateDSL

extension E1000State {
  /// QEMU: `vmstate_e1000`, hw/net/e1000.c.
  public static let vmstate = VMStateDescription<E1000State>("e1000", version: 2, minimum: 1) {
    Struct("parent_obj", \.pci, PCIDeviceState.vmstate)
    Unused(4).when { _, version in version == 1 }
    Unused(4)
    Field("rxbuf_size", \.receiveBufferSize)
    Field("rxbuf_min_shift", \.receiveLowShift)
    Field("eecd_state.val_in", \.eeprom.shiftIn)
    Field("eecd_state.bitnum_in", \.eeprom.bitsIn)
    Field("eecd_state.bitnum_out", \.eeprom.bitOut)
    Field("eecd_state.reading", \.eeprom.isReading)
    Field("eecd_state.old_eecd", \.eeprom.control)
    properties("mig_props", \.migratedProperties).dropLast(2)
    Field("tx.size", \.transmit.size)
    Field("tx.tso_frames", \.transmit.tsoFrames)
    Field("tx.sum_needed", \.transmit.sumNeeded)
    properties("mig_props", \.migratedProperties).suffix(2)
    Buffer("tx.header", \.transmit.header)
    Buffer("tx.data", \.transmit.data, count: 0x10000)
    Field("eeprom_data", \.eepromData)
    Field("phy_reg", \.phy)
    namedRegisters
    Field("mac_reg", \.mac, range: E1000Register.RA..<E1000Register.RA + 32)
    Field("mac_reg", \.mac, range: E1000Register.MTA..<E1000Register.MTA + 128)
    Field("mac_reg", \.mac, range: E1000Register.VFTA..<E1000Register.VFTA + 128)
    Local(\.features)
    Local(\.usesTSOForMigration)
    Local(\.hasLoadedTSO)
    Local(\.transmit.properties)  // travels as mig_props
  }
  .subsection(
    "e1000/mit_state", version: 1, minimum: 1, needed: { $0.features.contains(.mitigation) }
  ) {
    register("RDTR", E1000Register.RDTR)
    register("RADV", E1000Register.RADV)
    register("TADV", E1000Register.TADV)
    register("ITR", E1000Register.ITR)
    Field("mit_irq_level", \.interruptLevel)
  }
  .subsection(
    "e1000/full_mac_state", version: 1, minimum: 1,
    needed: { $0.features.contains(.allRegisters) }
  ) {
    Field("mac_reg", \.mac, count: E1000Register.count)
  }
  .subsection(tsoTable)
  .preSave { state, _ in state.chooseMigratedProperties() }
  .preLoad { state, _ in state.hasLoadedTSO = false }
  .postLoad { state, _ in state.settle() }

  private static let tsoTable = VMStateDescription<E1000State>(
    "e1000/tx_tso_state", version: 1, minimum: 1
  ) {
    properties("tx.tso_props", \.transmit.tsoProperties)
  }
  .needed { $0.features.contains(.tsoState) }
  .postLoad { state, _ in state.hasLoadedTSO = true }
}

// MARK: - Rows

extension E1000State {
  /// One register by its name.
  private static func register(_ name: String, _ index: Int) -> Field<E1000State> {
    Field("mac_reg[\(name)]", \.mac, range: index..<index + 1)
  }

  /// The members of an offload parameter set.
  private static func properties(
    _ name: String, _ path: WritableKeyPath<E1000State, E1000OffloadProperties>
  ) -> [VMStateField<E1000State>] {
    [
      .scalar("\(name).ipcss", path.appending(path: \.ipcss)),
      .scalar("\(name).ipcso", path.appending(path: \.ipcso)),
      .scalar("\(name).ipcse", path.appending(path: \.ipcse)),
      .scalar("\(name).tucss", path.appending(path: \.tucss)),
      .scalar("\(name).tucso", path.appending(path: \.tucso)),
      .scalar("\(name).tucse", path.appending(path: \.tucse)),
      .scalar("\(name).paylen", path.appending(path: \.payloadLength)),
      .scalar("\(name).hdr_len", path.appending(path: \.headerLength)),
      .scalar("\(name).mss", path.appending(path: \.segmentSize)),
      .scalar("\(name).ip", path.appending(path: \.ip)),
      .scalar("\(name).tcp", path.appending(path: \.tcp)),
    ]
  }

  /// The registers that every version sends, in wire order.
  @FieldBuilder<E1000State>
  private static var namedRegisters: [VMStateField<E1000State>] {
    for (name, index) in sentRegisters { register(name, index) }
  }

  private static let sentRegisters: [(String, Int)] = [
    ("CTRL", E1000Register.CTRL), ("EECD", E1000Register.EECD), ("EERD", E1000Register.EERD),
    ("GPRC", E1000Register.GPRC), ("GPTC", E1000Register.GPTC), ("ICR", E1000Register.ICR),
    ("ICS", E1000Register.ICS), ("IMC", E1000Register.IMC), ("IMS", E1000Register.IMS),
    ("LEDCTL", E1000Register.LEDCTL), ("MANC", E1000Register.MANC),
    ("MDIC", E1000Register.MDIC), ("MPC", E1000Register.MPC), ("PBA", E1000Register.PBA),
    ("RCTL", E1000Register.RCTL), ("RDBAH", E1000Register.RDBAH),
    ("RDBAL", E1000Register.RDBAL), ("RDH", E1000Register.RDH), ("RDLEN", E1000Register.RDLEN),
    ("RDT", E1000Register.RDT), ("STATUS", E1000Register.STATUS), ("SWSM", E1000Register.SWSM),
    ("TCTL", E1000Register.TCTL), ("TDBAH", E1000Register.TDBAH),
    ("TDBAL", E1000Register.TDBAL), ("TDH", E1000Register.TDH), ("TDLEN", E1000Register.TDLEN),
    ("TDT", E1000Register.TDT), ("TORH", E1000Register.TORH), ("TORL", E1000Register.TORL),
    ("TOTH", E1000Register.TOTH), ("TOTL", E1000Register.TOTL), ("TPR", E1000Register.TPR),
    ("TPT", E1000Register.TPT), ("TXDCTL", E1000Register.TXDCTL), ("WUFC", E1000Register.WUFC),
    ("VET", E1000Register.VET),
  ]
}

// MARK: - Hooks

extension E1000State {
  /// A destination without the extra subsection gets the set that was used last.
  fileprivate mutating func chooseMigratedProperties() {
    let sendsTSO = usesTSOForMigration && !features.contains(.tsoState)
    migratedProperties = sendsTSO ? transmit.tsoProperties : transmit.properties
  }

  fileprivate mutating func settle() {
    if !features.contains(.mitigation) {
      for index in [
        E1000Register.ITR, E1000Register.RDTR, E1000Register.RADV, E1000Register.TADV,
      ] { mac[index] = 0 }
      interruptLevel = false
    }
    transmit.properties = migratedProperties
    if !hasLoadedTSO { transmit.tsoProperties = migratedProperties }
  }
}
