import VMState

/// The power management function of the PIIX4: ACPI registers, APM, SMBus, general purpose
/// events and PCI hot-plug.
///
/// Times are nanoseconds of the virtual clock, handed in by the caller.
/// QEMU: hw/acpi/piix4.c, hw/acpi/core.c.
public final class PIIX4Power {
  /// The registers.
  public var state = PIIX4PowerState()
  /// Drives the system control interrupt.
  public var setSCI: (Bool) -> Void = { _ in }
  /// Raises a system management interrupt.
  public var raiseSMI: () -> Void = {}
  /// Sleep with a type (0: soft off, 1: suspend to RAM, 2: to disk on QEMU's tables).
  public var enterSleep: (_ type: UInt8) -> Void = { _ in }
  /// Told when the base of the PM or SMBus registers changes; nil is off.
  public var mapPorts: (_ pm: UInt16?, _ smbus: UInt16?) -> Void = { _, _ in }
  /// Ejects the device in a slot.
  public var ejectSlot: (_ bus: Int, _ slot: Int) -> Void = { _, _ in }
  /// The slaves on the SMBus.
  public var smbusSlaves: [UInt8: any SMBusSlave] = [:]

  /// After power-on.
  ///
  /// - Parameter smbusBase: Base port of the SMBus registers.
  public init(smbusBase: UInt16 = 0xB100) {
    state.pci.config.set(
      UInt32(smbusBase) | 1, at: PIIX4PowerState.Register.smbusBase, count: 2)
  }

  /// Reads the configuration space.
  public func readConfig(_ offset: Int, count: Int) -> UInt32 {
    state.pci.config.read(at: offset, count: count)
  }

  /// Writes the configuration space; the register blocks follow their bases.
  public func writeConfig(_ offset: Int, _ value: UInt32, count: Int) {
    let before = (state.pmBase, state.smbusBase)
    state.pci.config.write(value, at: offset, count: count)
    if before != (state.pmBase, state.smbusBase) { announcePorts() }
  }

  private func announcePorts() { mapPorts(state.pmBase, state.smbusBase) }

  /// After a load: the register blocks and the interrupt follow the loaded registers.
  public func afterLoad() {
    announcePorts()
    setSCI(sciLevel(status: state.pm1Status))
  }
}

// MARK: - PM1 and timer

extension PIIX4Power {
  /// Frequency of the ACPI timer in hertz.
  public static let timerFrequency: Int64 = 3_579_545

  private enum PM1 {
    static let timer: UInt16 = 0x0001
    static let powerButton: UInt16 = 0x0100
    /// Timer, global lock, power button, real-time clock.
    static let sources: UInt16 = 0x0521
    static let sciEnable: UInt16 = 0x0001
    static let sleepEnable: UInt16 = 0x2000
  }

  /// The timer's full count at a time.
  private static func ticks(at now: Int64) -> Int64 {
    Int64(truncatingIfNeeded: Int128(now) * Int128(timerFrequency) / 1_000_000_000)
  }

  /// The time of a full count.
  private static func time(ofTick tick: Int64) -> Int64 {
    Int64(clamping: Int128(tick) * 1_000_000_000 / Int128(timerFrequency))
  }

  /// Reads the PM registers, 8 or more bits at a time.
  ///
  /// - Parameters:
  ///   - offset: 0 status, 2 enable, 4 control, 8 timer.
  public func readPM(_ offset: Int, now: Int64) -> UInt32 {
    switch offset {
    case 0: return UInt32(pm1Status(now: now))
    case 2: return UInt32(state.pm1Enable)
    case 4: return UInt32(state.pm1Control)
    case 8: return UInt32(truncatingIfNeeded: Self.ticks(at: now)) & 0xFF_FFFF
    default: return 0
    }
  }

  /// Writes the PM registers.
  ///
  /// - Parameter offset: 0 status, 2 enable, 4 control.
  public func writePM(_ offset: Int, _ value: UInt16, now: Int64) {
    switch offset {
    case 0:
      let status = pm1Status(now: now)
      if status & value & PM1.timer != 0 { setOverflow(now: now) }
      state.pm1Status = status & ~value
      updateSCI(now: now)
    case 2:
      state.pm1Enable = value
      updateSCI(now: now)
    case 4: writeControl(value)
    default: break
    }
  }

