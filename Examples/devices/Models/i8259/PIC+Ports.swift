extension PIC {
  /// A write to the command port (even address) or the data port (odd).
  public func write(port: UInt16, value: UInt8) {
    if port & 1 != 0 {
      writeData(value)
    } else if value & 0x10 != 0 {
      beginInitialization(value)
    } else if value & 0x08 != 0 {
      writeOperation3(value)
    } else {
      writeOperation2(value)
    }
  }

  /// A read from the command port (even address) or the data port (odd).
  public func read(port: UInt16) -> UInt8 {
    if state.poll != 0 { return readPoll() }
    if port & 1 != 0 { return state.imr }
    return state.readRegSelect != 0 ? state.isr : state.irr
  }

  /// A write to the edge/level register; inputs that cannot be level-triggered stay as they
  /// are.
  public func writeELCR(_ value: UInt8) { state.elcr = value & elcrMask }

  /// The edge/level register.
  public func readELCR() -> UInt8 { state.elcr }

  private func readPoll() -> UInt8 {
    state.poll = 0
    guard let line = pendingLine else { return 0 }
    acknowledge(line: line)
    return UInt8(truncatingIfNeeded: line) | 0x80
  }

  // ICW1.
  private func beginInitialization(_ value: UInt8) {
    initialize()
    state.initState = 1
    state.init4 = value & 1
    state.singleMode = value & 2
    state.ltim = value & 8
  }

  // OCW1, or ICW2...ICW4 while an initialization runs.
  private func writeData(_ value: UInt8) {
    switch state.initState {
    case 0:
      state.imr = value
      update()
    case 1:
      state.irqBase = value & 0xF8
      state.initState = state.singleMode == 0 ? 2 : stateAfterICW3
    case 2:
      state.initState = stateAfterICW3
    default:
      state.specialFullyNestedMode = value >> 4 & 1
      state.autoEOI = value >> 1 & 1
      state.initState = 0
    }
  }

  private var stateAfterICW3: UInt8 { state.init4 != 0 ? 3 : 0 }

  // OCW3: poll, register to read, special mask.
  private func writeOperation3(_ value: UInt8) {
    if value & 4 != 0 { state.poll = 1 }
    if value & 2 != 0 { state.readRegSelect = value & 1 }
    if value & 0x40 != 0 { state.specialMask = value >> 5 & 1 }
    update()
  }

  // OCW2: end of interrupt, rotation.
  private func writeOperation2(_ value: UInt8) {
    let line = Int(value & 7)
    switch value >> 5 {
    case 0, 4: state.rotateOnAutoEOI = value >> 7
    case 1: endInterrupt(highestInService, rotate: false)
    case 5: endInterrupt(highestInService, rotate: true)
    case 3: endInterrupt(line, rotate: false)
    case 7: endInterrupt(line, rotate: true)
    case 6: state.priorityAdd = (value + 1) & 7
    default: return
    }
    update()
  }

  private var highestInService: Int? { rank(of: state.isr).map(line(ofRank:)) }

  private func endInterrupt(_ line: Int?, rotate: Bool) {
    guard let line else { return }
    state.isr &= ~(1 << UInt8(truncatingIfNeeded: line))
    if rotate { state.priorityAdd = UInt8(truncatingIfNeeded: line + 1) & 7 }
  }
}
