import DeviceModels
import TestSupport
import Testing

@Suite struct PICTests {
  /// A pair with vectors 0x20 and 0x28, as an operating system sets it up, nothing masked.
  private func pair() -> PICPair {
    let pair = PICPair()
    for (port, words) in [(UInt16(0x20), [0x20, 0x04, 0x01]), (0xA0, [0x28, 0x02, 0x01])] {
      pair.write(port: port, value: 0x11)
      for word in words { pair.write(port: port + 1, value: UInt8(word)) }
      pair.write(port: port + 1, value: 0)
    }
    return pair
  }

  /// The output of the master, kept up to date.
  private final class Wire { var level = false }

  private func wire(_ pair: PICPair) -> Wire {
    let wire = Wire()
    pair.master.interrupt = { wire.level = $0 }
    return wire
  }

  @Test func deliversAnInterruptAndEndsIt() {
    let pair = pair()
    let wire = wire(pair)
    pair.setLine(1, true)
    #expect(wire.level)
    #expect(pair.acknowledge() == 0x21)
    #expect(!wire.level)
    #expect(pair.master.state.isr == 0x02)
    #expect(pair.master.state.irr == 0)
    pair.setLine(1, false)
    pair.setLine(1, true)
    #expect(!wire.level, "the same line waits while it is in service")
    pair.write(port: 0x20, value: 0x20)
    #expect(wire.level)
    #expect(pair.acknowledge() == 0x21)
  }

  @Test func theSlaveComesThroughInput2() {
    let pair = pair()
    let wire = wire(pair)
    pair.setLine(12, true)
    #expect(wire.level)
    #expect(pair.acknowledge() == 0x2C)
    #expect(pair.master.state.isr == 0x04)
    #expect(pair.slave.state.isr == 0x10)
    pair.write(port: 0xA0, value: 0x20)
    pair.write(port: 0x20, value: 0x20)
    #expect(pair.master.state.isr == 0 && pair.slave.state.isr == 0)
  }

  @Test func aHigherLineInterruptsALowerOneOnly() {
    let pair = pair()
    let wire = wire(pair)
    pair.setLine(4, true)
    #expect(pair.acknowledge() == 0x24)
    pair.setLine(5, true)
    #expect(!wire.level)
    pair.setLine(3, true)
    #expect(wire.level)
    #expect(pair.acknowledge() == 0x23)
  }

  @Test func aMaskedLineWaits() {
    let pair = pair()
    let wire = wire(pair)
    pair.write(port: 0x21, value: 0x10)
    pair.setLine(4, true)
    #expect(!wire.level)
    #expect(pair.read(port: 0x21) == 0x10)
    #expect(pair.read(port: 0x20) == 0x10, "the request shows")
    pair.write(port: 0x21, value: 0)
    #expect(pair.acknowledge() == 0x24)
  }

  @Test func specialMaskLetsLowerLinesThrough() {
    let pair = pair()
    let wire = wire(pair)
    pair.setLine(3, true)
    _ = pair.acknowledge()
    pair.setLine(6, true)
    #expect(!wire.level)
    pair.write(port: 0x21, value: 0x08)
    #expect(!wire.level)
    pair.write(port: 0x20, value: 0x68)
    #expect(wire.level)
    #expect(pair.acknowledge() == 0x26)
  }

  @Test func rotationPutsTheServedLineLast() {
    let pair = pair()
    for line in [2, 3] { pair.master.setLine(line, true) }
    pair.setLine(3, true)
    pair.write(port: 0x21, value: 0x04)
    #expect(pair.acknowledge() == 0x23)
    // Rotate on end of interrupt: line 4 ranks first, line 3 last.
    pair.write(port: 0x20, value: 0xA0)
    #expect(pair.master.state.priorityAdd == 4)
    pair.setLine(0, true)
    pair.setLine(5, true)
    #expect(pair.acknowledge() == 0x25)
  }

