extension PIT {
  /// A write to one of the four ports (only the low two address bits count).
  public func write(port: UInt16, value: UInt8, now: Int64) {
    let index = Int(port & 3)
    guard index == 3 else { return writeCount(value, channel: index, now: now) }
    let selected = Int(value >> 6)
    if selected == 3 {
      readBack(value, now: now)
    } else if value >> 4 & 3 == 0 {
      state.channels[selected].latchCount(at: now)
    } else {
      state.channels[selected].setControlWord(value)
    }
  }

  /// A read from one of the four ports; the control port gives 0.
  public func read(port: UInt16, now: Int64) -> UInt8 {
    let index = Int(port & 3)
    return index == 3 ? 0 : state.channels[index].readByte(at: now)
  }

  private func writeCount(_ value: UInt8, channel: Int, now: Int64) {
    guard let count = state.channels[channel].takeByte(value) else { return }
    state.channels[channel].count = count == 0 ? 0x1_0000 : Int32(count)
    state.channels[channel].countLoadTime = now
    if channel == 0 { updateInterrupt(at: now) }
  }

  // Bits 1...3 select counters; bit 5 clear latches counts, bit 4 clear latches states.
  private func readBack(_ command: UInt8, now: Int64) {
    for index in state.channels.indices where command & (2 << UInt8(index)) != 0 {
      if command & 0x20 == 0 { state.channels[index].latchCount(at: now) }
      if command & 0x10 == 0 { state.channels[index].latchStatus(at: now) }
    }
  }
}

extension PITChannel {
  mutating func setControlWord(_ value: UInt8) {
    rwMode = value >> 4 & 3
    readState = rwMode
    writeState = rwMode
    mode = value >> 1 & 7
    bcd = value & 1
  }

  // A second latch command before the count was read changes nothing.
  mutating func latchCount(at now: Int64) {
    guard countLatched == 0 else { return }
    latchedCount = currentCount(at: now)
    countLatched = rwMode
  }

  mutating func latchStatus(at now: Int64) {
    guard statusLatched == 0 else { return }
    let settings = (rwMode & 3) << 4 | (mode & 7) << 1 | bcd & 1
    status = output(at: now) ? settings | 0x80 : settings
    statusLatched = 1
  }

  // The whole count once its last byte is there.
  mutating func takeByte(_ value: UInt8) -> UInt16? {
    switch writeState {
    case PITAccess.high: return UInt16(value) << 8
    case PITAccess.pairLow:
      writeLatch = value
      writeState = PITAccess.pairHigh
      return nil
    case PITAccess.pairHigh:
      writeState = PITAccess.pairLow
      return UInt16(value) << 8 | UInt16(writeLatch)
    default: return UInt16(value)
    }
  }

  // The order of the chip: a latched status, a latched count, the running count.
  mutating func readByte(at now: Int64) -> UInt8 {
    if statusLatched != 0 {
      statusLatched = 0
      return status
    }
    if countLatched != 0 { return readLatched() }
    let count = currentCount(at: now)
    switch readState {
    case PITAccess.high: return UInt8(count >> 8)
    case PITAccess.pairLow:
      readState = PITAccess.pairHigh
      return UInt8(truncatingIfNeeded: count)
    case PITAccess.pairHigh:
      readState = PITAccess.pairLow
      return UInt8(count >> 8)
    default: return UInt8(truncatingIfNeeded: count)
    }
  }

  private mutating func readLatched() -> UInt8 {
    let access = countLatched
    countLatched = access == PITAccess.pairLow ? PITAccess.high : 0
    return access == PITAccess.high
      ? UInt8(latchedCount >> 8) : UInt8(truncatingIfNeeded: latchedCount)
  }
}
