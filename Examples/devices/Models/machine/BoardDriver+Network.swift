import VMState

extension BoardDriver {
  /// Rings and buffers, in memory that the test guest never uses.
  private enum Place {
    static let transmitRing: UInt32 = 0x70_0000
    static let receiveRing: UInt32 = 0x70_1000
    static let buffers: UInt32 = 0x71_0000
  }

  private static let ringLength: UInt32 = 128

  mutating func driveNetwork() {
    for path in board.networkCards.keys.sorted() {
      guard let card = board.networkCards[path] else { continue }
      drive(card)
    }
  }

  private mutating func drive(_ card: E1000) {
    switch byte() % 6 {
    case 0: setUp(card)
    case 1: transmit(card)
    case 2: receive(card)
    case 3: write(card, E1000Register.mta + Int(byte() & 0x7F), UInt32(byte()) &* 0x0101_0101)
    case 4:
      write(card, E1000Register.ims, UInt32(byte()))
      _ = card.readMMIO(UInt32(E1000Register.icr) * 4, now: board.now)
    default:
      write(card, E1000Register.vet, 0x8100)
      write(card, E1000Register.eerd, UInt32(byte() & 0x3F) << 8 | 1)
      _ = card.readMMIO(UInt32(E1000Register.eerd) * 4, now: board.now)
      // A register of the PHY.
      write(card, E1000Register.mdic, 0x0820_0000 | UInt32(byte() & 7) << 16)
    }
  }

  private func write(_ card: E1000, _ register: Int, _ value: UInt32) {
    card.writeMMIO(UInt32(register) * 4, value, now: board.now)
  }

  /// Rings of eight descriptors; receiver and transmitter on.
  private func setUp(_ card: E1000) {
    card.writeConfig(PCIRegister.command, 7, count: 2)
    for (register, value) in [
      (E1000Register.tdbal, Place.transmitRing), (E1000Register.tdbah, 0),
      (E1000Register.tdlen, Self.ringLength), (E1000Register.tdh, 0), (E1000Register.tdt, 0),
      (E1000Register.tctl, 0x4000_00FA), (E1000Register.rdbal, Place.receiveRing),
      (E1000Register.rdbah, 0), (E1000Register.rdlen, Self.ringLength), (E1000Register.rdh, 0),
      (E1000Register.rctl, 0x0000_801E),
    ] { write(card, register, value) }
    for index in 0..<8 as Range<UInt32> {
      put(Place.receiveRing + 16 * index, UInt64(Place.buffers + 0x1000 + 0x800 * index), 0)
    }
    write(card, E1000Register.rdt, 7)
  }

  /// A frame of one descriptor: end of packet, insert check sequence, report status.
  private mutating func transmit(_ card: E1000) {
    guard card.state.mac[E1000Register.tdlen] == Self.ringLength,
      card.state.mac[E1000Register.tdbal] == Place.transmitRing
    else { return }
    let tail = card.state.mac[E1000Register.tdt] & 7
    let length = 60 + UInt64(byte())
    put(Place.transmitRing + 16 * tail, UInt64(Place.buffers), 0x0B00_0000 | length)
    write(card, E1000Register.tdt, (tail + 1) & 7)
  }

  private mutating func receive(_ card: E1000) {
    let payload = (0..<46 + Int(byte())).map { UInt8(truncatingIfNeeded: $0) }
    card.receive(
      Array(repeating: 0xFF, count: 6) + [2, 0, 0, 0, 0, 1, 8, 0] + payload, now: board.now)
  }

  private func put(_ address: UInt32, _ low: UInt64, _ high: UInt64) {
    for (offset, word) in [(0, low), (8, high)] as [(UInt64, UInt64)] {
      let bytes = withUnsafeBytes(of: word.littleEndian) { Array($0) }
      _ = board.memory?.write(UInt64(address) + offset, bytes[...])
    }
  }
}
