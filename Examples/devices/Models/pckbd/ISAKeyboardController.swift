import VMState

/// The keyboard controller of a PC (8042) at the ports 60 and 64, with its keyboard and mouse.
///
/// QEMU: hw/input/pckbd.c.
public final class ISAKeyboardController {
  typealias Bit = KeyboardControllerBit

  /// The registers.
  public var state = ISAKeyboardControllerState()
  /// The keyboard, a device of its own in the stream.
  public let keyboard: PS2Keyboard
  /// The mouse, a device of its own in the stream.
  public let mouse: PS2Mouse

  /// Drives interrupt 1.
  public var setKeyboardIRQ: (Bool) -> Void = { _ in }
  /// Drives interrupt 12.
  public var setMouseIRQ: (Bool) -> Void = { _ in }
  /// Gates address line 20.
  public var setA20: (Bool) -> Void = { _ in }
  /// Resets the machine.
  public var requestReset: () -> Void = {}
  /// Keyboard bytes are shown a millisecond apart.
  public var throttlesKeyboard = false

  /// A controller after a reset, with its two devices.
  public init(keyboard: PS2Keyboard = PS2Keyboard(), mouse: PS2Mouse = PS2Mouse()) {
    self.keyboard = keyboard
    self.mouse = mouse
    keyboard.setIRQ = { [weak self] in self?.devicePending(Bit.pendingKeyboard, $0) }
    mouse.setIRQ = { [weak self] in self?.devicePending(Bit.pendingMouse, $0) }
  }

  /// Resets the controller; its devices have resets of their own.
  public func reset() {
    let usesExtendedState = state.controller.usesExtendedState
    state = ISAKeyboardControllerState()
    state.controller.usesExtendedState = usesExtendedState
    updateIRQLines()
  }

  private func devicePending(_ bit: UInt8, _ isPending: Bool) {
    if isPending {
      state.controller.pending |= bit
    } else {
      state.controller.pending &= ~bit
    }
    showPendingIfFree()
  }

  /// Drives both interrupt lines from status and command byte.
  private func updateIRQLines() {
    let (status, mode) = (state.controller.status, state.controller.mode)
    let isFull = status & Bit.bufferFull != 0
    let isMouse = status & Bit.mouseBufferFull != 0
    setKeyboardIRQ(
      isFull && !isMouse && mode & Bit.keyboardInterrupt != 0 && mode & Bit.disableKeyboard == 0)
    setMouseIRQ(isFull && isMouse && mode & Bit.mouseInterrupt != 0)
  }

  private func showPending() {
    state.controller.showPending()
    updateIRQLines()
  }

  /// Shows the next byte unless one waits already; taking that one shows the next.
  private func showPendingIfFree() {
    guard state.controller.status & Bit.bufferFull == 0, !state.controller.throttleTimer.isArmed,
      state.controller.visiblePending != 0
    else { return }
    showPending()
  }

  /// Reads port 64.
  public func readStatus() -> UInt8 { state.controller.status }

  /// Reads port 60: takes the waiting byte, or gives the last one again.
  public func readData(now: Int64) -> UInt8 {
    guard state.controller.status & Bit.bufferFull != 0 else { return state.controller.bufferData }
    state.controller.status &= ~(Bit.bufferFull | Bit.mouseBufferFull)
    state.controller.outputPort &= ~0x30
    updateIRQLines()
    if state.controller.bufferSource & Bit.sourceKeyboard != 0 {
      if throttlesKeyboard { state.controller.throttleTimer = TimerExpiry(now &+ 1_000_000) }
      state.controller.bufferData = keyboard.read()
    } else if state.controller.bufferSource & Bit.sourceMouse != 0 {
      state.controller.bufferData = mouse.read()
    } else if state.controller.bufferSource & Bit.sourceController != 0 {
      state.controller.bufferData = takeControllerByte()
    }
    return state.controller.bufferData
  }

  private func takeControllerByte() -> UInt8 {
    state.controller.pending &= ~(Bit.pendingControllerKeyboard | Bit.pendingControllerMouse)
    if state.controller.visiblePending != 0 { showPending() }
    return state.controller.controllerData
  }

  /// The controller itself answers.
  private func answer(_ byte: UInt8, asMouse: Bool = false) {
    guard state.controller.usesExtendedState else {
      if asMouse { mouse.queue(byte) } else { keyboard.queue(byte) }
      return
    }
    state.controller.controllerData = byte
    state.controller.pending &= ~(Bit.pendingControllerKeyboard | Bit.pendingControllerMouse)
    state.controller.pending |=
      asMouse ? Bit.pendingControllerMouse : Bit.pendingControllerKeyboard
    showPendingIfFree()
  }

  /// Writes port 64.
  public func writeCommand(_ byte: UInt8) {
    switch byte {
    case 0x20: answer(state.controller.mode)
    case 0x60, 0xD1, 0xD2, 0xD3, 0xD4: state.controller.writeCommand = byte
    case 0xA7: state.controller.mode |= Bit.disableMouse
    case 0xA8: enable(Bit.disableMouse)
    case 0xA9, 0xAB: answer(0x00)
    case 0xAA:
      state.controller.status |= Bit.systemFlag
      answer(0x55)
    case 0xAD: state.controller.mode |= Bit.disableKeyboard
    case 0xAE: enable(Bit.disableKeyboard)
    case 0xC0: answer(0x80)
    case 0xD0: answer(state.controller.outputPort)
    case 0xDD: switchA20(false)
    case 0xDF: switchA20(true)
    case 0xF0...0xFF: if byte & 1 == 0 { requestReset() }
    default: break
    }
  }

  private func enable(_ bit: UInt8) {
    state.controller.mode &= ~bit
    showPendingIfFree()
  }

  private func switchA20(_ isOn: Bool) {
    setA20(isOn)
    state.controller.outputPort =
      isOn ? state.controller.outputPort | Bit.a20 : state.controller.outputPort & ~Bit.a20
  }

  /// Writes port 60: a command's parameter, or a byte for the keyboard.
  public func writeData(_ byte: UInt8) {
    let command = state.controller.writeCommand
    switch command {
    case 0x00:
      keyboard.write(byte)
      enable(Bit.disableKeyboard)
    case 0x60: writeMode(byte)
    case 0xD1: writeOutputPort(byte)
    case 0xD2: answer(byte)
    case 0xD3: answer(byte, asMouse: true)
    case 0xD4:
      mouse.write(byte)
      enable(Bit.disableMouse)
    default: break
    }
    state.controller.writeCommand = 0
  }

  private func writeMode(_ byte: UInt8) {
    state.controller.mode = byte
    keyboard.setTranslation(byte & Bit.translate != 0)
    updateIRQLines()
    showPendingIfFree()
  }

  private func writeOutputPort(_ byte: UInt8) {
    state.controller.outputPort = byte
    setA20(byte & Bit.a20 != 0)
    if byte & 1 == 0 { requestReset() }
  }

  /// The next time at which `runTimers` has work, or nil.
  public var nextDeadline: Int64? {
    state.controller.throttleTimer.isArmed ? state.controller.throttleTimer.expiry : nil
  }

  /// Fires the throttle timer if it is due.
  public func runTimers(now: Int64) {
    guard state.controller.throttleTimer.isArmed, state.controller.throttleTimer.expiry <= now
    else { return }
    state.controller.throttleTimer = .none
    if state.controller.visiblePending != 0 { showPending() }
  }

  /// After a load: the interrupt lines follow the loaded registers.
  public func afterLoad() { updateIRQLines() }
}
