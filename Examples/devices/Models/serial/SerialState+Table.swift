import VMState
import VMStateDSL

extension Fifo8 {
  /// QEMU: `vmstate_fifo8`, util/fifo8.c.
  public static let vmstate = VMStateDescription<Fifo8>("Fifo8", version: 1, minimum: 1) {
    Buffer("data", \.data).since(1)
    Field("head", \.head)
    Field("num", \.count)
  }
  .postLoad { fifo, _ in
    guard fifo.isConsistent else {
      throw VMStateError(
        .valueOutOfRange, "a ring of 16 bytes with impossible indexes",
        expected: "a head below 16 and at most 16 bytes",
        found: "head \(fifo.head), \(fifo.count) bytes")
    }
  }
}

extension ISASerialState {
  /// QEMU: `vmstate_isa_serial`, hw/char/serial-isa.c.
  public static let vmstate = VMStateDescription<ISASerialState>(
    "serial", version: 3, minimum: 2
  ) {
    Struct("state", \.uart, SerialState.vmstate)
  }
}

extension SerialState {
  /// QEMU: `vmstate_serial`, hw/char/serial.c.
  public static let vmstate = VMStateDescription<SerialState>("serial", version: 3, minimum: 2) {
    Field("divider", \.divider).since(2)
    Field("rbr", \.rbr)
    Field("ier", \.ier)
    Field("iir", \.iir)
    Field("lcr", \.lcr)
    Field("mcr", \.mcr)
    Field("lsr", \.lsr)
    Field("msr", \.msr)
    Field("scr", \.scr)
    Field("fcr_vmstate", \.fcr).since(3)
  }
  .subsection(
    "serial/thr_ipending", version: 1, minimum: 1,
    needed: { $0.thrIPending != $0.impliedTHRIPending && $0.ier & SerialBit.enableTransmit != 0 }
  ) {
    Field("thr_ipending", \.thrIPending)
  }
  .subsection("serial/tsr", version: 1, minimum: 1, needed: { $0.tsrRetry != 0 }) {
    Field("tsr_retry", \.tsrRetry)
    Field("thr", \.thr)
    Field("tsr", \.tsr)
  }
  .subsection(
    "serial/recv_fifo", version: 1, minimum: 1, needed: { !$0.receiveFIFO.isEmpty }
  ) {
    Struct("recv_fifo", \.receiveFIFO, Fifo8.vmstate).since(1)
  }
  .subsection(
    "serial/xmit_fifo", version: 1, minimum: 1, needed: { !$0.transmitFIFO.isEmpty }
  ) {
    Struct("xmit_fifo", \.transmitFIFO, Fifo8.vmstate).since(1)
  }
  .subsection(
    "serial/fifo_timeout_timer", version: 1, minimum: 1, needed: { $0.fifoTimeoutTimer.isArmed }
  ) {
    Field("fifo_timeout_timer", \.fifoTimeoutTimer)
  }
  .subsection(
    "serial/timeout_ipending", version: 1, minimum: 1, needed: { $0.timeoutIPending != 0 }
  ) {
    Field("timeout_ipending", \.timeoutIPending)
  }
  .subsection("serial/poll", version: 1, minimum: 1, needed: { $0.pollMSL >= 0 }) {
    Field("poll_msl", \.pollMSL)
    Field("modem_status_poll", \.modemStatusPoll)
  }
  .preLoad { state, _ in state.presetOptionalState() }
  .postLoad { state, context in try state.settle(version: context.version) }
}

extension SerialState {
  /// What the interrupt identification says about the transmit interrupt.
  fileprivate var impliedTHRIPending: Int32 {
    iir & SerialCause.mask == SerialCause.transmit ? 1 : 0
  }

  /// Values for the subsections that may be missing.
  fileprivate mutating func presetOptionalState() {
    let fresh = SerialState()
    thrIPending = -1
    pollMSL = -1
    tsrRetry = fresh.tsrRetry
    receiveFIFO = fresh.receiveFIFO
    transmitFIFO = fresh.transmitFIFO
    fifoTimeoutTimer = .none
    timeoutIPending = 0
    modemStatusPoll = .none
  }

  /// Derived values and checks after a load.
  fileprivate mutating func settle(version: Int) throws {
    if version < 3 { fcr = 0 }
    if thrIPending == -1 { thrIPending = impliedTHRIPending }
    let isEmpty = lsr & SerialBit.transmitterEmpty != 0
    guard isEmpty == (tsrRetry == 0) else {
      throw VMStateError(
        .valueOutOfRange, "the transmitter's status contradicts its retry count",
        expected: isEmpty ? "no retries while the transmitter is empty" : "a byte to be retried",
        found: "\(tsrRetry) retries")
    }
    tsrRetry = min(tsrRetry, Self.maximumRetries)
    setFCR(fcr)
  }
}
