/// The I/O APIC of a PC: 24 inputs, a redirection table behind an index and a data window
/// at 0xFEC00000.
///
/// QEMU: hw/intc/ioapic.c, hw/intc/ioapic_common.c.
public final class IOAPIC {
  /// Inputs, and entries of the table.
  public static let lines = 24

  /// Everything that travels, and the levels of the inputs.
  public var state = IOAPICState()
  /// Sends an interrupt message to the processors.
  public var deliver: (IOAPICMessage) -> Void = { _ in }
  /// The vector for delivery mode 7: the acknowledge cycle of the i8259.
  public var externalVector: () -> UInt8 = { 0 }
  /// The version register: 0x20 has the end-of-interrupt register, 0x11 has not.
  public let version: UInt8

  /// An I/O APIC after a reset.
  public init(version: UInt8 = 0x20) { self.version = version }

  /// Machine reset: every input masked.
  public func reset() { state = IOAPICState() }

  /// An input changes its level. Interrupt 0 (the timer) comes in at pin 2; a line that does
  /// not exist is ignored. An edge at a masked input is lost, as the data sheet wants.
  public func setLine(_ line: Int, _ level: Bool) {
    guard line >= 0 && line < Self.lines else { return }
    let pin = line == 0 ? 2 : line
    let bit = UInt32(1) << UInt32(pin)
    let isRising = level && state.lineLevels & bit == 0
    if level { state.lineLevels |= bit } else { state.lineLevels &= ~bit }
    let entry = state.ioredtbl[pin]
    if entry & IOAPICEntry.level != 0 {
      if level { state.irr |= bit } else { state.irr &= ~bit }
      service()
    } else if isRising && entry & IOAPICEntry.masked == 0 {
      state.irr |= bit
      service()
    }
  }

  /// A processor ended an interrupt: level-triggered inputs with this vector may ask again.
  public func endInterrupt(vector: UInt8) {
    for pin in state.ioredtbl.indices {
      let entry = state.ioredtbl[pin]
      if entry & IOAPICEntry.level != 0 && UInt8(truncatingIfNeeded: entry) == vector {
        state.ioredtbl[pin] &= ~IOAPICEntry.remoteIRR
      }
    }
    service()
  }

  /// After a load: sends what was asked for and not sent yet.
  public func afterLoad() { service() }

  /// Sends a message for each input that asks, is not masked, and is not being served.
  func service() {
    for pin in state.ioredtbl.indices where state.irr & 1 << UInt32(pin) != 0 {
      let entry = state.ioredtbl[pin]
      guard entry & IOAPICEntry.masked == 0 else { continue }
      if entry & IOAPICEntry.level == 0 {
        state.irr &= ~(1 << UInt32(pin))
      } else if entry & IOAPICEntry.remoteIRR != 0 {
        continue
      } else {
        state.ioredtbl[pin] |= IOAPICEntry.remoteIRR
      }
      send(entry)
    }
  }

  private func send(_ entry: UInt64) {
    var message = IOAPICMessage(entry: entry)
    if message.deliveryMode == IOAPICMessage.externalMode { message.vector = externalVector() }
    deliver(message)
  }
}
