import VMState

// MARK: - EEPROM

extension E1000 {
  private enum Control {
    static let clock: UInt32 = 0x001
    static let select: UInt32 = 0x002
    static let dataIn: UInt32 = 0x004
    static let dataOut: UInt32 = 0x008
    /// Grant, and "an EEPROM is there".
    static let fixed: UInt32 = 0x180
    /// The bits that stay: clock, select, data, flash write, request.
    static let kept: UInt32 = 0x077
  }

  /// The content: MAC address, identity, and the sum of all words being BABA.
  static func eeprom(address: [UInt8]) -> InlineArray<64, UInt16> {
    var words = InlineArray<64, UInt16>(repeating: 0xFFFF)
    for index in 0..<3 {
      words[index] = UInt16(address[2 * index]) | UInt16(address[2 * index + 1]) << 8
    }
    let identity: [(Int, UInt16)] = [
      (3, 0), (5, 0), (6, 0), (7, 0), (8, 0x3000), (9, 0x1000), (10, 0x6403), (11, 0x100E),
      (12, 0x8086), (13, 0x100E), (14, 0x8086), (15, 0x3040), (63, 0),
    ]
    for (index, word) in identity { words[index] = word }
    var sum: UInt16 = 0
    for index in 0..<63 { sum &+= words[index] }
    words[63] = 0xBABA &- sum
    return words
  }

  /// Bit 3 is the EEPROM's output; it floats high while nothing is read.
  func readEEPROMControl() -> UInt32 {
    let eeprom = state.eeprom
    var value = eeprom.control | Control.fixed
    let word = state.eepromData[Int(eeprom.bitOut >> 4) & 0x3F]
    if eeprom.isReading == 0 || word >> (~eeprom.bitOut & 15) & 1 != 0 {
      value |= Control.dataOut
    }
    return value
  }

  /// One step of the three-wire interface: selecting starts anew, the rising clock edge takes
  /// a bit in, the falling edge moves to the next bit out.
  func writeEEPROMControl(_ value: UInt32) {
    let changed = value ^ state.eeprom.control
    state.eeprom.control = value & Control.kept
    guard value & Control.select != 0 else { return }
    if changed & Control.select != 0 {
      let control = state.eeprom.control
      state.eeprom = E1000EEPROMState()
      state.eeprom.control = control
    }
    guard changed & Control.clock != 0 else { return }
    if value & Control.clock == 0 {
      state.eeprom.bitOut &+= 1
    } else {
      shiftIn(value & Control.dataIn != 0)
    }
  }

  /// A read command is a one, the opcode 10, and six bits of address.
  private func shiftIn(_ bit: Bool) {
    state.eeprom.shiftIn = state.eeprom.shiftIn << 1 | (bit ? 1 : 0)
    state.eeprom.bitsIn &+= 1
    guard state.eeprom.bitsIn == 9, state.eeprom.isReading == 0 else { return }
    let command = state.eeprom.shiftIn
    state.eeprom.bitOut = UInt16(command & 0x3F) << 4 &- 1
    state.eeprom.isReading = command >> 6 & 7 == 6 ? 1 : 0
  }

  /// The register for reading words: start in bit 0, done in bit 4, address from bit 8, data
  /// from bit 16.
  func readEEPROMWord() -> UInt32 {
    let request = state.mac[Reg.eerd]
    guard request & 1 != 0 else { return request }
    let answer = request & ~1 | 0x10
    let index = Int(request >> 8)
    return index < 64 ? answer | UInt32(state.eepromData[index]) << 16 : answer
  }
}

// MARK: - PHY

extension E1000 {
  static let negotiationTime: Int64 = 500_000_000

  private enum MDIC {
    static let write: UInt32 = 0x0400_0000
    static let read: UInt32 = 0x0800_0000
    static let ready: UInt32 = 0x1000_0000
    static let interrupt: UInt32 = 0x2000_0000
    static let error: UInt32 = 0x4000_0000
  }

  /// PHY registers that can be read, a bit each.
  private static let readable: UInt32 = 0x0033_067F
  /// PHY registers that can be written.
  private static let writable: UInt32 = 0x0011_0211

  func resetPHY() {
    state.phy = InlineArray(repeating: 0)
    let values: [(Int, UInt16)] = [
      (0, 0x1140), (1, 0x794D), (2, 0x0141), (3, 0x0C20), (4, 0x0DE1), (5, 0x01E0), (9, 0x0E00),
      (10, 0x3C00), (16, 0x0360), (17, 0xAC00), (20, 0x0D60),
    ]
    for (index, value) in values { state.phy[index] = value }
  }

  /// An access to the PHY: data in bits 0 to 15, register from 16, PHY number from 21.
  func writePHYAccess(_ written: UInt32) {
    var value = written
    let register = Int(written >> 16 & 31)
    if written >> 21 & 31 != 1 {
      value = state.mac[Reg.mdic] | MDIC.error
    } else if written & MDIC.read != 0 {
      if Self.readable >> UInt32(register) & 1 != 0 {
        value = written & 0xFFFF_0000 | UInt32(state.phy[register])
      } else {
        value |= MDIC.error
      }
    } else if written & MDIC.write != 0 {
      if Self.writable >> UInt32(register) & 1 != 0 {
        writePHY(register, UInt16(written & 0xFFFF))
      } else {
        value |= MDIC.error
      }
    }
    state.mac[Reg.mdic] = value | MDIC.ready
    if value & MDIC.interrupt != 0 { addCause(E1000Cause.phyAccess) }
  }

  private func writePHY(_ register: Int, _ value: UInt16) {
    guard register == 0 else {
      state.phy[register] = value
      return
    }
    // Reset and restart clear themselves; the low six bits are reserved.
    state.phy[0] = value & ~0x823F
    if negotiates, value & 0x0200 != 0 { startNegotiation() }
  }

  /// The PHY negotiates the link.
  var negotiates: Bool {
    state.features.contains(.autonegotiation) && state.phy[0] & 0x1000 != 0
  }

  func startNegotiation() {
    dropLink()
    negotiationTimer = TimerExpiry(lastTime &+ Self.negotiationTime)
  }

  func finishNegotiation() {
    raiseLink()
    state.phy[5] |= 0x4000
    state.phy[1] |= 0x20
  }

  func raiseLink() {
    state.mac[Reg.status] |= 2
    state.phy[1] |= 0x04
  }

  func dropLink() {
    state.mac[Reg.status] &= ~2
    state.phy[1] &= ~0x24
    state.phy[5] &= ~0x4000
  }
}
