import VMState

/// A serial port with a 16550A, eight I/O ports wide.
///
/// Times are nanoseconds of the virtual clock, handed in by the caller. The owner calls
/// `runTimers` when `nextDeadline` has come.
///
/// QEMU: hw/char/serial.c and hw/char/serial-isa.c.
public final class ISASerial {
  /// The registers.
  public var state = ISASerialState()
  /// Drives the interrupt line.
  public var setIRQ: (Bool) -> Void = { _ in }
  /// The other end, or nil when nothing is plugged in: bytes vanish.
  public var backend: (any SerialBackend)? {
    didSet { state.uart.pollMSL = backend?.modemLines == nil ? -1 : 0 }
  }

  /// A port after a reset.
  public init(backend: (any SerialBackend)? = nil) {
    self.backend = backend
    reset(now: 0)
  }

  /// Resets the chip.
  public func reset(now: Int64) {
    state = ISASerialState()
    setIRQ(false)
    if backend?.modemLines != nil {
      state.uart.pollMSL = 0
      updateModemStatus(now: now)
      state.uart.msr &= ~SerialBit.anyDelta
    }
  }

  /// Brings the cause register and the interrupt line up to date.
  func updateIRQ() {
    let cause = state.uart.cause
    state.uart.iir = cause | (state.uart.iir & 0xF0)
    setIRQ(cause != SerialCause.none)
  }

  /// Reads a register.
  ///
  /// - Parameter offset: 0 to 7; higher bits are ignored.
  public func read(_ offset: Int, now: Int64) -> UInt8 {
    let isLatch = state.uart.lcr & SerialBit.divisorLatch != 0
    switch offset & 7 {
    case 0: return isLatch ? UInt8(state.uart.divider & 0xFF) : readReceiver(now: now)
    case 1: return isLatch ? UInt8(state.uart.divider >> 8) : state.uart.ier
    case 2: return readIdentification()
    case 3: return state.uart.lcr
    case 4: return state.uart.mcr
    case 5: return readLineStatus()
    case 6: return readModemStatus(now: now)
    default: return state.uart.scr
    }
  }

  private func readIdentification() -> UInt8 {
    let value = state.uart.iir
    if value & SerialCause.mask == SerialCause.transmit {
      state.uart.thrIPending = 0
      updateIRQ()
    }
    return value
  }

  private func readLineStatus() -> UInt8 {
    let value = state.uart.lsr
    if value & (SerialBit.breakReceived | SerialBit.overrun) != 0 {
      state.uart.lsr &= ~(SerialBit.breakReceived | SerialBit.overrun)
      updateIRQ()
    }
    return value
  }

  /// Writes a register.
  ///
  /// - Parameter offset: 0 to 7; higher bits are ignored.
  public func write(_ offset: Int, _ value: UInt8, now: Int64) {
    let isLatch = state.uart.lcr & SerialBit.divisorLatch != 0
    switch offset & 7 {
    case 0:
      if isLatch {
        setDivider(state.uart.divider & 0xFF00 | UInt16(value))
      } else {
        writeTransmitter(value, now: now)
      }
    case 1:
      if isLatch {
        setDivider(state.uart.divider & 0x00FF | UInt16(value) << 8)
      } else {
        writeInterruptEnable(value, now: now)
      }
    case 2: writeFIFOControl(value)
    case 3: writeLineControl(value)
    case 4: writeModemControl(value, now: now)
    case 7: state.uart.scr = value
    default: break  // line and modem status are read-only
    }
  }

  private func setDivider(_ value: UInt16) {
    state.uart.divider = value
    announceFormat()
  }

  private func writeInterruptEnable(_ value: UInt8, now: Int64) {
    let changed = (state.uart.ier ^ value) & 0x0F
    state.uart.ier = value & 0x0F
    if changed & SerialBit.enableModemStatus != 0 { changeModemPolling(now: now) }
    if changed & SerialBit.enableTransmit != 0 {
      let isEmpty = state.uart.lsr & SerialBit.holdingEmpty != 0
      state.uart.thrIPending = value & SerialBit.enableTransmit != 0 && isEmpty ? 1 : 0
    }
    if changed != 0 { updateIRQ() }
  }

  private func writeFIFOControl(_ written: UInt8) {
    var value = written
    if (value ^ state.uart.fcr) & SerialBit.fifoEnable != 0 {
      value |= SerialBit.clearReceive | SerialBit.clearTransmit
    }
    if value & SerialBit.clearReceive != 0 { clearReceiver() }
    if value & SerialBit.clearTransmit != 0 { clearTransmitter() }
    state.uart.setFCR(value)
    updateIRQ()
  }

  private func writeLineControl(_ value: UInt8) {
    let changed = state.uart.lcr ^ value
    state.uart.lcr = value
    announceFormat()
    if changed & SerialBit.lineBreak != 0 {
      backend?.setBreak(value & SerialBit.lineBreak != 0)
    }
  }

  /// Tells the other end the line's format; a divisor of 0 stops the clock.
  private func announceFormat() {
    guard state.uart.divider != 0 else { return }
    let lcr = state.uart.lcr
    backend?.setFormat(
      SerialLineFormat(
        speed: max(1, SerialState.baudBase / Int(state.uart.divider)),
        dataBits: Int(lcr & 3) + 5, stopBits: lcr & 0x04 != 0 ? 2 : 1,
        parity: lcr & 0x08 == 0 ? .none : lcr & 0x10 != 0 ? .even : .odd))
  }

  /// After a load: format, break and interrupt line follow the loaded registers.
  public func afterLoad() {
    announceFormat()
    backend?.setBreak(state.uart.lcr & SerialBit.lineBreak != 0)
    setIRQ(state.uart.iir & SerialCause.none == 0)
  }
}
