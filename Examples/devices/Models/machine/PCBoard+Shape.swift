import VMState

// Some devices have properties that decide what they send and that are not in the stream
// themselves. A stream's description shows them: it lists what was sent.

extension PCBoard {
  /// Gives a device the properties that its section's layout shows.
  public func adopt(_ table: DescribedTable, of name: SectionName) {
    switch name.name {
    case "timer": adoptClocks(table)
    case "pckbd":
      keyboard.state.controller.usesExtendedState =
        table.structure("kbd")?.subsection("pckbd/extended_state") != nil
    case "hpet": adoptTimers(table)
    case "fw_cfg":
      firmware.state.isDMAEnabled = table.subsection("fw_cfg/dma") != nil
      firmware.state.sendsACPISizes = table.subsection("fw_cfg/acpi_mr") != nil
    case "piix4_pm": adoptPower(table)
    case "e1000": if let path = name.path { adoptCard(table, networkCard(path)) }
    default: return
    }
  }

  private func adoptClocks(_ table: DescribedTable) {
    guard let counting = table.subsection("timer/icount") else { return }
    let isAdaptive = counting.subsection("timer/icount/shift") != nil
    clocks.state.counting = isAdaptive ? .adaptive : .fixed
    clocks.state.hasWarpTimer = counting.subsection("timer/icount/warp_timer") != nil
  }

  private func adoptTimers(_ table: DescribedTable) {
    let count = table.fields.filter { $0.name == "timer" }.reduce(0) { $0 + $1.count }
    guard count != hpet.state.timers.count else { return }
    let savesOffset = hpet.state.savesOffset
    hpet.state = HPETState(timers: count)
    hpet.state.savesOffset = savesOffset
  }

  private func adoptPower(_ table: DescribedTable) {
    power.state.sendsSMBus = table.structure("smb") != nil
    power.state.usesBridgeHotplug = table.field("acpi_pci_hotplug.hotplug_select") != nil
    power.state.sendsACPIIndex = table.field("acpi_pci_hotplug.acpi_index") != nil
    let memory = table.subsection("piix4_pm/memhp")?.structure("acpi_memory_hotplug")
    power.state.usesMemoryHotplug = memory != nil
    power.state.memoryHotplug = MemoryHotplugState(slots: memory?.elements("devs") ?? 0)
    let cpus = table.subsection("piix4_pm/cpuhp")?.structure("cpuhp_state")
    power.state.usesCPUHotplug = cpus != nil
    power.state.cpuHotplug = CPUHotplugState(cpus: cpus?.elements("devs") ?? 1)
  }

  private func adoptCard(_ table: DescribedTable, _ card: E1000) {
    var features: E1000Features = .autonegotiation
    if table.subsection("e1000/mit_state") != nil { features.insert(.mitigation) }
    if table.subsection("e1000/full_mac_state") != nil { features.insert(.allRegisters) }
    if table.subsection("e1000/tx_tso_state") != nil { features.insert(.tsoState) }
    card.state.features = features
  }
}

extension DescribedTable {
  fileprivate func field(_ name: String) -> DescribedField? { fields.first { $0.name == name } }

  fileprivate func structure(_ name: String) -> DescribedTable? {
    guard case .structure(let table)? = field(name)?.content else { return nil }
    return table
  }

  fileprivate func subsection(_ name: String) -> DescribedTable? {
    subsections.first { $0.name == name }
  }

  /// Elements of an array, over all its entries.
  fileprivate func elements(_ name: String) -> Int {
    fields.filter { $0.name == name }.reduce(0) { $0 + $1.count }
  }
}
