import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct PS2KeyboardTests {
  let keyboard = PS2Keyboard()

  private func drain() -> [UInt8] {
    var bytes: [UInt8] = []
    while keyboard.state.common.queue.count > 0 { bytes.append(keyboard.read()) }
    return bytes
  }

  private func send(_ bytes: UInt8...) -> [UInt8] {
    for byte in bytes { keyboard.write(byte) }
    return drain()
  }

  @Test func resetAnswersAcknowledgeAndSelfTest() {
    #expect(send(0xFF) == [0xFA, 0xAA])
  }

  @Test func identifiesItselfTranslatedOrNot() {
    #expect(send(0xF2) == [0xFA, 0xAB, 0x83])
    keyboard.setTranslation(true)
    #expect(send(0xF2) == [0xFA, 0xAB, 0x41])
  }

  @Test func echoesAndAsksAgainForUnknownCommands() {
    #expect(send(0xEE) == [0xEE])
    #expect(send(0x05) == [0xFE])
    #expect(send(0xE1) == [0xFE])
  }

  @Test func lampsTakeAParameter() {
    var shown: PS2KeyboardLEDs = []
    keyboard.setLEDs = { shown = $0 }
    keyboard.write(0xED)
    #expect(drain() == [0xFA])
    #expect(send(0x06) == [0xFA])
    #expect(shown == [.numLock, .capsLock])
    #expect(send(0xEE) == [0xEE])
  }

  @Test func keysComeInTheChosenSet() {
    keyboard.keyEvent(.a, isDown: true)
    keyboard.keyEvent(.a, isDown: false)
    #expect(drain() == [0x1C, 0xF0, 0x1C])
    keyboard.keyEvent(.delete, isDown: true)
    keyboard.keyEvent(.delete, isDown: false)
    #expect(drain() == [0xE0, 0x71, 0xE0, 0xF0, 0x71])
    keyboard.write(0xF0)
    #expect(send(1) == [0xFA])
    keyboard.keyEvent(.a, isDown: true)
    keyboard.keyEvent(.a, isDown: false)
    #expect(drain() == [0x1E, 0x9E])
    keyboard.write(0xF0)
    #expect(send(3) == [0xFA])
    keyboard.keyEvent(.leftControl, isDown: false)
    #expect(drain() == [0xF0, 0x11])
  }

  @Test func tellsTheScanCodeSetAndRefusesOthers() {
    keyboard.write(0xF0)
    #expect(send(0) == [0xFA, 2])
    keyboard.write(0xF0)
    #expect(send(4) == [0xFE])
    keyboard.setTranslation(true)
    keyboard.write(0xF0)
    #expect(send(0) == [0xFA, 0x41])
  }

  @Test func translationTurnsSetTwoIntoSetOne() {
    keyboard.setTranslation(true)
    for key in [PS2Key.a, .enter, .f7, .up] {
      keyboard.keyEvent(key, isDown: true)
      keyboard.keyEvent(key, isDown: false)
    }
    #expect(
      drain() == [0x1E, 0x9E, 0x1C, 0x9C, 0x41, 0xC1, 0xE0, 0x48, 0xE0, 0xC8])
  }

  @Test func aDisabledKeyboardIsSilent() {
    #expect(send(0xF5) == [0xFA])
    keyboard.keyEvent(.space, isDown: true)
    #expect(drain().isEmpty)
    #expect(send(0xF4) == [0xFA])
    keyboard.keyEvent(.space, isDown: true)
    #expect(drain() == [0x29])
  }

  @Test func aKeyThatDoesNotFitIsDroppedWhole() {
    for _ in 0..<5 { keyboard.keyEvent(.delete, isDown: false) }
    keyboard.keyEvent(.delete, isDown: false)
    #expect(drain().count == 15)
    for _ in 0..<16 { keyboard.keyEvent(.a, isDown: true) }
    keyboard.keyEvent(.b, isDown: true)
    #expect(drain() == Array(repeating: 0x1C, count: 16))
  }

  @Test func aReplyComesBeforeWaitingKeysAndANewCommandCancelsIt() {
    keyboard.keyEvent(.a, isDown: true)
    keyboard.write(0xF2)
    #expect(keyboard.read() == 0xFA)
    #expect(send(0xEE) == [0xEE, 0x1C])
  }

  @Test func readingAnEmptyQueueRepeatsTheLastByte() {
    _ = send(0xEE)
    #expect(keyboard.read() == 0xEE)
  }

  @Test func theControllerHearsOfEveryByte() {
    var levels: [Bool] = []
    keyboard.setIRQ = { levels.append($0) }
    keyboard.write(0xFF)
    _ = keyboard.read()
    _ = keyboard.read()
    #expect(levels == [true, false, true, false])
  }
}

@Suite struct PS2KeyboardTableTests {
  // QEMU 10.0.13, pc: the section's body.
  let recorded =
    hex("ffffffff 00000000 00000000 00000000") + [UInt8](repeating: 0, count: 256)
    + hex("00000001 00000000 00000002")

  @Test func everyCutOfTheRecordedBodyIsRefused() {
    expectRefusesCuts(PS2KeyboardState.vmstate, PS2KeyboardState(), recorded)
  }

  @Test func decodesAndEncodesARecordedBody() throws {
    var state = PS2KeyboardState()
    #expect(try load(PS2KeyboardState.vmstate, into: &state, recorded + [0x7E]) == [0x7E])
    #expect(state.common.writeCommand == -1)
    #expect(try PS2KeyboardState.vmstate.bytes(of: state) == recorded)
  }

  @Test func bringsAReplyLampsAndAHalfTranslatedKey() throws {
    let source = PS2Keyboard()
    source.write(0xED)
    source.write(0x04)
    source.setTranslation(true)
    source.keyEvent(.a, isDown: true)
    source.state.needsHighBit = true
    source.write(0xFF)
    source.state.ledState = 4
    let bytes = try PS2KeyboardState.vmstate.bytes(of: source.state)
    #expect(bytes.count == 284 + (6 + 15 + 4) + (6 + 20 + 1) + (6 + 26 + 4))

    let destination = PS2Keyboard()
    _ = try load(PS2KeyboardState.vmstate, into: &destination.state, bytes + [0])
    var lamps: PS2KeyboardLEDs = []
    destination.setLEDs = { lamps = $0 }
    destination.afterLoad()
    #expect(lamps == .capsLock)
    #expect([destination.read(), destination.read()] == [0xFA, 0xAA])
    destination.keyEvent(.b, isDown: true)
    #expect(destination.read() == 0xB0)
  }

  @Test func versionTwoMeansScanCodeSetTwo() throws {
    var state = PS2KeyboardState()
    state.scancodeSet = 3
    _ = try load(
      PS2KeyboardState.vmstate, into: &state, Array(recorded.dropLast(4)) + [0], version: 2)
    #expect(state.scancodeSet == 2)
  }

  @Test func missingSubsectionsMeanResetValues() throws {
    var state = PS2KeyboardState()
    state.ledState = 7
    state.needsHighBit = true
    state.common.queue.replyEnd = 3
    _ = try load(PS2KeyboardState.vmstate, into: &state, recorded + [0])
    #expect(state.ledState == 0)
    #expect(!state.needsHighBit)
    #expect(state.common.queue.replyEnd == -1)
  }
}
