/// The two i8259 of a PC: the slave's output is input 2 of the master.
///
/// Ports 0x20, 0x21 (master), 0xA0, 0xA1 (slave), 0x4D0, 0x4D1 (edge/level registers).
public final class PICPair {
  /// Interrupts 0...7.
  public let master = PIC(isMaster: true)
  /// Interrupts 8...15.
  public let slave = PIC(isMaster: false)

  /// Both chips, cascaded.
  public init() {
    slave.interrupt = { [unowned master] level in master.setLine(2, level) }
  }

  /// Changes the level of interrupt line 0...15 (modulo 16).
  public func setLine(_ line: Int, _ level: Bool) {
    (line & 8 == 0 ? master : slave).setLine(line & 7, level)
  }

  /// The processor's acknowledge cycle: the vector of the interrupt that is served. A request
  /// that went away in the meantime gives the vector of line 7 (or 15), and nothing is in
  /// service then.
  public func acknowledge() -> UInt8 {
    guard let line = master.pendingLine else { return master.state.irqBase &+ 7 }
    defer { master.acknowledge(line: line) }
    guard line == 2 else { return vector(master, line) }
    guard let slaveLine = slave.pendingLine else { return slave.state.irqBase &+ 7 }
    slave.acknowledge(line: slaveLine)
    return vector(slave, slaveLine)
  }

  /// A port write; false if the port is not one of these.
  @discardableResult
  public func write(port: UInt16, value: UInt8) -> Bool {
    switch port {
    case 0x20, 0x21: master.write(port: port, value: value)
    case 0xA0, 0xA1: slave.write(port: port, value: value)
    case 0x4D0: master.writeELCR(value)
    case 0x4D1: slave.writeELCR(value)
    default: return false
    }
    return true
  }

  /// A port read; nil if the port is not one of these.
  public func read(port: UInt16) -> UInt8? {
    switch port {
    case 0x20, 0x21: master.read(port: port)
    case 0xA0, 0xA1: slave.read(port: port)
    case 0x4D0: master.readELCR()
    case 0x4D1: slave.readELCR()
    default: nil
    }
  }

  private func vector(_ chip: PIC, _ line: Int) -> UInt8 {
    chip.state.irqBase &+ UInt8(truncatingIfNeeded: line)
  }
}
