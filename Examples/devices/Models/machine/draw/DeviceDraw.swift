import VMState

/// Device states drawn at random within their rules: what QEMU accepts, and gives back when
/// it saves again at once.
///
/// The rules are QEMU's load checks, and that it computes nothing anew from the values: each
/// device's method names them. One seed gives one set of states.
public struct DeviceDraw {
  var random: SeededRandom
  let profile: StreamProfile
  /// The virtual clock of the machine that gets the states.
  let now: Int64

  /// A series of draws.
  ///
  /// - Parameters:
  ///   - seed: Where the series begins.
  ///   - profile: Which generation will load the states.
  ///   - now: The virtual clock of the machine, in nanoseconds.
  public init(seed: UInt64, profile: StreamProfile, now: Int64) {
    random = SeededRandom(seed: seed)
    self.profile = profile
    self.now = now
  }

  /// Gives the devices that hold these sections new states.
  public mutating func draw(_ names: [SectionName], on board: PCBoard) {
    for name in names { draw(name, on: board) }
  }

  private mutating func draw(_ name: SectionName, on board: PCBoard) {
    switch (name.name, name.instance) {
    case ("timer", _): draw(&board.clocks.state)
    case ("i8254", _): draw(&board.pit.state)
    case ("pcspk", _): draw(&board.speaker.state)
    case ("hpet", _): draw(&board.hpet.state)
    case ("mc146818rtc", _): draw(board.rtc)
    case ("i8259", 0): draw(&board.pics.master.state)
    case ("i8259", 1): draw(&board.pics.slave.state)
    case ("ioapic", _): draw(&board.ioapic.state)
    case ("dma", 0): draw(&board.dma.first.state)
    case ("dma", 1): draw(&board.dma.second.state)
    case ("serial", let number): draw(&board.serialPort(Int(number)).state.uart)
    case ("ps2kbd", _): draw(&board.keyboard.keyboard.state)
    case ("ps2mouse", _): draw(&board.keyboard.mouse.state)
    case ("pckbd", _): draw(&board.keyboard.state.controller)
    case ("port92", _): board.port92.state.outport = any()
    case ("fw_cfg", _): draw(&board.firmware.state)
    case ("piix4_pm", _): draw(&board.power.state)
    case ("e1000", _): if let path = name.path { draw(&board.networkCard(path).state) }
    default: return
    }
  }
}

// MARK: - Values

extension DeviceDraw {
  /// Any value; the ends of the range come often.
  mutating func any<Value: FixedWidthInteger>() -> Value {
    let bits = random.next()
    switch bits >> 60 {
    case 0: return 0
    case 1: return .max
    case 2: return .min
    default: return Value(truncatingIfNeeded: bits)
    }
  }

  /// A value of a range.
  mutating func any<Value: FixedWidthInteger>(in range: ClosedRange<Value>) -> Value {
    Value.random(in: range, using: &random)
  }

  /// Yes or no.
  mutating func flag() -> Bool { random.next() & 1 == 0 }

  /// 0 or 1.
  mutating func bit<Value: FixedWidthInteger>() -> Value { flag() ? 1 : 0 }

  /// A timer: none, or a time that QEMU keeps as it is. Negative ones become 0 there.
  mutating func timer() -> TimerExpiry {
    flag() ? .none : TimerExpiry(any(in: 0...Int64.max / 2))
  }

  /// A timer: none, or a time that lies far ahead.
  mutating func distantTimer() -> TimerExpiry {
    flag() ? .none : TimerExpiry(any(in: Int64.max / 4...Int64.max / 2))
  }

  /// New bytes.
  mutating func fill<let count: Int>(_ bytes: inout InlineArray<count, UInt8>) {
    for index in bytes.indices { bytes[index] = any() }
  }
}
