import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct ISAKeyboardControllerTests {
  let controller = ISAKeyboardController()

  private func command(_ byte: UInt8, _ parameter: UInt8? = nil) {
    controller.writeCommand(byte)
    if let parameter { controller.writeData(parameter) }
  }

  private func readAll() -> [UInt8] {
    var bytes: [UInt8] = []
    while controller.readStatus() & 1 != 0 { bytes.append(controller.readData(now: 0)) }
    return bytes
  }

  @Test func passesTheSelfTestAndShowsIt() {
    #expect(controller.readStatus() == 0x18)
    command(0xAA)
    #expect(controller.readStatus() == 0x1D)
    #expect(readAll() == [0x55])
    #expect(controller.readStatus() == 0x1C)
    command(0xAB)
    command(0xA9)
    #expect(readAll() == [0x00])
  }

  @Test func theCommandByteTurnsInterruptsAndTranslationOn() {
    var keyboardLevel = false
    controller.setKeyboardIRQ = { keyboardLevel = $0 }
    command(0x60, 0x41)
    command(0x20)
    #expect(keyboardLevel)
    #expect(readAll() == [0x41])
    #expect(!keyboardLevel)
    controller.keyboard.keyEvent(.a, isDown: true)
    #expect(keyboardLevel)
    #expect(readAll() == [0x1E])
    command(0x60, 0x00)
    controller.keyboard.keyEvent(.a, isDown: true)
    #expect(!keyboardLevel)
    #expect(readAll() == [0x1C])
  }

  @Test func theMouseHasItsOwnBitAndLine() {
    var levels: [Bool] = []
    controller.setMouseIRQ = { levels.append($0) }
    command(0xD4, 0xF4)
    #expect(controller.readStatus() & 0x21 == 0x21)
    #expect(levels.last == true)
    #expect(controller.readData(now: 0) == 0xFA)
    #expect(levels.last == false)
    controller.mouse.moved(dx: 1)
    #expect(readAll() == [0x08, 1, 0])
  }

  @Test func aDisabledInterfaceHoldsItsBytesBack() {
    command(0xAD)
    controller.keyboard.keyEvent(.a, isDown: true)
    #expect(controller.readStatus() & 1 == 0)
    command(0xAE)
    #expect(readAll() == [0x1C])
    command(0xA7)
    command(0xD3, 0x99)  // the controller's own byte passes
    #expect(controller.readStatus() & 0x21 == 0x21)
    #expect(readAll() == [0x99])
  }

  @Test func writingToTheKeyboardEnablesItAgain() {
    command(0xAD)
    controller.writeData(0xEE)
    #expect(readAll() == [0xEE])
    command(0x20)
    #expect(readAll() == [0x03])
  }

  @Test func keyboardDataGoesBeforeMouseData() {
    command(0xD4, 0xF4)
    _ = readAll()
    command(0xAD)
    controller.keyboard.keyEvent(.b, isDown: true)
    command(0xA7)
    controller.mouse.moved(dx: 1)
    controller.mouse.moved(dx: 2)
    #expect(controller.readStatus() & 1 == 0)
    command(0x60, 0x00)
    #expect(controller.readData(now: 0) == 0x32)
    #expect(readAll() == [0x08, 1, 0, 0x08, 2, 0])
  }

  @Test func theOutputPortDrivesA20AndReset() {
    var a20: [Bool] = []
    var resets = 0
    controller.setA20 = { a20.append($0) }
    controller.requestReset = { resets += 1 }
    command(0xDD)
    command(0xD0)
    #expect(readAll() == [0xCD])
    command(0xDF)
    command(0xD1, 0xDD)
    command(0xD1, 0xDE)
    #expect(a20 == [false, true, false, true])
    #expect(resets == 1)
    command(0xFE)
    #expect(resets == 2)
    command(0xFF)
    #expect(resets == 2)
  }

  @Test func aByteReadTwiceIsTheSame() {
    command(0xD2, 0x5A)
    #expect(controller.readData(now: 0) == 0x5A)
    #expect(controller.readData(now: 0) == 0x5A)
  }

  @Test func throttlingShowsTheNextKeyAMillisecondLater() {
    controller.throttlesKeyboard = true
    controller.keyboard.keyEvent(.a, isDown: true)
    controller.keyboard.keyEvent(.b, isDown: true)
    #expect(controller.readData(now: 0) == 0x1C)
    #expect(controller.readStatus() & 1 == 0)
    #expect(controller.nextDeadline == 1_000_000)
    controller.runTimers(now: 1_000_000)
    #expect(controller.readData(now: 1_000_000) == 0x32)
  }
}

