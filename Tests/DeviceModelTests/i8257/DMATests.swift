import DeviceModels
import TestSupport
import Testing

@Suite struct DMATests {
  /// 16 MiB of memory.
  private final class Memory: DMAMemory {
    var bytes = [UInt8](repeating: 0, count: 1 << 24)

    func read(_ address: UInt64, count: Int) -> [UInt8]? {
      guard address + UInt64(count) <= UInt64(bytes.count) else { return nil }
      return Array(bytes[Int(address)..<Int(address) + count])
    }

    func write(_ address: UInt64, _ new: ArraySlice<UInt8>) -> Bool {
      guard address + UInt64(new.count) <= UInt64(bytes.count) else { return false }
      bytes.replaceSubrange(Int(address)..<Int(address) + new.count, with: new)
      return true
    }
  }

  private let memory = Memory()
  private let dma = ISADMA()

  init() {
    dma.first.memory = memory
    dma.second.memory = memory
  }

  /// The usual sequence for channel 2: mask, flip-flop, mode, address, page, count, unmask.
  private func programFloppy(mode: UInt8, address: Int, count: Int) {
    dma.write(port: 0x0A, value: 0x06)
    dma.write(port: 0x0C, value: 0)
    dma.write(port: 0x0B, value: mode)
    dma.write(port: 0x04, value: UInt8(address & 0xFF))
    dma.write(port: 0x04, value: UInt8(address >> 8 & 0xFF))
    dma.write(port: 0x81, value: UInt8(address >> 16))
    dma.write(port: 0x0C, value: 0)
    dma.write(port: 0x05, value: UInt8((count - 1) & 0xFF))
    dma.write(port: 0x05, value: UInt8((count - 1) >> 8))
    dma.write(port: 0x0A, value: 0x02)
  }

  private func readWord(_ port: UInt16) -> Int {
    let low = dma.read(port: port)!
    return Int(dma.read(port: port)!) << 8 | Int(low)
  }

  @Test func movesASectorIntoMemory() {
    let sector = (0..<512).map { UInt8(truncatingIfNeeded: $0 * 7) }
    dma.first.connect(channel: 2) { dma, channel, position, length in
      let part = sector[position..<min(position + 200, length)]
      dma.write(Array(part), channel: channel, position: position)
      return position + part.count
    }
    programFloppy(mode: 0x46, address: 0x12345, count: 512)
    dma.first.setRequest(true, channel: 2)
    #expect(dma.first.state.regs[2].now[1] == 200)
    #expect(readWord(0x04) == 0x2345 + 200)
    #expect(readWord(0x05) == 511 - 200)
    dma.first.run()
    dma.first.run()
    #expect(Array(memory.bytes[0x12345..<0x12345 + 512]) == sector)
    #expect(dma.read(port: 0x08) == 0x44, "the end was reached; the device still asks")
    #expect(dma.read(port: 0x08) == 0x40, "reading clears the end")
    #expect(dma.read(port: 0x0F) == 0xFF, "the channel is masked again")
    #expect(readWord(0x05) == 0xFFFF)
  }

  @Test func aMaskedChannelWaits() {
    var turns = 0
    dma.first.connect(channel: 2) { _, _, position, _ in
      turns += 1
      return position
    }
    dma.first.setRequest(true, channel: 2)
    #expect(turns == 0)
    programFloppy(mode: 0x46, address: 0, count: 16)
    #expect(turns == 1, "unmasking lets it run")
    dma.write(port: 0x08, value: 0x04)
    dma.first.run()
    #expect(turns == 1, "the controller is stopped")
  }

  @Test func aDownwardTransferRunsBackwards() {
    for index in 0..<16 { memory.bytes[0x1000 + index] = UInt8(index) }
    var seen: [UInt8] = []
    dma.first.connect(channel: 2) { dma, channel, position, length in
      let part = dma.read(channel: channel, position: position, count: 4)
      seen += part
      return position + part.count
    }
    programFloppy(mode: 0x6A, address: 0x100F, count: 8)
    dma.first.setRequest(true, channel: 2)
    #expect(readWord(0x04) == 0x100B)
    dma.first.run()
    #expect(seen == [15, 14, 13, 12, 11, 10, 9, 8])
  }

