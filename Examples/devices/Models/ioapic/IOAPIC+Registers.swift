extension IOAPIC {
  /// A 32-bit read at an offset from the base: 0 the index, 0x10 the window.
  public func read(offset: UInt64) -> UInt32 {
    switch offset & 0xFF {
    case 0x00: UInt32(state.ioregsel)
    case 0x10: readRegister()
    default: 0
    }
  }

  /// A 32-bit write: 0 the index, 0x10 the window, 0x40 the end-of-interrupt register.
  public func write(offset: UInt64, value: UInt32) {
    switch offset & 0xFF {
    case 0x00: state.ioregsel = UInt8(truncatingIfNeeded: value)
    case 0x10: writeRegister(value)
    case 0x40 where version >= 0x20: endInterrupt(vector: UInt8(truncatingIfNeeded: value))
    default: return
    }
  }

  // The index may have any value: a load sets it.
  private var selectedPin: Int? {
    let pin = (Int(state.ioregsel) - 0x10) >> 1
    return state.ioregsel >= 0x10 && pin < Self.lines ? pin : nil
  }

  private func readRegister() -> UInt32 {
    switch state.ioregsel {
    case 0, 2: return UInt32(state.id & 0xF) << 24
    case 1: return UInt32(version) | UInt32(Self.lines - 1) << 16
    default:
      guard let pin = selectedPin else { return 0 }
      let entry = state.ioredtbl[pin]
      return UInt32(truncatingIfNeeded: state.ioregsel & 1 != 0 ? entry >> 32 : entry)
    }
  }

  private func writeRegister(_ value: UInt32) {
    if state.ioregsel == 0 { state.id = UInt8(truncatingIfNeeded: value >> 24) & 0xF }
    guard let pin = selectedPin else { return }
    let old = state.ioredtbl[pin]
    let isHigh = state.ioregsel & 1 != 0
    let merged =
      isHigh
      ? old & 0xFFFF_FFFF | UInt64(value) << 32
      : old & ~0xFFFF_FFFF | UInt64(value)
    var entry = merged & ~IOAPICEntry.readOnly | old & IOAPICEntry.readOnly
    // An edge-triggered input has no remote request.
    if entry & IOAPICEntry.level == 0 { entry &= ~IOAPICEntry.remoteIRR }
    state.ioredtbl[pin] = entry
    service()
  }
}
