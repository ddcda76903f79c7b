import VMState

extension DeviceDraw {
  /// The identification's FIFO bits follow the FIFO control; a byte that is to be retried
  /// means a transmitter that is not empty, at most four times.
  mutating func draw(_ state: inout SerialState) {
    state = SerialState()
    state.divider = any()
    state.rbr = any()
    state.ier = any()
    state.iir = any()
    state.lcr = any()
    state.mcr = any()
    state.lsr = any()
    state.msr = any()
    state.scr = any()
    state.setFCR(any())
    drawTransmitter(&state)
    if flag() { state.receiveFIFO = fifo() }
    if flag() { state.transmitFIFO = fifo() }
    state.fifoTimeoutTimer = timer()
    state.timeoutIPending = flag() ? 0 : any()
    if flag() {
      state.pollMSL = any(in: 0...1)
      state.modemStatusPoll = timer()
    }
  }

  private mutating func drawTransmitter(_ state: inout SerialState) {
    state.thrIPending = bit()
    // It travels only while the interrupt is enabled and it is not what the cause says.
    if state.ier & SerialBit.enableTransmit == 0 {
      state.thrIPending = state.iir & SerialCause.mask == SerialCause.transmit ? 1 : 0
    }
    if flag() {
      state.lsr |= SerialBit.transmitterEmpty
    } else {
      state.lsr &= ~SerialBit.transmitterEmpty
      state.tsrRetry = any(in: 1...SerialState.maximumRetries)
      state.thr = any()
      state.tsr = any()
    }
  }

  private mutating func fifo() -> Fifo8 {
    var fifo = Fifo8()
    fill(&fifo.data)
    fifo.head = any(in: 0...15)
    fifo.count = any(in: 1...16)
    return fifo
  }

  /// Pending bits in use only; no throttle timer, which QEMU would let run out at the load.
  mutating func draw(_ state: inout KeyboardControllerState) {
    state.writeCommand = any()
    state.status = any()
    state.mode = any()
    state.outputPort = flag() ? state.defaultOutputPort : any()
    state.throttleTimer = .none
    if state.usesExtendedState {
      state.pending = any() & KeyboardControllerBit.pendingMask
      state.bufferSource = any()
      state.bufferData = any()
      state.controllerData = any()
    } else {
      state.pending =
        any() & (KeyboardControllerBit.pendingKeyboard | KeyboardControllerBit.pendingMouse)
    }
  }

  /// Any registers, and a queue whose indexes belong together.
  mutating func draw(_ state: inout PS2KeyboardState) {
    draw(&state.common, mayReply: true)
    state.scanEnabled = any()
    state.translate = any()
    state.scancodeSet = any()
    state.ledState = flag() ? 0 : any()
    state.needsHighBit = flag()
  }

  /// Any registers, and a queue whose indexes belong together.
  mutating func draw(_ state: inout PS2MouseState) {
    draw(&state.common, mayReply: false)
    state.status = any()
    state.resolution = any()
    state.sampleRate = any()
    state.wrap = any()
    state.type = any()
    state.detectState = any()
    state.dx = any()
    state.dy = any()
    state.dz = any()
    state.buttons = any()
  }

  private mutating func draw(_ state: inout PS2CommonState, mayReply: Bool) {
    state.writeCommand = any()
    fill(&state.queue.data)
    state.queue.readIndex = any(in: 0...255)
    state.queue.count = any(in: 0...16)
    state.queue.replyEnd = mayReply && flag() ? any(in: 0...255) : -1
    state.queue.sanitize()
  }
}