  @Test func autoinitializeStartsAgain() {
    dma.first.connect(channel: 2) { _, _, _, length in length }
    programFloppy(mode: 0x56, address: 0x2000, count: 32)
    dma.first.setRequest(true, channel: 2)
    #expect(dma.first.state.regs[2].now[1] == 0)
    #expect(readWord(0x04) == 0x2000)
    #expect(dma.first.state.mask & 4 == 0)
  }

  @Test func theSecondControllerMovesWords() {
    var length = 0
    dma.second.connect(channel: 1) { dma, channel, position, whole in
      length = whole
      dma.write([1, 2, 3, 4], channel: channel, position: position)
      return 4
    }
    dma.write(port: 0xD8, value: 0)
    dma.write(port: 0xD6, value: 0x45)
    for value in [UInt8(0x80), 0x40] { dma.write(port: 0xC4, value: value) }
    dma.write(port: 0x8B, value: 0x03)
    for value in [UInt8(1), 0] { dma.write(port: 0xC6, value: value) }
    dma.write(port: 0xD4, value: 0x01)
    dma.second.setRequest(true, channel: 1)
    #expect(length == 4)
    // Page 2 (its lowest bit does not count) and twice the address.
    #expect(dma.second.startAddress(of: 1) == 0x2_8100)
    #expect(Array(memory.bytes[0x28100..<0x28104]) == [1, 2, 3, 4])
  }

  @Test func verifyWritesNothing() {
    dma.first.connect(channel: 2) { dma, channel, position, length in
      dma.write([9, 9, 9, 9], channel: channel, position: position)
      return length
    }
    programFloppy(mode: 0x42, address: 0x3000, count: 4)
    dma.first.setRequest(true, channel: 2)
    #expect(memory.bytes[0x3000] == 0)
    #expect(dma.read(port: 0x08)! & 4 != 0)
  }

  @Test func masterClearMasksEverything() {
    dma.write(port: 0x0E, value: 0)
    #expect(dma.read(port: 0x0F) == 0)
    dma.write(port: 0x0D, value: 0)
    #expect(dma.read(port: 0x0F) == 0xFF)
    #expect(dma.read(port: 0x0E) == 0)
    #expect(dma.read(port: 0x84) == nil && !dma.write(port: 0x3F8, value: 0))
  }

  @Test func pageRegistersAreWiredWithoutOrder() {
    for (port, channel) in [(0x87, 0), (0x83, 1), (0x81, 2), (0x82, 3)] {
      dma.write(port: UInt16(port), value: UInt8(channel + 1))
      dma.write(port: UInt16(port + 0x400), value: UInt8(channel + 0x11))
      dma.write(port: UInt16(port + 8), value: UInt8(channel + 0x21))
      #expect(dma.first.state.regs[channel].page == UInt8(channel + 1))
      #expect(dma.first.state.regs[channel].pageh == UInt8(channel + 0x11))
      #expect(dma.second.state.regs[channel].page == UInt8(channel + 0x21))
      #expect(dma.read(port: UInt16(port)) == UInt8(channel + 1))
    }
  }

  @Test func noStateMakesItTrap() {
    var generator = SeededGenerator(seed: 0x8257)
    for _ in 0..<500 {
      let dma = DMAController()
      dma.memory = memory
      dma.state.dshift = Int32(truncatingIfNeeded: generator.next())
      dma.state.status = UInt8.random(in: 0...255, using: &generator)
      dma.state.mask = 0
      for channel in 0..<4 {
        dma.state.regs[channel].now[0] = Int32(truncatingIfNeeded: generator.next())
        dma.state.regs[channel].now[1] = Int32(truncatingIfNeeded: generator.next())
        dma.state.regs[channel].base[1] = UInt16(truncatingIfNeeded: generator.next())
        dma.state.regs[channel].mode = UInt8.random(in: 0...255, using: &generator)
        dma.state.regs[channel].pageh = 0xFF
        dma.connect(channel: channel) { dma, channel, position, length in
          _ = dma.read(channel: channel, position: position, count: .max)
          dma.write([1, 2, 3], channel: channel, position: position)
          return .max
        }
      }
      for register in 0..<16 { _ = dma.read(register: register) }
      dma.afterLoad()
      for register in 0..<16 { dma.write(register: register, value: 0xFF) }
    }
  }
}
