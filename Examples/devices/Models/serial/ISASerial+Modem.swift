import VMState

extension ISASerial {
  /// Nanoseconds between two looks at the modem lines.
  private static let pollInterval: Int64 = 10_000_000

  func readModemStatus(now: Int64) -> UInt8 {
    let mcr = state.uart.mcr
    if mcr & SerialBit.loopback != 0 {
      // Outputs come back as inputs: OUT1 and OUT2 as RI and DCD, RTS as CTS, DTR as DSR.
      return (mcr & 0x0C) << 4 | (mcr & 0x02) << 3 | (mcr & 0x01) << 5
    }
    if state.uart.pollMSL >= 0 { updateModemStatus(now: now) }
    let value = state.uart.msr
    if value & SerialBit.anyDelta != 0 {
      state.uart.msr &= 0xF0
      updateIRQ()
    }
    return value
  }

  func writeModemControl(_ value: UInt8, now: Int64) {
    let old = state.uart.mcr
    state.uart.mcr = value & 0x1F
    if value & SerialBit.loopback != 0 { return }
    guard state.uart.pollMSL >= 0, old != state.uart.mcr else { return }
    backend?.setModemOutputs(
      requestToSend: value & SerialBit.requestToSend != 0,
      dataTerminalReady: value & SerialBit.dataTerminalReady != 0)
    // The other end may answer; one character time later we look.
    state.uart.modemStatusPoll = TimerExpiry(now &+ state.uart.characterTime)
  }

  /// The modem status interrupt was switched: its lines are polled while it is on.
  func changeModemPolling(now: Int64) {
    guard state.uart.pollMSL >= 0 else { return }
    if state.uart.ier & SerialBit.enableModemStatus != 0 {
      state.uart.pollMSL = 1
      updateModemStatus(now: now)
    } else {
      state.uart.modemStatusPoll = .none
      state.uart.pollMSL = 0
    }
  }

  /// Looks at the lines, sets the change bits and the next look.
  func updateModemStatus(now: Int64) {
    state.uart.modemStatusPoll = .none
    guard let lines = backend?.modemLines else {
      state.uart.pollMSL = -1
      return
    }
    let old = state.uart.msr
    var new = old & 0x0F | lines.rawValue & 0xF0
    if new != old {
      new |= (new ^ old) >> 4
      // The ring bit counts on its trailing edge only.
      if old & SerialBit.ring == 0 { new &= ~SerialBit.trailingRing }
      state.uart.msr = new
      updateIRQ()
    }
    if state.uart.pollMSL > 0 {
      state.uart.modemStatusPoll = TimerExpiry(now &+ Self.pollInterval)
    }
  }

  /// The next time at which `runTimers` has work, or nil.
  public var nextDeadline: Int64? {
    [state.uart.fifoTimeoutTimer, state.uart.modemStatusPoll]
      .filter(\.isArmed).map(\.expiry).min()
  }

  /// Fires the timers that are due.
  public func runTimers(now: Int64) {
    if state.uart.fifoTimeoutTimer.isArmed, state.uart.fifoTimeoutTimer.expiry <= now {
      state.uart.fifoTimeoutTimer = .none
      if !state.uart.receiveFIFO.isEmpty {
        state.uart.timeoutIPending = 1
        updateIRQ()
      }
    }
    if state.uart.modemStatusPoll.isArmed, state.uart.modemStatusPoll.expiry <= now {
      updateModemStatus(now: now)
    }
  }
}
