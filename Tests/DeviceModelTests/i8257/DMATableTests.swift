import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct DMAStateTests {
  // QEMU 10.0.13, pc: both controllers after the BIOS, which leaves them alone.
  static let first = hex("00 ff 00 00000000") + [UInt8](repeating: 0, count: 68)
  static let second = hex("00 ff 00 00000001") + [UInt8](repeating: 0, count: 68)

  @Test func loadsAndSavesRecordedSections() throws {
    let first = try expectSameBytes(DMAState.vmstate, DMAState(), Self.first)
    #expect(first.dshift == 0 && first.mask == 0xFF)
    let second = try expectSameBytes(DMAState.vmstate, DMAState(), Self.second)
    #expect(second.dshift == 1)
  }

  @Test func placesEveryRegister() throws {
    // command, mask, flip_flop, dshift, then now, base, mode, page, pageh, dack, eop.
    let body =
      hex("01 02 03 00000001")
      + (0..<4).flatMap { channel in
        hex("0000000\(channel) 00000010 123\(channel) 5678 46 0\(channel) 07 08 09")
      }
    let state = try expectSameBytes(DMAState.vmstate, DMAState(), body)
    #expect(state.regs[3].now[0] == 3 && state.regs[3].now[1] == 16)
    #expect(state.regs[2].base[0] == 0x1232 && state.regs[2].base[1] == 0x5678)
    #expect(state.regs[1].page == 1 && state.regs[1].pageh == 7)
  }

  @Test func statusStaysAtHome() throws {
    var state = DMAState()
    state.status = 0x24
    _ = try load(DMAState.vmstate, into: &state, Self.first + [0])
    #expect(state.status == 0x24)
  }

  @Test func aTransferGoesOnAfterALoad() throws {
    let dma = DMAController()
    var turns: [Int] = []
    dma.connect(channel: 2) { _, _, position, _ in
      turns.append(position)
      return position
    }
    dma.setRequest(true, channel: 2)
    var body = Self.first
    body[1] = 0xFB
    // Channel 2: 16 bytes of 512 are done.
    body.replaceSubrange(7 + 34 + 4..<7 + 34 + 12, with: hex("00000010 0000 01ff"))
    _ = try load(DMAState.vmstate, into: &dma.state, body + [0])
    #expect(turns.isEmpty)
    dma.afterLoad()
    #expect(turns == [16])
  }

  @Test(arguments: ["00000002", "ffffffff", "7fffffff"])
  func refusesAnImpossibleWidth(width: String) {
    var bytes = Self.first
    bytes.replaceSubrange(3..<7, with: hex(width))
    #expect(
      loadError(DMAState.vmstate, into: DMAState(), bytes + [0])?.code == .valueOutOfRange)
  }

  @Test func refusesEveryShortenedSection() {
    expectRefusesCuts(DMAState.vmstate, DMAState(), Self.second)
  }
}
