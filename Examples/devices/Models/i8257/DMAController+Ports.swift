extension DMAController {
  /// A write to register 0...15 (modulo 16).
  public func write(register: Int, value: UInt8) {
    let register = register & 15
    if register < 8 {
      writeChannel(register >> 1, register & 1, value)
    } else {
      writeControl(register, value)
    }
  }

  /// A read from register 0...15 (modulo 16).
  public func read(register: Int) -> UInt8 {
    let register = register & 15
    switch register {
    case 0..<8: return readChannel(register >> 1, register & 1)
    case 8:
      defer { state.status &= 0xF0 }
      return state.status
    case 15: return state.mask
    default: return 0
    }
  }

  private var takesHighByte: Bool {
    defer { state.flipFlop = state.flipFlop == 0 ? 1 : 0 }
    return state.flipFlop != 0
  }

  // Address and count come as two bytes; the second one starts the channel afresh.
  private func writeChannel(_ channel: Int, _ item: Int, _ value: UInt8) {
    let base = state.regs[channel].base[item]
    if takesHighByte {
      state.regs[channel].base[item] = UInt16(value) << 8 | base & 0xFF
      restart(channel)
    } else {
      state.regs[channel].base[item] = base & 0xFF00 | UInt16(value)
    }
  }

  // The current address, or the current count: what is left, less one.
  private func readChannel(_ channel: Int, _ item: Int) -> UInt8 {
    let regs = state.regs[channel]
    let moved = regs.mode & 0x20 != 0 ? 0 &- regs.now[1] : regs.now[1]
    let value =
      item == 0 ? regs.now[0] &+ moved : Int32(regs.base[1]) << shift &- regs.now[1]
    let units = value >> shift
    return UInt8(truncatingIfNeeded: takesHighByte ? units >> 8 : units)
  }

  private func writeControl(_ register: Int, _ value: UInt8) {
    let bit = UInt8(1) << (value & 3)
    switch register {
    case 8: state.command = value
    case 9:
      if value & 4 != 0 { state.status |= bit << 4 } else { state.status &= ~(bit << 4) }
      state.status &= ~bit
    case 10: if value & 4 != 0 { state.mask |= bit } else { state.mask &= ~bit }
    case 11: state.regs[Int(value & 3)].mode = value
    case 12: state.flipFlop = 0
    case 13: reset()
    case 14: state.mask = 0
    default: state.mask = value
    }
    run()
  }
}
