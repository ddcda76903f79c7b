import VMState

// MARK: - Transmitting

extension ISASerial {
  func writeTransmitter(_ value: UInt8, now: Int64) {
    state.uart.thr = value
    if state.uart.usesFIFO {
      // A byte too many pushes the oldest one out.
      if state.uart.transmitFIFO.isFull { _ = state.uart.transmitFIFO.pop() }
      state.uart.transmitFIFO.push(value)
    }
    state.uart.thrIPending = 0
    state.uart.lsr &= ~(SerialBit.holdingEmpty | SerialBit.transmitterEmpty)
    updateIRQ()
    if state.uart.tsrRetry == 0 { transmit(now: now) }
  }

  func clearTransmitter() {
    state.uart.lsr |= SerialBit.holdingEmpty
    state.uart.thrIPending = 1
    state.uart.transmitFIFO.reset()
  }

  /// Tries again to send what the other end could not take.
  public func resumeTransmit(now: Int64) {
    if state.uart.tsrRetry > 0 { transmit(now: now) }
  }

  /// Sends until the holding register or FIFO is empty, or the other end is busy.
  private func transmit(now: Int64) {
    repeat {
      if state.uart.tsrRetry == 0 { loadShiftRegister() }
      guard sendShiftRegister(now: now) else { return }
      state.uart.tsrRetry = 0
    } while state.uart.lsr & SerialBit.holdingEmpty == 0
    state.uart.lsr |= SerialBit.transmitterEmpty
  }

  private func loadShiftRegister() {
    if state.uart.usesFIFO {
      state.uart.tsr = state.uart.transmitFIFO.pop() ?? state.uart.thr
      if state.uart.transmitFIFO.isEmpty { state.uart.lsr |= SerialBit.holdingEmpty }
    } else {
      state.uart.tsr = state.uart.thr
      state.uart.lsr |= SerialBit.holdingEmpty
    }
    if state.uart.lsr & SerialBit.holdingEmpty != 0, state.uart.thrIPending == 0 {
      state.uart.thrIPending = 1
      updateIRQ()
    }
  }

  /// One attempt; a byte that was refused four times is dropped.
  private func sendShiftRegister(now: Int64) -> Bool {
    if state.uart.mcr & SerialBit.loopback != 0 {
      takeIn(state.uart.tsr, now: now)
      return true
    }
    guard let backend, !backend.transmit(state.uart.tsr) else { return true }
    if state.uart.tsrRetry >= SerialState.maximumRetries { return true }
    state.uart.tsrRetry += 1
    return false
  }
}

// MARK: - Receiving

extension ISASerial {
  /// Bytes the port can take now.
  public var receiveCapacity: Int {
    guard state.uart.usesFIFO else {
      return state.uart.lsr & SerialBit.dataReady == 0 ? 1 : 0
    }
    let held = state.uart.receiveFIFO.count
    if held >= UInt32(Fifo8.capacity) { return 0 }
    let trigger = state.uart.receiveTrigger
    return held < trigger ? Int(trigger - held) : 1
  }

  /// A byte arrives from the other end. In loopback mode the line is cut off.
  public func receive(_ byte: UInt8, now: Int64) {
    guard state.uart.mcr & SerialBit.loopback == 0 else { return }
    takeIn(byte, now: now)
  }

  /// A break arrives: a zero byte with the break bit.
  public func receiveBreak() {
    state.uart.rbr = 0
    putReceived(0)
    state.uart.lsr |= SerialBit.breakReceived | SerialBit.dataReady
    updateIRQ()
  }

  /// Byte into the FIFO or buffer.
  private func takeIn(_ byte: UInt8, now: Int64) {
    if state.uart.usesFIFO {
      putReceived(byte)
      armTimeout(now: now)
    } else {
      if state.uart.lsr & SerialBit.dataReady != 0 { state.uart.lsr |= SerialBit.overrun }
      state.uart.rbr = byte
    }
    state.uart.lsr |= SerialBit.dataReady
    updateIRQ()
  }

  /// What comes when the FIFO is full is lost.
  private func putReceived(_ byte: UInt8) {
    if !state.uart.receiveFIFO.push(byte) { state.uart.lsr |= SerialBit.overrun }
  }

  private func armTimeout(now: Int64) {
    state.uart.fifoTimeoutTimer = TimerExpiry(now &+ 4 * state.uart.characterTime)
  }

  func readReceiver(now: Int64) -> UInt8 {
    let value: UInt8
    if state.uart.usesFIFO {
      value = state.uart.receiveFIFO.pop() ?? 0
      if state.uart.receiveFIFO.isEmpty {
        state.uart.lsr &= ~(SerialBit.dataReady | SerialBit.breakReceived)
      } else {
        armTimeout(now: now)
      }
      state.uart.timeoutIPending = 0
    } else {
      value = state.uart.rbr
      state.uart.lsr &= ~(SerialBit.dataReady | SerialBit.breakReceived)
    }
    updateIRQ()
    if state.uart.mcr & SerialBit.loopback == 0 { backend?.acceptInput() }
    return value
  }

  func clearReceiver() {
    state.uart.lsr &= ~(SerialBit.dataReady | SerialBit.breakReceived)
    state.uart.fifoTimeoutTimer = .none
    state.uart.timeoutIPending = 0
    state.uart.receiveFIFO.reset()
  }
}
