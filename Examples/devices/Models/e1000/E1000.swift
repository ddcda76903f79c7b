import VMState

/// An Intel 82540EM gigabit Ethernet controller.
///
/// Times are nanoseconds of the virtual clock, handed in by the caller. The owner calls
/// `runTimers` when `nextDeadline` has come. QEMU: hw/net/e1000.c.
public final class E1000 {
  typealias Reg = E1000Register

  /// The registers.
  public var state = E1000State()
  /// Guest memory, where the rings and buffers are.
  public var memory: (any DMAMemory)?
  /// Drives the interrupt pin.
  public var setIRQ: (Bool) -> Void = { _ in }
  /// Takes a frame, without its check sequence.
  public var send: ([UInt8]) -> Void = { _ in }
  /// The cable is out.
  public private(set) var isLinkDown = false

  /// When a held back interrupt is raised.
  public internal(set) var mitigationTimer = TimerExpiry.none
  /// When link negotiation is done.
  public internal(set) var negotiationTimer = TimerExpiry.none
  /// The guest asked to delay the transmit interrupt.
  var delaysTransmitInterrupt = false
  /// The latest time handed in.
  var lastTime: Int64 = 0

  /// A controller after power-on.
  ///
  /// - Parameter address: The six bytes of its MAC address.
  public init(address: [UInt8]) {
    precondition(address.count == 6, "a MAC address has six bytes")
    state.eepromData = Self.eeprom(address: address)
    reset()
  }

  /// Resets everything but the EEPROM and the configuration space.
  public func reset() {
    mitigationTimer = .none
    negotiationTimer = .none
    delaysTransmitInterrupt = false
    state.interruptLevel = false
    state.transmit = E1000TransmitState()
    state.receiveLowShift = 1
    resetPHY()
    for index in state.mac.indices { state.mac[index] = 0 }
    state.mac[Reg.pba] = 0x0010_0030
    state.mac[Reg.ledctl] = 0x602
    state.mac[Reg.ctrl] = 0x0014_0240
    state.mac[Reg.status] = 0x8008_0783
    state.mac[Reg.manc] = 0x0022_2300
    state.mac[Reg.vet] = 0x8100
    let words = state.eepromData
    state.mac[Reg.ra] = UInt32(words[0]) | UInt32(words[1]) << 16
    state.mac[Reg.ra + 1] = UInt32(words[2]) | 0x8000_0000
    if isLinkDown { dropLink() }
    driveIRQ(false)
  }

  /// Plugs or pulls the cable.
  public func setLink(isUp: Bool, now: Int64) {
    lastTime = now
    isLinkDown = !isUp
    let before = state.mac[Reg.status]
    if !isUp {
      dropLink()
    } else if negotiates, state.phy[1] & 0x20 == 0 {
      startNegotiation()
    } else {
      raiseLink()
    }
    if state.mac[Reg.status] != before { addCause(E1000Cause.linkChange) }
  }

  /// Reads the configuration space.
  public func readConfig(_ offset: Int, count: Int) -> UInt32 {
    state.pci.config.read(at: offset, count: count)
  }

  /// Writes the configuration space.
  public func writeConfig(_ offset: Int, _ value: UInt32, count: Int) {
    state.pci.config.write(value, at: offset, count: count)
    setIRQ(state.pci.interruptLevel)
  }

  func driveIRQ(_ level: Bool) { setIRQ(state.pci.setInterrupt(level)) }

  /// Before a save: a negotiation without a cable counts as done, so that the destination
  /// can tell.
  public func beforeSave() {
    if isLinkDown, negotiates { state.phy[1] |= 0x20 }
  }

  /// After a load: the link follows the status register, a negotiation that was going on
  /// starts again, and the interrupt line is looked at anew.
  public func afterLoad() {
    delaysTransmitInterrupt = false
    mitigationTimer = TimerExpiry(lastTime &+ 1)
    negotiationTimer = .none
    isLinkDown = state.mac[Reg.status] & 2 == 0
    if negotiates, state.phy[1] & 0x20 == 0 {
      isLinkDown = false
      negotiationTimer = TimerExpiry(lastTime &+ Self.negotiationTime)
    }
    setIRQ(state.pci.interruptLevel)
  }

  /// The next time at which `runTimers` has work, or nil.
  public var nextDeadline: Int64? {
    [mitigationTimer, negotiationTimer].filter(\.isArmed).map(\.expiry).min()
  }

  /// Fires the timers that are due.
  public func runTimers(now: Int64) {
    lastTime = now
    if mitigationTimer.isArmed, mitigationTimer.expiry <= now {
      mitigationTimer = .none
      setCause(state.mac[Reg.icr])
    }
    if negotiationTimer.isArmed, negotiationTimer.expiry <= now {
      negotiationTimer = .none
      if !isLinkDown {
        finishNegotiation()
        addCause(E1000Cause.linkChange)
      }
    }
  }
}

// MARK: - Interrupts

extension E1000 {
  /// Adds causes and looks at the line.
  func addCause(_ bits: UInt32) { setCause(state.mac[Reg.icr] | bits) }

  /// Sets the causes; a rising edge is held back while the mitigation timer runs.
  func setCause(_ bits: UInt32) {
    state.mac[Reg.icr] = bits
    state.mac[Reg.ics] = bits
    let pending = bits & state.mac[Reg.ims]
    if !state.interruptLevel, pending != 0 {
      if mitigationTimer.isArmed { return }
      if state.features.contains(.mitigation) { startMitigation(pending) }
    }
    state.interruptLevel = pending != 0
    driveIRQ(state.interruptLevel)
  }

  /// The shortest of the delays that apply, in units of 256 ns, at least 500 of them.
  private func startMitigation(_ pending: UInt32) {
    var delays: [UInt32] = [state.mac[Reg.itr]]
    if delaysTransmitInterrupt,
      pending & (E1000Cause.transmitDone | E1000Cause.transmitEmpty) != 0
    {
      delays.append(state.mac[Reg.tadv] &* 4)
    }
    if state.mac[Reg.rdtr] != 0, pending & E1000Cause.received != 0 {
      delays.append(state.mac[Reg.radv] &* 4)
    }
    let delay = max(500, delays.filter { $0 != 0 }.min() ?? 0)
    mitigationTimer = TimerExpiry(lastTime &+ Int64(delay) * 256)
    delaysTransmitInterrupt = false
  }
}
