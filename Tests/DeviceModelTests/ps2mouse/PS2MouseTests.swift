import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct PS2MouseTests {
  let mouse = PS2Mouse()

  private func drain() -> [UInt8] {
    var bytes: [UInt8] = []
    while mouse.state.common.queue.count > 0 { bytes.append(mouse.read()) }
    return bytes
  }

  @discardableResult
  private func send(_ bytes: UInt8...) -> [UInt8] {
    for byte in bytes { mouse.write(byte) }
    return drain()
  }

  private func unlock(_ rates: UInt8...) {
    for rate in rates { send(0xF3, rate) }
  }

  @Test func resetAnswersAcknowledgeSelfTestAndIdentity() {
    #expect(send(0xFF) == [0xFA, 0xAA, 0x00])
    #expect(send(0xE9) == [0xFA, 0x00, 0x02, 100])
  }

  @Test func settingsShowInTheStatus() {
    send(0xE7)
    send(0xE8, 3)
    send(0xF3, 40)
    send(0xF4)
    send(0xF0)
    #expect(send(0xE9) == [0xFA, 0x70, 3, 40])
    #expect(send(0xF6) == [0xFA])
    #expect(send(0xE9) == [0xFA, 0x00, 2, 100])
  }

  @Test func reportsMovementAndButtonsWhenEnabled() {
    mouse.moved(dx: 5)
    #expect(drain().isEmpty)
    send(0xF4)
    mouse.moved(dx: 5, dy: -3, buttons: [.left])
    #expect(drain() == [0x29, 5, 0xFD])
  }

  @Test func farMovementsTakeSeveralPackets() {
    send(0xF4)
    mouse.moved(dx: -300)
    #expect(drain() == [0x18, 0x81, 0, 0x18, 0x81, 0, 0x18, 0xD2, 0])
  }

  @Test func movementThatFindsNoRoomIsReportedLater() {
    send(0xF4)
    mouse.moved(dx: 127 * 6)
    #expect(drain().count == 15)
    mouse.moved()
    #expect(drain() == [0x08, 127, 0])
  }

  @Test func magicSampleRatesUnlockTheWheelAndTheButtons() {
    #expect(send(0xF2) == [0xFA, 0])
    unlock(200, 100, 80)
    #expect(send(0xF2) == [0xFA, 3])
    send(0xF4)
    mouse.moved(dz: -2)
    #expect(drain() == [0x08, 0, 0, 0xFE])
    unlock(200, 200, 80)
    #expect(send(0xF2) == [0xFA, 4])
    mouse.moved(dz: 9, buttons: [.side])
    #expect(drain() == [0x08, 0, 0, 0x17, 0x08, 0, 0, 0x12])
  }

  @Test func aBrokenSequenceUnlocksNothing() {
    unlock(200, 60, 100, 80)
    #expect(send(0xF2) == [0xFA, 0])
  }

  @Test func remoteModeReportsOnlyWhenAsked() {
    send(0xF0)
    send(0xF4)
    mouse.moved(dx: 4)
    #expect(drain().isEmpty)
    #expect(send(0xEB) == [0xFA, 0x08, 4, 0])
    send(0xEA)
    mouse.moved(dx: 1)
    #expect(drain() == [0x08, 1, 0])
  }

  @Test func wrapModeSendsEverythingBackButResetAndItsEnd() {
    #expect(send(0xEE) == [0xFA])
    #expect(send(0xF4, 0x12) == [0xF4, 0x12])
    #expect(send(0xEC) == [0xFA])
    #expect(send(0xF4) == [0xFA])
  }

  @Test func hugeMovementsDoNotOverflow() {
    send(0xF4)
    for _ in 0..<3 { mouse.moved(dx: .max, dy: .min, dz: .min) }
    #expect(drain().count == 15)
    #expect(mouse.state.dx > 0)
  }
}

@Suite struct PS2MouseTableTests {
  // QEMU 10.0.13, pc: the section's body, a mouse after a reset.
  let recorded = hex("ffffffff") + [UInt8](repeating: 0, count: 287)

  @Test func everyCutOfTheRecordedBodyIsRefused() {
    expectRefusesCuts(PS2MouseState.vmstate, PS2MouseState(), recorded)
  }

  @Test func decodesAndEncodesARecordedBody() throws {
    var state = PS2MouseState()
    #expect(try load(PS2MouseState.vmstate, into: &state, recorded + [0x7E]) == [0x7E])
    #expect(try PS2MouseState.vmstate.bytes(of: state) == recorded)
  }

  @Test func writesEveryRegister() throws {
    let mouse = PS2Mouse()
    for byte: UInt8 in [0xF3, 200, 0xF3, 200, 0xF3, 80, 0xF3, 200, 0xE8, 1, 0xF4, 0xF0, 0xEE] {
      mouse.write(byte)
      _ = mouse.read()
    }
    mouse.moved(dx: 1, dy: -1, dz: 2, buttons: [.extra])
    let bytes = try PS2MouseState.vmstate.bytes(of: mouse.state)
    #expect(
      bytes.suffix(19) == hex("60 01 c8 01 04 01 00000001 ffffffff 00000002 10")[...])
    var loaded = PS2MouseState()
    _ = try load(PS2MouseState.vmstate, into: &loaded, bytes + [0])
    #expect(try PS2MouseState.vmstate.bytes(of: loaded) == bytes)
  }

  @Test func noLoadedStateMakesTheMouseTrap() throws {
    let mouse = PS2Mouse()
    let body = hex("000000f3 ffffffff 7fffffff 80000000") + [UInt8](repeating: 0xFF, count: 275)
    _ = try load(PS2MouseState.vmstate, into: &mouse.state, body + [0])
    for byte in 0...255 { mouse.write(UInt8(byte)) }
    mouse.write(0xF4)
    mouse.moved(dx: .min, dy: .max, dz: 1)
    for _ in 0..<300 { _ = mouse.read() }
    #expect(mouse.state.common.queue.count == 0)
  }
}