@Suite struct KeyboardControllerTableTests {
  typealias State = ISAKeyboardControllerState

  // QEMU 10.0.13, pc: the section's body.
  let recorded =
    hex("00 18 03 00")
    + subsection("pckbd/extended_state", version: 0, "00000000 00000000 00 00")

  @Test func everyCutBeforeTheSubsectionsIsRefused() {
    expectRefusesCuts(State.vmstate, State(), Array(recorded.prefix(4)))
  }

  @Test func decodesAndEncodesARecordedBody() throws {
    var state = State()
    #expect(try load(State.vmstate, into: &state, recorded + [0x7E]) == [0x7E])
    #expect(state.controller.outputPort == 0xCF)
    #expect(try State.vmstate.bytes(of: state) == recorded)
  }

  @Test func bringsAWaitingByteToTheDestination() throws {
    let source = ISAKeyboardController()
    source.writeCommand(0xD2)
    source.writeData(0x77)
    source.writeCommand(0xDD)
    let bytes = try State.vmstate.bytes(of: source.state)
    let expected =
      hex("00 19 03 04") + subsection("pckbd_outport", "dd")
      + subsection("pckbd/extended_state", version: 0, "00000000 00000004 00 77")
    #expect(bytes == expected)

    let destination = ISAKeyboardController()
    _ = try load(State.vmstate, into: &destination.state, bytes + [0])
    var level = false
    destination.setKeyboardIRQ = { level = $0 }
    destination.afterLoad()
    #expect(level)
    #expect(destination.readData(now: 0) == 0x77)
    #expect(destination.state.controller.outputPort == 0xCD)
  }

  @Test func withoutExtendedStateThePendingBitsHaveTheirOldForm() throws {
    let source = ISAKeyboardController()
    source.state.controller.usesExtendedState = false
    source.mouse.queue(1)
    source.keyboard.queue(2)
    let bytes = try State.vmstate.bytes(of: source.state)
    #expect(bytes == hex("00 39 03 03"))

    var state = State()
    _ = try load(State.vmstate, into: &state, bytes + [0])
    #expect(state.controller.pending == 0x30)
    #expect(state.controller.bufferSource == 2)
    #expect(state.controller.outputPort == 0xFF)
  }

  @Test func unknownPendingBitsAreDropped() throws {
    var state = State()
    var body = recorded
    body[3] = 0xFF
    _ = try load(State.vmstate, into: &state, body + [0])
    #expect(state.controller.pending == 0x3C)
  }

  @Test func aThrottleTimerThatRanOnTheSourceHasRunOutHere() throws {
    let source = ISAKeyboardController()
    source.throttlesKeyboard = true
    source.keyboard.keyEvent(.a, isDown: true)
    source.keyboard.keyEvent(.b, isDown: true)
    _ = source.readData(now: 0)
    let bytes = try State.vmstate.bytes(of: source.state)
    var state = State()
    _ = try load(State.vmstate, into: &state, bytes + [0])
    #expect(state.controller.migrationFlags == 1)
    #expect(state.controller.status & 1 == 1)
    #expect(!state.controller.throttleTimer.isArmed)
  }

  @Test func noLoadedStateMakesTheControllerTrap() throws {
    let controller = ISAKeyboardController()
    let body =
      hex("ffffffff")
      + subsection("pckbd/extended_state", version: 0, "ffffffff ffffffff ff ff")
    _ = try load(State.vmstate, into: &controller.state, body + [0])
    controller.afterLoad()
    for byte in 0...255 {
      controller.writeCommand(UInt8(byte))
      controller.writeData(UInt8(byte))
      _ = controller.readData(now: .max)
    }
    controller.runTimers(now: .max)
    #expect(controller.state.controller.writeCommand == 0)
  }
}
