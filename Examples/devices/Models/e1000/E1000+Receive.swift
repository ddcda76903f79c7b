import VMState

extension E1000 {
  private enum Control {
    static let enable: UInt32 = 0x0000_0002
    static let storeBad: UInt32 = 0x0000_0004
    static let allUnicast: UInt32 = 0x0000_0008
    static let allMulticast: UInt32 = 0x0000_0010
    static let longPackets: UInt32 = 0x0000_0020
    static let acceptBroadcast: UInt32 = 0x0000_8000
    static let filterVLAN: UInt32 = 0x0004_0000
    static let stripCheckSequence: UInt32 = 0x0400_0000
  }

  private enum Status {
    static let done: UInt8 = 0x01
    static let endOfPacket: UInt8 = 0x02
    static let ignoreChecksums: UInt8 = 0x04
  }

  private var receiveRegisters: E1000Ring {
    E1000Ring(
      low: state.mac[Reg.rdbal], high: state.mac[Reg.rdbah], length: state.mac[Reg.rdlen])
  }

  /// The receiver is on, the link is up, and a descriptor is free.
  public var canReceive: Bool {
    isReceiverOn && state.pci.isBusMaster && state.mac[Reg.rdh] != state.mac[Reg.rdt]
  }

  private var isReceiverOn: Bool {
    state.mac[Reg.status] & 2 != 0 && state.mac[Reg.rctl] & Control.enable != 0
  }

  /// A frame arrives, without its check sequence.
  ///
  /// - Returns: false if the controller had no room; the frame may come again. Frames that a
  ///   filter drops count as taken.
  @discardableResult
  public func receive(_ frame: [UInt8], now: Int64) -> Bool {
    lastTime = now
    guard isReceiverOn, let memory, state.pci.isBusMaster else { return false }
    let padded = frame + Array(repeating: 0, count: max(0, 60 - frame.count))
    guard !isOversized(padded.count), accepts(padded) else { return true }
    let hasSequence = state.mac[Reg.rctl] & Control.stripCheckSequence == 0
    let total = padded.count + (hasSequence ? 4 : 0)
    guard hasRoom(total), store(padded, total, memory) else {
      count(Reg.rnbc)
      count(Reg.mpc)
      addCause(E1000Cause.receiveOverrun)
      return false
    }
    countReceived(padded, total)
    announce()
    return true
  }

  private func isOversized(_ size: Int) -> Bool {
    let control = state.mac[Reg.rctl]
    if control & Control.storeBad != 0 { return false }
    let limit = control & Control.longPackets != 0 ? 16384 : 1522
    guard size > limit else { return false }
    count(Reg.roc)
    return true
  }

  private func hasRoom(_ total: Int) -> Bool {
    let free = receiveRegisters.available(head: state.mac[Reg.rdh], tail: state.mac[Reg.rdt])
    return state.receiveBufferSize > 0 && total <= free * Int(state.receiveBufferSize)
  }

  /// Spreads the frame over buffers, once around the ring at most.
  private func store(_ frame: [UInt8], _ total: Int, _ memory: any DMAMemory) -> Bool {
    let ring = receiveRegisters
    let start = state.mac[Reg.rdh]
    var offset = 0
    while offset < total {
      let size = min(total - offset, Int(state.receiveBufferSize))
      let address = ring.address(state.mac[Reg.rdh])
      if fill(address, frame, offset, size, isLast: offset + size >= total, memory) {
        offset += size
      }
      state.mac[Reg.rdh] = ring.next(state.mac[Reg.rdh])
      if state.mac[Reg.rdh] == start || Int(start) >= ring.capacity { return offset >= total }
    }
    return true
  }

