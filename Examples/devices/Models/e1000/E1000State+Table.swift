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
    Field("mac_reg", \.mac, range: E1000Register.ra..<E1000Register.ra + 32)
    Field("mac_reg", \.mac, range: E1000Register.mta..<E1000Register.mta + 128)
    Field("mac_reg", \.mac, range: E1000Register.vfta..<E1000Register.vfta + 128)
    Local(\.features)
    Local(\.usesTSOForMigration)
    Local(\.hasLoadedTSO)
    Local(\.transmit.properties)  // travels as mig_props
  }
  .subsection(
    "e1000/mit_state", version: 1, minimum: 1, needed: { $0.features.contains(.mitigation) }
  ) {
    register("RDTR", E1000Register.rdtr)
    register("RADV", E1000Register.radv)
    register("TADV", E1000Register.tadv)
    register("ITR", E1000Register.itr)
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
    ("CTRL", E1000Register.ctrl), ("EECD", E1000Register.eecd), ("EERD", E1000Register.eerd),
    ("GPRC", E1000Register.gprc), ("GPTC", E1000Register.gptc), ("ICR", E1000Register.icr),
    ("ICS", E1000Register.ics), ("IMC", E1000Register.imc), ("IMS", E1000Register.ims),
    ("LEDCTL", E1000Register.ledctl), ("MANC", E1000Register.manc),
    ("MDIC", E1000Register.mdic), ("MPC", E1000Register.mpc), ("PBA", E1000Register.pba),
    ("RCTL", E1000Register.rctl), ("RDBAH", E1000Register.rdbah),
    ("RDBAL", E1000Register.rdbal), ("RDH", E1000Register.rdh), ("RDLEN", E1000Register.rdlen),
    ("RDT", E1000Register.rdt), ("STATUS", E1000Register.status), ("SWSM", E1000Register.swsm),
    ("TCTL", E1000Register.tctl), ("TDBAH", E1000Register.tdbah),
    ("TDBAL", E1000Register.tdbal), ("TDH", E1000Register.tdh), ("TDLEN", E1000Register.tdlen),
    ("TDT", E1000Register.tdt), ("TORH", E1000Register.torh), ("TORL", E1000Register.torl),
    ("TOTH", E1000Register.toth), ("TOTL", E1000Register.totl), ("TPR", E1000Register.tpr),
    ("TPT", E1000Register.tpt), ("TXDCTL", E1000Register.txdctl), ("WUFC", E1000Register.wufc),
    ("VET", E1000Register.vet),
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
        E1000Register.itr, E1000Register.rdtr, E1000Register.radv, E1000Register.tadv,
      ] { mac[index] = 0 }
      interruptLevel = false
    }
    transmit.properties = migratedProperties
    if !hasLoadedTSO { transmit.tsoProperties = migratedProperties }
  }
}
