import VMState

/// Drives a board through its registers, as a guest's drivers would, in simulated time.
///
/// What it leaves behind are states that the devices reach by their own behaviour. The
/// interrupt controllers and counter 0 of the timer end in a state with which a guest that
/// uses only those goes on.
public struct BoardDriver {
  /// The host's clock of the simulation.
  public final class Time {
    /// Nanoseconds.
    public var now: Int64 = 0
    /// A clock at 0.
    public init() {}
  }

  let board: PCBoard
  let time: Time
  var random: SeededRandom

  /// A driver of a board whose `host` is that time.
  public init(_ board: PCBoard, _ time: Time, seed: UInt64) {
    self.board = board
    self.time = time
    random = SeededRandom(seed: seed)
  }

  /// Works with the devices for some turns, with the clocks running.
  public mutating func run(turns: Int) {
    board.startClocks()
    for _ in 0..<turns {
      act(random.next())
      time.now += Int64(random.next() % 2_000_000)
      board.runTimers()
    }
    board.stopClocks()
  }

  private mutating func act(_ number: UInt64) {
    switch number % 12 {
    case 0: driveTimer()
    case 1: driveInterruptControllers()
    case 2: driveClock()
    case 3: driveSerialPort()
    case 4: driveKeyboard()
    case 5: driveMouse()
    case 6: driveDMA()
    case 7: driveEventTimer()
    case 8: driveIOAPIC()
    case 9: drivePower()
    case 10: driveNetwork()
    default: driveSmallPorts()
    }
  }

  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: random.next()) }

  mutating func out(_ port: UInt16, _ values: UInt8...) {
    for value in values { board.write(port: port, value) }
  }
}

// MARK: - Timers and interrupts

extension BoardDriver {
  // Counter 0 keeps ticking, at 50 to 1000 Hz; counters 1 and 2 do anything.
  private mutating func driveTimer() {
    switch byte() % 6 {
    case 0:
      let count = UInt16.random(in: 1193...23864, using: &random)
      out(0x43, 0x34)
      out(0x40, UInt8(count & 0xFF), UInt8(count >> 8))
    case 1:
      out(0x43, 0x80 | 0x30 | byte() & 0x0F)
      out(0x42, byte(), byte())
    case 2:
      out(0x43, 0x40 | 0x10 | byte() & 0x0F)
      out(0x41, byte())
    case 3: out(0x43, 0xC0 | byte() & 0x3E)
    case 4: _ = board.read(port: 0x41 + UInt16(byte() & 1))
    default: out(0x61, byte() & 3)
    }
  }

  // Everything that an initialization undoes, then the initialization.
  private mutating func driveInterruptControllers() {
    for _ in 0..<byte() % 8 {
      let port: UInt16 = byte() & 1 == 0 ? 0x20 : 0xA0
      switch byte() % 4 {
      case 0: out(port, 0x08 | byte() & 0x67)
      case 1: out(port + 1, byte())
      case 2: out(port, byte() & 0xE7)
      default: _ = board.read(port: port)
      }
    }
    out(0x4D1, byte())
    out(0x20, 0x11)
    out(0x21, 0x20, 0x04, 0x01, 0xFA)
    out(0xA0, 0x11)
    out(0xA1, 0x28, 0x02, 0x01, byte())
    out(0x20, byte() & 1 | 0x0A)
  }

  private mutating func driveEventTimer() {
    let window: UInt64 = 0xFED0_0000
    switch byte() % 4 {
    case 0: board.write(address: window + 0x10, UInt32(byte() & 1))
    case 1:
      let timer = window + 0x100 + UInt64(byte() % 3) * 0x20
      board.write(address: timer, UInt32(byte()) << 1 & 0x4E | UInt32(byte() % 24) << 9)
      board.write(address: timer + 8, UInt32(truncatingIfNeeded: random.next()))
    case 2: board.write(address: window + 0x20, UInt32(byte() & 7))
    default: _ = board.read(address: window + 0xF0)
    }
  }

  // Entries stay masked.
  private mutating func driveIOAPIC() {
    let window: UInt64 = 0xFEC0_0000
    let pin = UInt32(byte() % 24)
    board.write(address: window, 0x10 + 2 * pin)
    board.write(address: window + 0x10, 0x1_0000 | UInt32(byte()) << 8 & 0xAF00 | UInt32(byte()))
    board.write(address: window, 0x11 + 2 * pin)
    board.write(address: window + 0x10, UInt32(byte()) << 24)
  }

