import VMState

/// What the machine's processor runs: a little guest that programs its devices, serves their
/// interrupts and writes memory all the time.
///
/// Everything it has to remember is in guest memory, so it goes on in a machine that was
/// loaded. It is called under the device lock, except for `dirty`.
final class BoardGuest {
  /// Addresses of the guest's own counters.
  private enum Address {
    static let booted: UInt64 = 0x1000
    static let timerTicks: UInt64 = 0x1008
    static let keys: UInt64 = 0x1010
    static let writes: UInt64 = 0x1018
  }

  private static let interruptBase: UInt8 = 0x20

  let board: PCBoard
  let memory: BoardMemory
  private var random: SeededRandom

  init(_ board: PCBoard, _ memory: BoardMemory, seed: UInt64) {
    self.board = board
    self.memory = memory
    random = SeededRandom(seed: seed)
  }

  /// Timer interrupts that the guest has counted.
  var timerTicks: UInt64 { memory.word(at: Address.timerTicks) }

  /// One turn: timers, interrupts, and something for a device to do.
  func step() {
    if memory.word(at: Address.booted) == 0 { boot() }
    board.runTimers()
    for _ in 0..<64 {
      guard board.isInterruptRequested else { break }
      serve(board.pics.acknowledge())
    }
    poke(random.next())
  }

  /// Stores a number into each of some pages of a range.
  func dirty(pages count: Int, of range: Range<UInt64>) {
    let pages = (range.upperBound - range.lowerBound) / 4096
    guard pages > 0 else { return }
    for _ in 0..<count {
      let value = random.next()
      memory.store(value, at: range.lowerBound + value % pages * 4096 + (value >> 32) % 512 * 8)
    }
    count8(Address.writes, by: UInt64(count))
  }

  private func count8(_ address: UInt64, by amount: UInt64 = 1) {
    memory.store(memory.word(at: address) &+ amount, at: address)
  }
}

// MARK: - Boot

extension BoardGuest {
  private func boot() {
    bootInterruptControllers()
    // Counter 0: mode 2, 250 Hz. Counter 2: a tone, with the gate open.
    for (port, value) in [(0x43, 0x34), (0x40, 0xA5), (0x40, 0x12)] as [(UInt16, UInt8)] {
      board.write(port: port, value)
    }
    for (port, value) in [(0x43, 0xB6), (0x42, 0xA9), (0x42, 0x04), (0x61, 0x01)]
      as [(UInt16, UInt8)]
    {
      board.write(port: port, value)
    }
    bootSerialPort()
    // The clock: periodic interrupt at 64 Hz.
    writeClock(0x0A, 0x2A)
    writeClock(0x0B, 0x42)
    _ = readClock(0x0C)
    // The HPET's counter runs; it replaces nothing.
    board.write(address: 0xFED0_0010, 1)
    memory.store(1, at: Address.booted)
  }

  private func bootInterruptControllers() {
    let base = Self.interruptBase
    for (port, value) in [
      (0x20, 0x11), (0x21, base), (0x21, 0x04), (0x21, 0x01), (0xA0, 0x11), (0xA1, base + 8),
      (0xA1, 0x02), (0xA1, 0x01), (0x21, 0), (0xA1, 0),
    ] as [(UInt16, UInt8)] {
      board.write(port: port, value)
    }
  }

  // 115200 8N1, FIFOs on, loopback: what is sent comes back.
  private func bootSerialPort() {
    for (offset, value) in [
      (3, 0x83), (0, 1), (1, 0), (3, 0x03), (2, 0xC7), (4, 0x1B), (1, 0x01),
    ] as [(UInt16, UInt8)] {
      board.write(port: 0x3F8 + offset, value)
    }
  }
}

// MARK: - At work

extension BoardGuest {
  private func serve(_ vector: UInt8) {
    let line = vector &- Self.interruptBase
    switch line {
    case 0: count8(Address.timerTicks)
    case 1:
      _ = board.read(port: 0x60)
      count8(Address.keys)
    case 4: while board.read(port: 0x3FD) & 1 != 0 { _ = board.read(port: 0x3F8) }
    case 8: _ = readClock(0x0C)
    case 12: _ = board.read(port: 0x60)
    default: break
    }
    if line >= 8 { board.write(port: 0xA0, 0x20) }
    board.write(port: 0x20, 0x20)
  }

  /// Something happens at one of the devices.
  private func poke(_ number: UInt64) {
    let byte = UInt8(truncatingIfNeeded: number >> 8)
    switch number % 16 {
    case 0: board.keyboard.keyboard.keyEvent(PS2Key(set2: 0x15 + byte % 8), isDown: byte & 1 == 0)
    case 1: board.keyboard.mouse.moved(dx: Int32(byte) - 128, dy: 3)
    case 2: board.write(port: 0x3F8, byte)
    case 3: writeClock(0x40 + byte % 0x30, byte)
    case 4: board.write(port: 0x43, 0x80)
    case 5: _ = board.read(port: 0x42)
    case 6: board.write(port: 0x61, 1 | byte & 2)
    case 7: board.write(port: 0x3FF, byte)
    case 8: board.write(port: 0x81 + UInt16(byte % 3), byte)
    case 9: for card in board.networkCards.values { workNetwork(card, byte) }
    case 10: board.power.writeAPM(1, byte)
    case 11: board.selectFirmwareItem(UInt16(byte % 0x20))
    default: break
    }
  }

  // A word of the multicast table, and what a driver does now and then.
  private func workNetwork(_ card: E1000, _ byte: UInt8) {
    let register = UInt32(E1000Register.mta + Int(byte % 128)) * 4
    card.writeMMIO(register, UInt32(byte) &* 0x0101_0101, now: board.now)
    _ = card.readMMIO(UInt32(E1000Register.icr) * 4, now: board.now)
  }

  private func writeClock(_ index: UInt8, _ value: UInt8) {
    board.write(port: 0x70, index)
    board.write(port: 0x71, value)
  }

  private func readClock(_ index: UInt8) -> UInt8 {
    board.write(port: 0x70, index)
    return board.read(port: 0x71)
  }
}
