import VMState

extension DeviceDraw {
  /// Any registers. The sizes of the ACPI files stay: QEMU gives its files those sizes.
  mutating func draw(_ state: inout FirmwareConfigState) {
    state.currentEntry = any()
    state.currentOffset = any()
    state.dmaAddress = any()
  }

  /// Any registers.
  mutating func draw(_ state: inout PIIX4PowerState) {
    drawFunction(&state.pci, ioOffsets: [0x40, 0x90])
    state.pm1Status = any()
    state.pm1Enable = any()
    state.pm1Control = any()
    state.apm.command = any()
    state.apm.status = any()
    draw(&state.smbus)
    state.timer = timer()
    state.overflowTime = any()
    state.gpe.status = any()
    state.gpe.enable = any()
    let buses = state.usesBridgeHotplug ? state.hotplug.count : 1
    for index in 0..<buses {
      state.hotplug[index].up = any()
      state.hotplug[index].down = any()
    }
    if state.usesBridgeHotplug { state.hotplugSelect = any() }
    if state.sendsACPIIndex { state.acpiIndex = any() }
    if state.usesMemoryHotplug { draw(&state.memoryHotplug) }
    // A guest can switch to the newer interface; QEMU follows when a stream has it.
    state.usesCPUHotplug = profile.startsCPUHotplug || flag()
    if state.usesCPUHotplug { draw(&state.cpuHotplug) }
  }

  private mutating func draw(_ state: inout MemoryHotplugState) {
    state.selector = any()
    for index in state.slots.indices {
      state.slots[index].isEnabled = flag()
      state.slots[index].isInserting = flag()
      state.slots[index].ostEvent = any()
      state.slots[index].ostStatus = any()
    }
  }

  private mutating func draw(_ state: inout CPUHotplugState) {
    state.selector = any()
    state.command = any()
    for index in state.cpus.indices {
      state.cpus[index].isInserting = flag()
      state.cpus[index].isRemoving = flag()
      state.cpus[index].ostEvent = any()
      state.cpus[index].ostStatus = any()
    }
  }

  private mutating func draw(_ state: inout SMBusHostState) {
    state.status = any()
    state.control = any()
    state.command = any()
    state.address = any()
    state.data0 = any()
    state.data1 = any()
    state.blockIndex = any()
    for index in state.block.indices { state.block[index] = any() }
    state.auxiliaryControl = any()
    state.blockData = any()
    state.isI2CEnabled = flag()
    state.isDone = flag()
    state.isReadingI2CBlock = flag()
    state.startsOnStatusRead = flag()
  }

  /// Bits that the guest can write, in registers that move no memory about.
  ///
  /// - Parameter ioOffsets: Registers that hold the base of a block of ports.
  private mutating func drawFunction(_ state: inout PCIDeviceState, ioOffsets: [Int] = []) {
    state.irqState = any() & 0x0F
    state.config.write(any(in: 0...0xFF), at: PCIRegister.interruptLine, count: 1)
    state.config.write(any(in: 0...0xFF), at: PCIRegister.cacheLineSize, count: 1)
    for offset in ioOffsets {
      let base: UInt32 = any(in: 0x20...0x3F) << 10
      state.config.write(base | 1, at: offset, count: 2)
    }
  }

  /// Any registers. An unfinished negotiation of a link that is down is the one thing that
  /// QEMU changes, so there is none.
  mutating func draw(_ state: inout E1000State) {
    drawFunction(&state.pci)
    drawEEPROM(&state)
    state.receiveBufferSize = any()
    state.receiveLowShift = any()
    drawTransmitter(&state.transmit)
    for index in state.eepromData.indices { state.eepromData[index] = any() }
    for index in state.phy.indices { state.phy[index] = any() }
    state.mac = state.mac.map { _ in UInt32(truncatingIfNeeded: random.next()) }
    state.phy[1] |= 0x20
    state.interruptLevel = flag()
    if !state.features.contains(.mitigation) { forgetMitigation(&state) }
  }

  // Without mitigation QEMU clears its registers at the load.
  private func forgetMitigation(_ state: inout E1000State) {
    state.interruptLevel = false
    for index in [
      E1000Register.itr, E1000Register.rdtr, E1000Register.radv, E1000Register.tadv,
    ] { state.mac[index] = 0 }
  }

  private mutating func drawEEPROM(_ state: inout E1000State) {
    state.eeprom.shiftIn = any()
    state.eeprom.bitsIn = any()
    state.eeprom.bitOut = any()
    state.eeprom.isReading = any()
    state.eeprom.control = any()
  }

  private mutating func drawTransmitter(_ state: inout E1000TransmitState) {
    fill(&state.header)
    state.data = state.data.map { _ in UInt8(truncatingIfNeeded: random.next()) }
    state.size = any()
    state.tsoFrames = any()
    state.sumNeeded = any()
    draw(&state.properties)
    draw(&state.tsoProperties)
  }

  private mutating func draw(_ state: inout E1000OffloadProperties) {
    state.ipcss = any()
    state.ipcso = any()
    state.ipcse = any()
    state.tucss = any()
    state.tucso = any()
    state.tucse = any()
    state.payloadLength = any()
    state.headerLength = any()
    state.segmentSize = any()
    state.ip = any()
    state.tcp = any()
  }
}
