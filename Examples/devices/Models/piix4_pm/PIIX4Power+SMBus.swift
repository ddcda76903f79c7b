/// A slave on the SMBus.
public protocol SMBusSlave: AnyObject {
  /// Reads a register.
  func read(register: UInt8) -> UInt8
  /// Writes a register.
  func write(register: UInt8, _ value: UInt8)
}

extension PIIX4Power {
  private enum Status {
    static let interrupt: UInt8 = 0x02
    static let deviceError: UInt8 = 0x04
    /// The bits that writing one clears.
    static let clearable: UInt8 = 0xFE
  }

  private static let start: UInt8 = 0x40

  /// Reads a register of the SMBus host controller.
  ///
  /// - Parameter offset: 0 to 0F.
  public func readSMBus(_ offset: Int) -> UInt8 {
    switch offset {
    case 0x00: return state.smbus.status
    case 0x02:
      state.smbus.blockIndex = 0
      return state.smbus.control & 0x1F
    case 0x03: return state.smbus.command
    case 0x04: return state.smbus.address
    case 0x05: return state.smbus.data0
    case 0x06: return state.smbus.data1
    case 0x07: return nextBlockByte()
    case 0x0D: return state.smbus.auxiliaryControl
    default: return 0
    }
  }

  /// Writes a register of the SMBus host controller.
  ///
  /// - Parameter offset: 0 to 0F.
  public func writeSMBus(_ offset: Int, _ value: UInt8) {
    switch offset {
    case 0x00: state.smbus.status &= ~(value & Status.clearable)
    case 0x02:
      state.smbus.control = value & ~Self.start
      if value & Self.start != 0 { runTransfer() }
    case 0x03: state.smbus.command = value
    case 0x04: state.smbus.address = value
    case 0x05: state.smbus.data0 = value
    case 0x06: state.smbus.data1 = value
    case 0x07: putBlockByte(value)
    case 0x0D: state.smbus.auxiliaryControl = value & 0x03
    default: break
    }
  }

  private func nextBlockByte() -> UInt8 {
    let index = Int(state.smbus.blockIndex % 32)
    state.smbus.blockIndex = UInt32((index + 1) % 32)
    return state.smbus.block[index]
  }

  private func putBlockByte(_ value: UInt8) {
    let index = Int(state.smbus.blockIndex % 32)
    state.smbus.block[index] = value
    state.smbus.blockIndex = UInt32((index + 1) % 32)
    state.smbus.blockData = value
  }

  /// One transfer, done at once: quick, byte, byte data or word data.
  private func runTransfer() {
    guard let slave = smbusSlaves[state.smbus.address >> 1] else {
      state.smbus.status |= Status.deviceError
      return
    }
    let isRead = state.smbus.address & 1 != 0
    let register = state.smbus.command
    switch state.smbus.control >> 2 & 7 {
    case 0: break
    case 1, 2: transferByte(slave, register, isRead)
    case 3:
      transferByte(slave, register, isRead)
      if isRead {
        state.smbus.data1 = slave.read(register: register &+ 1)
      } else {
        slave.write(register: register &+ 1, state.smbus.data1)
      }
    default:
      state.smbus.status |= Status.deviceError
      return
    }
    state.smbus.isDone = true
    state.smbus.status |= Status.interrupt
  }

  private func transferByte(_ slave: any SMBusSlave, _ register: UInt8, _ isRead: Bool) {
    if isRead {
      state.smbus.data0 = slave.read(register: register)
    } else {
      slave.write(register: register, state.smbus.data0)
    }
  }
}