  @Test func endsASpecificInterruptAndSetsPriority() {
    let pair = pair()
    pair.setLine(6, true)
    _ = pair.acknowledge()
    pair.setLine(1, true)
    _ = pair.acknowledge()
    pair.write(port: 0x20, value: 0x66)
    #expect(pair.master.state.isr == 0x02)
    pair.write(port: 0x20, value: 0xC7)
    #expect(pair.master.state.priorityAdd == 0)
  }

  @Test func automaticEndLeavesNothingInService() {
    let pair = PICPair()
    for value in [UInt8(0x20), 0x04, 0x03, 0x00].enumerated() {
      if value.offset == 0 { pair.write(port: 0x20, value: 0x11) }
      pair.write(port: 0x21, value: value.element)
    }
    pair.setLine(1, true)
    #expect(pair.acknowledge() == 0x21)
    #expect(pair.master.state.isr == 0)
  }

  @Test func aLevelStaysRequestedUntilItDrops() {
    let pair = pair()
    let wire = wire(pair)
    pair.write(port: 0x4D1, value: 0xFF)
    #expect(pair.read(port: 0x4D1) == 0xDE, "lines 8 and 13 stay edge-triggered")
    pair.setLine(11, true)
    #expect(pair.acknowledge() == 0x2B)
    pair.write(port: 0xA0, value: 0x20)
    pair.write(port: 0x20, value: 0x20)
    #expect(wire.level)
    pair.setLine(11, false)
    _ = pair.acknowledge()
    pair.write(port: 0x20, value: 0x20)
    #expect(!wire.level)
  }

  @Test func aRequestThatWentAwayIsSpurious() {
    let pair = pair()
    #expect(pair.acknowledge() == 0x27)
    #expect(pair.master.state.isr == 0)
    pair.write(port: 0x4D1, value: 0x02)
    pair.setLine(9, true)
    pair.slave.state.irr = 0
    #expect(pair.acknowledge() == 0x2F)
    #expect(pair.master.state.isr == 0x04)
  }

  @Test func pollingAcknowledges() {
    let pair = pair()
    pair.setLine(5, true)
    pair.write(port: 0x20, value: 0x0C)
    #expect(pair.read(port: 0x20) == 0x85)
    #expect(pair.master.state.isr == 0x20)
    pair.write(port: 0x20, value: 0x0C)
    #expect(pair.read(port: 0x20) == 0)
    pair.write(port: 0x20, value: 0x0B)
    #expect(pair.read(port: 0x20) == 0x20, "in service")
  }

  @Test func initializationForgetsEverythingButTheTriggerModes() {
    let pair = pair()
    pair.write(port: 0x4D0, value: 0x20)
    pair.setLine(1, true)
    pair.setLine(5, true)
    pair.write(port: 0x21, value: 0xFF)
    pair.write(port: 0x20, value: 0x11)
    #expect(pair.master.state.imr == 0)
    #expect(pair.master.state.irr == 0x20)
    #expect(pair.read(port: 0x4D0) == 0x20)
  }

  @Test func levelModeOfTheWholeChipNeedsNoRegister() {
    let pair = PICPair()
    pair.write(port: 0x20, value: 0x19)
    #expect(pair.master.state.ltim == 8)
    pair.master.setLine(1, true)
    pair.master.setLine(1, false)
    #expect(pair.master.state.irr == 0)
  }

  @Test func noStateMakesItTrap() {
    var generator = SeededGenerator(seed: 0x8259)
    for _ in 0..<500 {
      let pair = PICPair()
      for chip in [pair.master, pair.slave] {
        chip.state.irr = UInt8.random(in: 0...255, using: &generator)
        chip.state.isr = UInt8.random(in: 0...255, using: &generator)
        chip.state.priorityAdd = UInt8.random(in: 0...255, using: &generator)
        chip.state.irqBase = UInt8.random(in: 0...255, using: &generator)
        chip.state.initState = UInt8.random(in: 0...255, using: &generator)
        chip.afterLoad()
      }
      _ = pair.acknowledge()
      for value in UInt8.min...255 {
        pair.write(port: 0x20, value: value)
        pair.write(port: 0x21, value: value)
        _ = pair.read(port: 0x20)
        _ = pair.acknowledge()
      }
    }
  }
}
