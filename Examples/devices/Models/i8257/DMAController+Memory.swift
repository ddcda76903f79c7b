extension DMAController {
  /// The bytes of a transfer from a position on, for the device of a channel; none without
  /// memory. Downward transfers give them in the order of the transfer.
  public func read(channel: Int, position: Int, count: Int) -> [UInt8] {
    guard let memory, let part = part(channel: channel, position: position, count: count)
    else { return [] }
    // Where there is no memory the bus floats.
    let bytes =
      memory.read(UInt64(part.address), count: part.count)
      ?? Array(repeating: 0xFF, count: part.count)
    return part.isDownward ? bytes.reversed() : bytes
  }

  /// Stores bytes of a transfer from a position on. Bytes beyond the transfer's end are
  /// dropped, and all of them in verify mode.
  public func write(_ bytes: [UInt8], channel: Int, position: Int) {
    let isVerify = state.regs[channel & 3].mode & 0x0C == 0
    guard !isVerify, let memory,
      let part = part(channel: channel, position: position, count: bytes.count)
    else { return }
    let stored = bytes.prefix(part.count)
    _ = memory.write(UInt64(part.address), part.isDownward ? ArraySlice(stored.reversed()) : stored)
  }

  /// The physical address at which a channel's transfer starts.
  public func startAddress(of channel: Int) -> UInt32 {
    let regs = state.regs[channel & 3]
    // A word channel's address covers bit 16 itself.
    let page = shift == 0 ? regs.page : regs.page & 0xFE
    let high = UInt32(regs.pageh & 0x7F) << 24 | UInt32(page) << 16
    return high | UInt32(bitPattern: regs.now[0]) & (shift == 0 ? 0xFFFF : 0x1_FFFF)
  }

  // A run of memory, lowest address first.
  private func part(
    channel: Int, position: Int, count: Int
  ) -> (address: UInt32, count: Int, isDownward: Bool)? {
    let length = length(of: channel)
    guard position >= 0 && position < length && count > 0 else { return nil }
    let count = min(count, length - position)
    let start = startAddress(of: channel)
    let distance = UInt32(position)
    guard state.regs[channel & 3].mode & 0x20 != 0 else {
      return (start &+ distance, count, false)
    }
    return (start &- distance &- UInt32(count - 1), count, true)
  }
}
