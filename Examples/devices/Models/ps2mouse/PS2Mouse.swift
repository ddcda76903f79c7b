/// A PS/2 mouse: standard, with a wheel (IntelliMouse), or with five buttons (Explorer).
///
/// QEMU: hw/input/ps2.c.
public final class PS2Mouse {
  /// The registers.
  public var state = PS2MouseState()
  /// Tells the controller that bytes wait, or that one was taken.
  public var setIRQ: (Bool) -> Void = { _ in }

  /// A mouse after power-on.
  public init() {}

  /// Power-on reset.
  public func reset() {
    state = PS2MouseState()
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

  /// Adds bytes for the host if all of them fit.
  public func queue(_ bytes: UInt8...) {
    guard state.common.queue.room >= Int32(bytes.count) else { return }
    for byte in bytes { state.common.queue.append(byte) }
    setIRQ(true)
  }

  /// A byte from the host: a command, or the parameter of the last one.
  public func write(_ byte: UInt8) {
    switch state.common.writeCommand {
    case Int32(Command.setSampleRate): takeSampleRate(byte)
    case Int32(Command.setResolution):
      state.resolution = byte
      finishParameter()
    default: if !wrapBack(byte) { command(byte) }
    }
  }

  private func finishParameter() {
    state.common.writeCommand = -1
    queue(Command.acknowledge)
  }

  /// In wrap mode everything but reset and the end of wrap mode comes back.
  private func wrapBack(_ byte: UInt8) -> Bool {
    guard state.wrap != 0, byte != Command.reset else { return false }
    if byte == Command.resetWrap {
      state.wrap = 0
      queue(Command.acknowledge)
    } else {
      queue(byte)
    }
    return true
  }

  /// The sequences 200, 100, 80 and 200, 200, 80 unlock the wheel and the five buttons.
  private func takeSampleRate(_ rate: UInt8) {
    state.sampleRate = rate
    switch (state.detectState, rate) {
    case (1, 100): state.detectState = 2
    case (1, 200): state.detectState = 3
    case (1, _): state.detectState = 0
    case (2, _), (3, _):
      if rate == 80 { state.type = state.detectState + 1 }
      state.detectState = 0
    case (_, 200): state.detectState = 1
    default: break
    }
    finishParameter()
  }

  private func command(_ byte: UInt8) {
    switch byte {
    case Command.getType: queue(Command.acknowledge, state.type)
    case Command.getStatus:
      queue(Command.acknowledge, state.status, state.resolution, state.sampleRate)
    case Command.poll:
      queue(Command.acknowledge)
      sendPacket()
    case Command.setResolution, Command.setSampleRate:
      state.common.writeCommand = Int32(byte)
      queue(Command.acknowledge)
    case Command.reset:
      restoreDefaults()
      state.type = 0
      state.common.queue.reset()
      queue(Command.acknowledge, 0xAA, state.type)
    default: if change(byte) { queue(Command.acknowledge) }
    }
  }

  /// Commands that only change the state.
  private func change(_ byte: UInt8) -> Bool {
    switch byte {
    case Command.scale1To1: state.status &= ~Status.scale2To1
    case Command.scale2To1: state.status |= Status.scale2To1
    case Command.streamMode: state.status &= ~Status.remote
    case Command.remoteMode: state.status |= Status.remote
    case Command.wrapMode: state.wrap = 1
    case Command.enable: state.status |= Status.enabled
    case Command.disable: state.status &= ~Status.enabled
    case Command.defaults: restoreDefaults()
    default: return false
    }
    return true
  }

  private func restoreDefaults() {
    state.sampleRate = 100
    state.resolution = 2
    state.status = 0
  }
}

extension PS2Mouse {
  /// Movement and buttons since the last call; reported at once in stream mode.
  ///
  /// - Parameters:
  ///   - dx: Counts to the right.
  ///   - dy: Counts upwards.
  ///   - dz: Wheel steps downwards.
  ///   - buttons: All buttons that are down now.
  public func moved(dx: Int32 = 0, dy: Int32 = 0, dz: Int32 = 0, buttons: PS2MouseButtons = []) {
    guard state.status & Status.enabled != 0 else { return }
    state.dx = state.dx.addingClamped(dx)
    state.dy = state.dy.addingClamped(dy)
    state.dz = state.dz.addingClamped(dz)
    state.buttons = buttons.rawValue & 0x1F
    guard state.status & Status.remote == 0 else { return }
    // Far movements take several packets.
    while sendPacket(), state.dx != 0 || state.dy != 0 || state.dz != 0 {}
  }

  /// Reports the movement so far, as much as a packet can say.
  ///
  /// - Returns: false if the queue has no room for it.
  @discardableResult
  private func sendPacket() -> Bool {
    guard state.common.queue.room >= (state.type == 0 ? 3 : 4) else { return false }
    let dx = min(max(state.dx, -127), 127)
    let dy = min(max(state.dy, -127), 127)
    var first = 0x08 | state.buttons & 0x07
    if dx < 0 { first |= 0x10 }
    if dy < 0 { first |= 0x20 }
    for byte in [first, UInt8(truncatingIfNeeded: dx), UInt8(truncatingIfNeeded: dy)] {
      state.common.queue.append(byte)
    }
    appendWheel()
    state.dx -= dx
    state.dy -= dy
    setIRQ(true)
    return true
  }

  private func appendWheel() {
    switch state.type {
    case 3:
      let dz = min(max(state.dz, -127), 127)
      state.common.queue.append(UInt8(truncatingIfNeeded: dz))
      state.dz -= dz
    case 4:
      let dz = min(max(state.dz, -7), 7)
      let wheel = UInt8(truncatingIfNeeded: dz) & 0x0F
      state.common.queue.append(wheel | (state.buttons & 0x18) << 1)
      state.dz -= dz
    default: state.dz = 0
    }
  }

  private enum Status {
    static let scale2To1: UInt8 = 0x10
    static let enabled: UInt8 = 0x20
    static let remote: UInt8 = 0x40
  }

  private enum Command {
    static let scale1To1: UInt8 = 0xE6
    static let scale2To1: UInt8 = 0xE7
    static let setResolution: UInt8 = 0xE8
    static let getStatus: UInt8 = 0xE9
    static let streamMode: UInt8 = 0xEA
    static let poll: UInt8 = 0xEB
    static let resetWrap: UInt8 = 0xEC
    static let wrapMode: UInt8 = 0xEE
    static let remoteMode: UInt8 = 0xF0
    static let getType: UInt8 = 0xF2
    static let setSampleRate: UInt8 = 0xF3
    static let enable: UInt8 = 0xF4
    static let disable: UInt8 = 0xF5
    static let defaults: UInt8 = 0xF6
    static let acknowledge: UInt8 = 0xFA
    static let reset: UInt8 = 0xFF
  }
}

extension Int32 {
  /// The sum, held at the ends of the range.
  fileprivate func addingClamped(_ other: Int32) -> Int32 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }
}
