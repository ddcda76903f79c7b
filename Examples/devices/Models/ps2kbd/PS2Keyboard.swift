/// A PS/2 keyboard with the scan code sets 1, 2 and 3.
///
/// Bytes from the host come by `write`, bytes for the host go by `read`; `setIRQ` tells the
/// controller whether there are any. QEMU: hw/input/ps2.c.
public final class PS2Keyboard {
  /// The registers.
  public var state = PS2KeyboardState()
  /// Tells the controller that bytes wait, or that one was taken.
  public var setIRQ: (Bool) -> Void = { _ in }
  /// Shows the lamps.
  public var setLEDs: (PS2KeyboardLEDs) -> Void = { _ in }

  /// A keyboard after power-on.
  public init() {}

  /// Power-on reset.
  public func reset() {
    state = PS2KeyboardState()
    setIRQ(false)
  }

  /// Takes the next byte for the host.
  public func read() -> UInt8 {
    let hadData = state.common.queue.count > 0
    let byte = state.common.queue.next()
    if hadData {
      setIRQ(false)
      if state.common.queue.count > 0 { setIRQ(true) }
    }
    return byte
  }

  /// Adds a byte of the keyboard's own, as the controller's command D2 does.
  public func queue(_ byte: UInt8) {
    guard state.common.queue.room > 0 else { return }
    state.common.queue.append(byte)
    setIRQ(true)
  }

  private func reply(_ bytes: UInt8...) {
    state.common.queue.reply(bytes)
    setIRQ(true)
  }

  /// Selects whether codes are translated to set 1 for the host (bit 6 of the controller's
  /// command byte).
  public func setTranslation(_ isOn: Bool) { state.translate = isOn ? 1 : 0 }

  /// A key goes down or up.
  public func keyEvent(_ key: PS2Key, isDown: Bool) {
    guard state.scanEnabled != 0 else { return }
    let codes = key.codes(
      set: state.translate != 0 ? 2 : Int(state.scancodeSet), isDown: isDown)
    guard state.common.queue.room >= Int32(codes.count) else { return }
    for code in codes { put(code) }
  }

  /// One byte of a code, through the translator if it is on.
  private func put(_ code: UInt8) {
    guard state.translate != 0 else { return queue(code) }
    if code == PS2Key.releasePrefix {
      state.needsHighBit = true
      return
    }
    queue(PS2Key.translated(code) | (state.needsHighBit ? 0x80 : 0))
    state.needsHighBit = false
  }

  /// A byte from the host: a command, or the parameter of the last one.
  public func write(_ byte: UInt8) {
    state.common.queue.dropReply()
    switch state.common.writeCommand {
    case Command.scancodeSet: selectScancodeSet(byte)
    case Command.setLEDs:
      state.ledState = Int32(byte)
      setLEDs(PS2KeyboardLEDs(rawValue: byte & 7))
      finishParameter(Answer.acknowledge)
    case Command.setRate, Command.setMakeBreak: finishParameter(Answer.acknowledge)
    default: command(byte)
    }
  }

  private func finishParameter(_ answer: UInt8) {
    state.common.writeCommand = -1
    reply(answer)
  }

  private func selectScancodeSet(_ byte: UInt8) {
    state.common.writeCommand = -1
    switch byte {
    case 0:
      let set = UInt8(truncatingIfNeeded: state.scancodeSet)
      reply(Answer.acknowledge, state.translate != 0 ? PS2Key.translated(set) : set)
    case 1...3:
      state.scancodeSet = Int32(byte)
      reply(Answer.acknowledge)
    default: reply(Answer.resend)
    }
  }

  private func command(_ byte: UInt8) {
    switch Int32(byte) {
    case Command.echo: reply(byte)
    case Command.identify:
      reply(Answer.acknowledge, 0xAB, state.translate != 0 ? 0x41 : 0x83)
    case Command.scancodeSet, Command.setLEDs, Command.setRate, Command.setMakeBreak:
      state.common.writeCommand = Int32(byte)
      reply(Answer.acknowledge)
    case Command.enable:
      state.scanEnabled = 1
      reply(Answer.acknowledge)
    case Command.disable: restoreDefaults(scanning: false)
    case Command.defaults: restoreDefaults(scanning: true)
    case Command.reset:
      clear()
      reply(Answer.acknowledge, Answer.selfTestPassed)
    case 0x00, Command.allTypematic: reply(Answer.acknowledge)
    default: reply(Answer.resend)
    }
  }

  private func clear() {
    state.scanEnabled = 1
    state.scancodeSet = 2
    state.common.queue.reset()
    state.ledState = 0
    setLEDs([])
  }

  private func restoreDefaults(scanning: Bool) {
    clear()
    state.scanEnabled = scanning ? 1 : 0
    reply(Answer.acknowledge)
  }

  /// After a load: the lamps show the loaded state.
  public func afterLoad() {
    setLEDs(PS2KeyboardLEDs(rawValue: UInt8(truncatingIfNeeded: state.ledState) & 7))
  }
}

extension PS2Keyboard {
  /// Commands from the host; Int32 because the waiting one travels as such.
  private enum Command {
    static let setLEDs: Int32 = 0xED
    static let echo: Int32 = 0xEE
    static let scancodeSet: Int32 = 0xF0
    static let identify: Int32 = 0xF2
    static let setRate: Int32 = 0xF3
    static let enable: Int32 = 0xF4
    static let disable: Int32 = 0xF5
    static let defaults: Int32 = 0xF6
    static let allTypematic: Int32 = 0xF7
    static let setMakeBreak: Int32 = 0xFC
    static let reset: Int32 = 0xFF
  }

  private enum Answer {
    static let selfTestPassed: UInt8 = 0xAA
    static let acknowledge: UInt8 = 0xFA
    static let resend: UInt8 = 0xFE
  }
}