  private mutating func driveClock() {
    let index = [0x0A, 0x0B, 0x0C, 0x01, 0x03, 0x05, 0x40 + byte() % 0x3F, byte() % 10]
    let chosen = index[Int(byte() % 8)]
    out(0x70, chosen)
    switch chosen {
    case 0x0A: out(0x71, 0x20 | byte() & 0x0F)
    case 0x0B: out(0x71, byte() & 0x7F)
    case 0x0C: _ = board.read(port: 0x71)
    case 1, 3, 5: out(0x71, byte() & 1 == 0 ? 0xFF : byte() % 0x24)
    case 0...9: _ = board.read(port: 0x71)
    default: out(0x71, byte())
    }
  }
}

// MARK: - Input and output

extension BoardDriver {
  // The line ends up as a guest that polls it needs it: divisor latch and loopback off.
  private mutating func driveSerialPort() {
    switch byte() % 5 {
    case 0:
      out(0x3FB, 0x80)
      out(0x3F8, byte() | 1)
      out(0x3F9, 0)
      out(0x3FB, byte() & 0x3F)
    case 1:
      // Loopback: what is sent arrives.
      out(0x3FC, 0x1B)
      for _ in 0..<byte() % 20 { out(0x3F8, byte()) }
      out(0x3FC, 0x0B)
    case 2: out(0x3F9, byte() & 0x0F)
    case 3: out(0x3FA, byte() & 0xCF)
    default:
      out(0x3FF, byte())
      for register in [0x3FA, 0x3FD, 0x3FE, 0x3F8] as [UInt16] { _ = board.read(port: register) }
    }
  }

  private mutating func driveKeyboard() {
    switch byte() % 7 {
    case 0: board.keyboard.keyboard.keyEvent(PS2Key(set2: byte() & 0x7F), isDown: byte() & 1 == 0)
    case 1: out(0x60, 0xED, byte() & 7)
    case 2: out(0x60, 0xF0, byte() & 3)
    case 3: out(0x60, 0xF2)
    case 4:
      out(0x64, 0x60)
      out(0x60, byte() & 0x63)
    case 5: out(0x64, [0x20, 0xAA, 0xAB, 0xC0, 0xD0][Int(byte() % 5)])
    default: for _ in 0..<byte() % 6 { _ = board.read(port: 0x60) }
    }
  }

  private mutating func driveMouse() {
    switch byte() % 4 {
    case 0: toMouse(0xF4)
    case 1: toMouse(0xF3, byte() & 1 == 0 ? 200 : 80)
    case 2: toMouse([0xE6, 0xE7, 0xE9, 0xEB, 0xF2][Int(byte() % 5)])
    default:
      board.keyboard.mouse.moved(
        dx: Int32(byte()) - 128, dy: Int32(byte()) - 128,
        buttons: PS2MouseButtons(rawValue: byte() & 7))
    }
  }

  private mutating func toMouse(_ bytes: UInt8...) {
    for byte in bytes {
      out(0x64, 0xD4)
      out(0x60, byte)
    }
  }

  private mutating func driveDMA() {
    let isSecond = byte() & 1 == 0
    let register = { (number: UInt16) in isSecond ? 0xC0 + number * 2 : number }
    switch byte() % 4 {
    case 0: out(register(UInt16(byte() % 8)), byte(), byte())
    case 1: out([0x81, 0x82, 0x83, 0x87, 0x89, 0x8A, 0x8B][Int(byte() % 7)], byte())
    case 2: out(register(11), byte())
    default: out(register(12), 0)
    }
  }

  private mutating func driveSmallPorts() {
    switch byte() % 4 {
    case 0: out(0x92, byte() & 0xFE | 2)
    case 1: board.selectFirmwareItem(UInt16(byte() % 0x30))
    case 2: for _ in 0..<byte() % 9 { _ = board.read(port: 0x511) }
    default: board.firmware.writeDMAHigh(UInt32(truncatingIfNeeded: random.next()))
    }
  }

  private mutating func drivePower() {
    let power = board.power
    switch byte() % 7 {
    case 0: power.writePM(2, UInt16(byte() & 1) | UInt16(byte() & 1) << 8, now: board.now)
    case 1: power.writePM(0, 0x0101, now: board.now)
    case 2: power.writePM(4, UInt16(byte() & 1), now: board.now)
    case 3: power.writeAPM(Int(byte() & 1), byte())
    case 4: power.writeGPE(2 + Int(byte() & 1), byte() & 0xF0, now: board.now)
    case 5:
      power.writeSMBus(3, byte())
      power.writeSMBus(4, byte())
      for _ in 0..<byte() % 8 { power.writeSMBus(7, byte()) }
    default: power.writeHotplug(0x10, UInt32(byte()))
    }
  }
}