  /// Status with the timer's bit, which is set once the top bit has changed.
  private func pm1Status(now: Int64) -> UInt16 {
    if Self.ticks(at: now) >= state.overflowTime { state.pm1Status |= PM1.timer }
    return state.pm1Status
  }

  /// The next change of bit 23.
  private func setOverflow(now: Int64) {
    state.overflowTime = (Self.ticks(at: now) &+ 0x80_0000) & ~0x7F_FFFF
  }

  private func writeControl(_ value: UInt16) {
    state.pm1Control = value & ~PM1.sleepEnable
    if value & PM1.sleepEnable != 0 { enterSleep(UInt8(value >> 10 & 7)) }
  }

  private func sciLevel(status: UInt16) -> Bool {
    status & state.pm1Enable & PM1.sources != 0 || state.gpe.isActive
  }

  private func updateSCI(now: Int64) {
    let status = pm1Status(now: now)
    setSCI(sciLevel(status: status))
    let isWanted = state.pm1Enable & PM1.timer != 0 && status & PM1.timer == 0
    state.timer = isWanted ? TimerExpiry(Self.time(ofTick: state.overflowTime)) : .none
  }

  /// The next time at which `runTimers` has work, or nil.
  public var nextDeadline: Int64? { state.timer.isArmed ? state.timer.expiry : nil }

  /// Raises the timer's interrupt if it is due.
  public func runTimers(now: Int64) {
    guard state.timer.isArmed, state.timer.expiry <= now else { return }
    state.timer = .none
    updateSCI(now: now)
  }

  /// The power button is pressed.
  public func pressPowerButton(now: Int64) {
    state.pm1Status |= PM1.powerButton
    updateSCI(now: now)
  }

  // MARK: APM

  /// Reads port B2 (0) or B3 (1).
  public func readAPM(_ offset: Int) -> UInt8 {
    offset & 1 == 0 ? state.apm.command : state.apm.status
  }

  /// Writes port B2 (0) or B3 (1). The commands F1 and F0 switch ACPI on and off; others
  /// raise an SMI if that is enabled.
  public func writeAPM(_ offset: Int, _ value: UInt8) {
    guard offset & 1 == 0 else {
      state.apm.status = value
      return
    }
    state.apm.command = value
    switch value {
    case 0xF1: state.pm1Control |= PM1.sciEnable
    case 0xF0: state.pm1Control &= ~PM1.sciEnable
    default:
      let gate = state.pci.config.read(at: PIIX4PowerState.Register.apmSMI, count: 1)
      if gate & 2 != 0 { raiseSMI() }
    }
  }

  // MARK: General purpose events

  /// Reads the event block: status 0 and 1, enable 2 and 3.
  public func readGPE(_ offset: Int) -> UInt8 {
    switch offset {
    case 0: UInt8(state.gpe.status & 0xFF)
    case 1: UInt8(state.gpe.status >> 8)
    case 2: UInt8(state.gpe.enable & 0xFF)
    case 3: UInt8(state.gpe.enable >> 8)
    default: 0
    }
  }

  /// Writes the event block: ones clear status bits.
  public func writeGPE(_ offset: Int, _ value: UInt8, now: Int64) {
    let wide = UInt16(value)
    switch offset {
    case 0: state.gpe.status &= ~wide
    case 1: state.gpe.status &= ~(wide << 8)
    case 2: state.gpe.enable = state.gpe.enable & 0xFF00 | wide
    case 3: state.gpe.enable = state.gpe.enable & 0x00FF | wide << 8
    default: return
    }
    updateSCI(now: now)
  }

  /// An event happens.
  ///
  /// - Parameter number: 0 to 15.
  public func raiseGPE(_ number: Int, now: Int64) {
    guard (0..<16).contains(number) else { return }
    state.gpe.status |= 1 << UInt16(number)
    updateSCI(now: now)
  }
}
