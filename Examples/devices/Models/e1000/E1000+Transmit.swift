import VMState

extension E1000 {
  private enum Descriptor {
    static let endOfPacket: UInt32 = 0x0100_0000
    static let reportStatus: UInt32 = 0x1800_0000
    static let isExtended: UInt32 = 0x2000_0000
    static let isData: UInt32 = 0x0010_0000
    static let segmentation: UInt32 = 0x0400_0000
    static let delayInterrupt: UInt32 = 0x8000_0000
  }

  private var transmitRegisters: E1000Ring {
    E1000Ring(
      low: state.mac[Reg.tdbal], high: state.mac[Reg.tdbah], length: state.mac[Reg.tdlen])
  }

  /// Works off the ring from head to tail, once around at most.
  func transmitRing() {
    guard state.mac[Reg.tctl] & 2 != 0, let memory, state.pci.isBusMaster else { return }
    let ring = transmitRegisters
    let start = state.mac[Reg.tdh]
    var cause = E1000Cause.transmitEmpty
    while state.mac[Reg.tdh] != state.mac[Reg.tdt] {
      let address = ring.address(state.mac[Reg.tdh])
      if let descriptor = memory.read(address, count: E1000Ring.descriptorSize) {
        process(descriptor, memory)
        if writeBack(descriptor, at: address, memory) { cause |= E1000Cause.transmitDone }
      }
      state.mac[Reg.tdh] = ring.next(state.mac[Reg.tdh])
      if state.mac[Reg.tdh] == start || Int(start) >= ring.capacity { break }
    }
    addCause(cause)
  }

  /// Sets "descriptor done" if the driver wants to see it.
  private func writeBack(
    _ descriptor: [UInt8], at address: UInt64, _ memory: any DMAMemory
  ) -> Bool {
    guard command(of: descriptor) & Descriptor.reportStatus != 0 else { return false }
    let status = descriptor[12] & ~0x0E | 0x01
    return memory.write(address &+ 12, [status][...])
  }

  /// The lower control word: length, type and command.
  private func command(of descriptor: [UInt8]) -> UInt32 {
    UInt32(littleEndian(descriptor[8..<12]))
  }

  private func process(_ descriptor: [UInt8], _ memory: any DMAMemory) {
    let command = command(of: descriptor)
    if command & Descriptor.delayInterrupt != 0 { delaysTransmitInterrupt = true }
    if command & (Descriptor.isExtended | Descriptor.isData) == Descriptor.isExtended {
      takeContext(descriptor, command)
      return
    }
    if command & Descriptor.isExtended != 0, state.transmit.size == 0 {
      state.transmit.sumNeeded = descriptor[13]
    }
    append(littleEndian(descriptor[0..<8]), Int(command & 0xFFFF), memory)
    guard command & Descriptor.endOfPacket != 0 else { return }
    sendFrame()
    state.transmit.tsoFrames = 0
    state.transmit.sumNeeded = 0
    state.transmit.size = 0
  }

  /// Copies a buffer behind the frame so far, as much as fits.
  private func append(_ address: UInt64, _ length: Int, _ memory: any DMAMemory) {
    let size = Int(state.transmit.size)
    let count = min(length, state.transmit.data.count - size)
    guard count > 0, let bytes = memory.read(address, count: count) else { return }
    state.transmit.data.replaceSubrange(size..<size + count, with: bytes)
    state.transmit.size = UInt16(truncatingIfNeeded: size + count)
  }

  /// Parameters for the following data descriptors.
  private func takeContext(_ descriptor: [UInt8], _ command: UInt32) {
    var properties = E1000OffloadProperties()
    properties.ipcss = descriptor[0]
    properties.ipcso = descriptor[1]
    properties.ipcse = UInt16(littleEndian(descriptor[2..<4]))
    properties.tucss = descriptor[4]
    properties.tucso = descriptor[5]
    properties.tucse = UInt16(littleEndian(descriptor[6..<8]))
    properties.payloadLength = command & 0xF_FFFF
    properties.headerLength = descriptor[13]
    properties.segmentSize = UInt16(littleEndian(descriptor[14..<16]))
    properties.tcp = command & 0x0100_0000 != 0 ? 1 : 0
    properties.ip = command & 0x0200_0000 != 0 ? 1 : 0
    state.usesTSOForMigration = command & Descriptor.segmentation != 0
    if state.usesTSOForMigration {
      state.transmit.tsoProperties = properties
      state.transmit.tsoFrames = 0
    } else {
      state.transmit.properties = properties
    }
  }

  private func sendFrame() {
    let frame = Array(state.transmit.data.prefix(Int(state.transmit.size)))
    if state.phy[0] & 0x4000 != 0 {
      receive(frame, now: lastTime)
    } else if !isLinkDown {
      send(frame)
    }
    let size = frame.count + 4
    if let first = frame.first, first & 1 != 0 {
      count(frame.prefix(6).allSatisfy { $0 == 0xFF } ? Reg.bptc : Reg.mptc)
    }
    countSize(Reg.ptc64, size)
    count(Reg.tpt)
    count(Reg.gptc)
    countOctets(Reg.totl, size)
    countOctets(Reg.gotcl, size)
  }
}