  /// Fills one buffer; a descriptor without a buffer is passed over.
  private func fill(
    _ address: UInt64, _ frame: [UInt8], _ offset: Int, _ size: Int, isLast: Bool,
    _ memory: any DMAMemory
  ) -> Bool {
    guard var descriptor = memory.read(address, count: E1000Ring.descriptorSize) else {
      return false
    }
    let buffer = littleEndian(descriptor[0..<8])
    descriptor[12] = descriptor[12] & ~Status.endOfPacket | Status.done
    if buffer != 0 {
      let part = frame[min(offset, frame.count)..<min(offset + size, frame.count)]
      if !part.isEmpty { _ = memory.write(buffer, part) }
      descriptor[8] = UInt8(truncatingIfNeeded: size)
      descriptor[9] = UInt8(truncatingIfNeeded: size >> 8)
      if isLast { descriptor[12] |= Status.endOfPacket | Status.ignoreChecksums }
      descriptor[14] = 0
      descriptor[15] = 0
    }
    return memory.write(address, descriptor[...]) && buffer != 0
  }

  private func countReceived(_ frame: [UInt8], _ total: Int) {
    if frame[0] & 1 != 0 {
      count(frame.prefix(6).allSatisfy { $0 == 0xFF } ? Reg.bprc : Reg.mprc)
    }
    countSize(Reg.prc64, total)
    count(Reg.tpr)
    count(Reg.gprc)
    countOctets(Reg.torl, frame.count + 4)
    countOctets(Reg.gorcl, frame.count)
  }

  /// The receive interrupt, with a warning when few descriptors are left.
  private func announce() {
    let ring = receiveRegisters
    let free = ring.available(head: state.mac[Reg.rdh], tail: state.mac[Reg.rdt])
    var cause = E1000Cause.received
    if free <= ring.capacity >> Int(min(state.receiveLowShift, 31)) {
      cause |= E1000Cause.receiveLow
    }
    addCause(cause)
  }
}

// MARK: - Filters

extension E1000 {
  private func accepts(_ frame: [UInt8]) -> Bool {
    passesVLANFilter(frame) && passesAddressFilter(frame)
  }

  private func passesVLANFilter(_ frame: [UInt8]) -> Bool {
    let type = UInt32(frame[12]) << 8 | UInt32(frame[13])
    guard state.mac[Reg.rctl] & Control.filterVLAN != 0, type == state.mac[Reg.vet] & 0xFFFF
    else { return true }
    let id = (Int(frame[14]) << 8 | Int(frame[15])) & 0xFFF
    return state.mac[Reg.vfta + id >> 5] >> UInt32(id & 31) & 1 != 0
  }

  private func passesAddressFilter(_ frame: [UInt8]) -> Bool {
    let control = state.mac[Reg.rctl]
    let isMulticast = frame[0] & 1 != 0
    if !isMulticast, control & Control.allUnicast != 0 { return true }
    if isMulticast, control & Control.allMulticast != 0 { return true }
    let isBroadcast = frame.prefix(6).allSatisfy { $0 == 0xFF }
    if isBroadcast, control & Control.acceptBroadcast != 0 { return true }
    return matchesReceiveAddress(frame) || (isMulticast && matchesMulticastTable(frame))
  }

  private func matchesReceiveAddress(_ frame: [UInt8]) -> Bool {
    let low = UInt32(littleEndian(frame[0..<4]))
    let high = UInt32(littleEndian(frame[4..<6]))
    return stride(from: Reg.ra, to: Reg.ra + 32, by: 2).contains { index in
      state.mac[index + 1] & 0x8000_0000 != 0 && state.mac[index] == low
        && state.mac[index + 1] & 0xFFFF == high
    }
  }

  /// Twelve bits of the address's end select a bit of the table.
  private func matchesMulticastTable(_ frame: [UInt8]) -> Bool {
    let shifts = [4, 3, 2, 0]
    let shift = shifts[Int(state.mac[Reg.rctl] >> 12 & 3)]
    let hash = (Int(frame[5]) << 8 | Int(frame[4])) >> shift & 0xFFF
    return state.mac[Reg.mta + hash >> 5] >> UInt32(hash & 31) & 1 != 0
  }
}
