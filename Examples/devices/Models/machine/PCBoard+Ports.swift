// The I/O ports and the memory windows of the board, as a processor sees them.

extension PCBoard {
  /// Writes a byte to a port; one that nothing listens to is ignored.
  public func write(port: UInt16, _ value: UInt8) {
    if pics.write(port: port, value: value) { return }
    switch port {
    case 0x40...0x43: pit.write(port: port, value: value, now: now)
    case 0x60: keyboard.writeData(value)
    case 0x61: speaker.write(value, now: now)
    case 0x64: keyboard.writeCommand(value)
    case 0x70, 0x71: rtc.write(port: port, value: value, now: now)
    case 0x92: port92.write(value)
    case 0xB2, 0xB3: power.writeAPM(Int(port - 0xB2), value)
    case 0x2F8...0x2FF: serialPorts[1]?.write(Int(port & 7), value, now: now)
    case 0x3F8...0x3FF: serialPorts[0]?.write(Int(port & 7), value, now: now)
    default: dma.write(port: port, value: value)
    }
  }

  /// Reads a byte from a port; the bus floats where nothing answers.
  public func read(port: UInt16) -> UInt8 {
    if let value = pics.read(port: port) { return value }
    switch port {
    case 0x40...0x43: return pit.read(port: port, now: now)
    case 0x60: return keyboard.readData(now: now)
    case 0x61: return speaker.read(now: now)
    case 0x64: return keyboard.readStatus()
    case 0x70, 0x71: return rtc.read(port: port, now: now)
    case 0x92: return port92.read()
    case 0xB2, 0xB3: return power.readAPM(Int(port - 0xB2))
    case 0x2F8...0x2FF: return serialPorts[1]?.read(Int(port & 7), now: now) ?? 0xFF
    case 0x3F8...0x3FF: return serialPorts[0]?.read(Int(port & 7), now: now) ?? 0xFF
    case 0x511: return firmware.readData()
    default: return dma.read(port: port) ?? 0xFF
    }
  }

  /// Writes the firmware configuration's selector (port 0x510, 16 bits).
  public func selectFirmwareItem(_ key: UInt16) { firmware.select(key) }

  /// Writes 32 bits into the window of the I/O APIC or the HPET.
  public func write(address: UInt64, _ value: UInt32) {
    switch address {
    case 0xFEC0_0000..<0xFEC0_1000: ioapic.write(offset: address - 0xFEC0_0000, value: value)
    case 0xFED0_0000..<0xFED0_0400:
      hpet.write(offset: address - 0xFED0_0000, value: UInt64(value), now: now)
    default: return
    }
  }

  /// Reads 32 bits from the window of the I/O APIC or the HPET.
  public func read(address: UInt64) -> UInt32 {
    switch address {
    case 0xFEC0_0000..<0xFEC0_1000: ioapic.read(offset: address - 0xFEC0_0000)
    case 0xFED0_0000..<0xFED0_0400:
      UInt32(truncatingIfNeeded: hpet.read(offset: address - 0xFED0_0000, now: now))
    default: .max
    }
  }

  /// Runs every timer that is due.
  public func runTimers() {
    runClockTimers()
    let now = now
    // A timer that was long due fires once for each edge it missed, up to a bound.
    for _ in 0..<1000 where pit.nextExpiry.isArmed && pit.nextExpiry.expiry <= now {
      pit.timerFired()
    }
    hpet.timersFired(now: now)
    rtc.timersFired(now: now)
    keyboard.runTimers(now: now)
    power.runTimers(now: now)
    for port in serialPorts.values { port.runTimers(now: now) }
    for card in networkCards.values { card.runTimers(now: now) }
  }

  // With counted instructions: the end of idle time, and the looks at the speed.
  private func runClockTimers() {
    let host = host()
    let real = clocks.realTime(host: host)
    if clocks.state.warpTimer.isArmed, clocks.state.warpTimer.expiry <= real {
      clocks.endWarp(host: host)
    }
    let isRealDue = clocks.state.realTimeTimer.isArmed && clocks.state.realTimeTimer.expiry <= real
    let isVirtualDue =
      clocks.state.virtualTimer.isArmed && clocks.state.virtualTimer.expiry <= now
    if isRealDue || isVirtualDue { clocks.adjust(host: host) }
  }
}
