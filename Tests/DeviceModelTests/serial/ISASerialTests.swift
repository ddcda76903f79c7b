import DeviceModels
import Testing

/// The other end of the line in tests.
final class RecordingBackend: SerialBackend {
  var sent: [UInt8] = []
  var refusals = 0
  var formats: [SerialLineFormat] = []
  var breaks: [Bool] = []
  var lines: SerialModemLines?
  var outputs: [[Bool]] = []

  func transmit(_ byte: UInt8) -> Bool {
    if refusals > 0 {
      refusals -= 1
      return false
    }
    sent.append(byte)
    return true
  }
  func setFormat(_ format: SerialLineFormat) { formats.append(format) }
  func setBreak(_ isOn: Bool) { breaks.append(isOn) }
  var modemLines: SerialModemLines? { lines }
  func setModemOutputs(requestToSend: Bool, dataTerminalReady: Bool) {
    outputs.append([requestToSend, dataTerminalReady])
  }
}

@Suite struct ISASerialTests {
  let backend = RecordingBackend()
  let port: ISASerial

  init() {
    port = ISASerial(backend: backend)
  }

  private func write(_ offset: Int, _ value: UInt8, at now: Int64 = 0) {
    port.write(offset, value, now: now)
  }
  private func read(_ offset: Int, at now: Int64 = 0) -> UInt8 { port.read(offset, now: now) }

  @Test func divisorLatchHidesTheFirstTwoRegistersAndSetsTheSpeed() {
    write(1, 0x05)
    write(3, 0x83)
    write(0, 0x0C)
    write(1, 0x00)
    #expect(read(0) == 0x0C)
    #expect(read(1) == 0x00)
    write(3, 0x1B)  // 8 bits, even parity
    #expect(read(1) == 0x05)
    #expect(
      backend.formats.last
        == SerialLineFormat(speed: 9600, dataBits: 8, stopBits: 1, parity: .even))
  }

  @Test func aDivisorOfZeroAnnouncesNothing() {
    write(3, 0x80)
    backend.formats = []
    write(0, 0)
    #expect(backend.formats.isEmpty)
    #expect(port.state.uart.divider == 0)
  }

  @Test func aByteGoesOutAndRaisesTheEmptyInterruptUntilItIsIdentified() {
    var level = false
    port.setIRQ = { level = $0 }
    write(1, 0x02)
    #expect(level)
    #expect(read(2) == 0x02)
    #expect(!level)
    #expect(read(2) == 0x01)
    write(0, 0x41)
    #expect(backend.sent == [0x41])
    #expect(read(5) == 0x60)
    #expect(level)
  }

  @Test func aBusyBackEndLeavesTheByteInTheShiftRegister() {
    backend.refusals = 1
    write(0, 0x55)
    #expect(backend.sent.isEmpty)
    #expect(read(5) & 0x40 == 0)
    #expect(port.state.uart.tsrRetry == 1)
    port.resumeTransmit(now: 0)
    #expect(backend.sent == [0x55])
    #expect(read(5) == 0x60)
    #expect(port.state.uart.tsrRetry == 0)
  }

  @Test func aByteRefusedFiveTimesIsDropped() {
    backend.refusals = 5
    write(0, 0x55)
    for _ in 0..<4 { port.resumeTransmit(now: 0) }
    #expect(backend.sent.isEmpty)
    #expect(read(5) == 0x60)
  }

  @Test func theTransmitFIFOKeepsSixteenBytesAndDropsTheOldest() {
    write(2, 0x01)
    backend.refusals = 1
    for byte in 0..<18 { write(0, UInt8(byte)) }
    #expect(read(5) & 0x60 == 0)
    port.resumeTransmit(now: 0)
    // 0 was in the shift register; 1 had to make room for 17.
    #expect(backend.sent == [0] + Array(2..<18))
    #expect(read(5) == 0x60)
  }

  @Test func receivedDataInterruptsAndASecondByteOverruns() {
    var level = false
    port.setIRQ = { level = $0 }
    write(1, 0x05)
    port.receive(0x31, now: 0)
    #expect(level)
    #expect(read(2) == 0x04)
    #expect(port.receiveCapacity == 0)
    port.receive(0x32, now: 0)
    #expect(read(2) == 0x06)
    #expect(read(5) == 0x63)
    #expect(read(2) == 0x04)
    #expect(read(0) == 0x32)
    #expect(!level)
    #expect(read(5) == 0x60)
  }

  @Test func theReceiveFIFOInterruptsAtItsTriggerLevel() {
    write(1, 0x01)
    write(2, 0x81)  // FIFO, 8 bytes
    #expect(read(2) == 0xC1)
    for byte in 0..<7 { port.receive(UInt8(byte), now: 0) }
    #expect(read(2) == 0xC1)
    #expect(port.receiveCapacity == 1)
    port.receive(7, now: 0)
    #expect(read(2) == 0xC4)
    #expect((0..<8).map { _ in read(0) } == Array(0..<8))
    #expect(read(2) == 0xC1)
    #expect(read(0) == 0)
  }

  @Test func theSeventeenthByteIsLostAndReported() {
    write(2, 0x01)
    for byte in 0..<17 { port.receive(UInt8(byte), now: 0) }
    #expect(port.receiveCapacity == 0)
    #expect(read(5) & 0x02 != 0)
    #expect((0..<16).map { _ in read(0) } == Array(0..<16))
    #expect(read(5) & 0x01 == 0)
  }

  @Test func bytesBelowTheTriggerTimeOutAfterFourCharacterTimes() throws {
    write(3, 0x83)
    write(0, 1)  // 115200
    write(1, 0)
    write(3, 0x03)
    write(1, 0x01)
    write(2, 0xC1)
    port.receive(0x5A, now: 1_000)
    let deadline = try #require(port.nextDeadline)
    #expect(deadline == 1_000 + 4 * Int64(1_000_000_000 / 115_200 * 10))
    port.runTimers(now: deadline - 1)
    #expect(read(2) == 0xC1)
    port.runTimers(now: deadline)
    #expect(read(2) == 0xCC)
    #expect(read(0, at: deadline) == 0x5A)
    #expect(read(2) == 0xC1)
    #expect(port.nextDeadline == nil)
  }

  @Test func switchingTheFIFOClearsBoth() {
    write(2, 0x01)
    port.receive(1, now: 0)
    write(2, 0x00)
    #expect(read(2) == 0x01)
    #expect(read(5) == 0x60)
    #expect(port.state.uart.receiveFIFO.isEmpty)
  }

  @Test func aBreakArrivesAsAZeroByteAndClearsOnRead() {
    write(1, 0x04)
    port.receiveBreak()
    #expect(read(2) == 0x06)
    #expect(read(5) == 0x71)
    #expect(read(2) == 0x01)
    #expect(read(0) == 0)
  }

  @Test func loopbackReturnsWhatIsSentAndTheModemOutputs() {
    write(4, 0x1B)  // loop, OUT2, RTS, DTR
    write(0, 0x99)
    #expect(backend.sent.isEmpty)
    #expect(read(0) == 0x99)
    #expect(read(6) == 0xB0)
    port.receive(0x11, now: 0)
    #expect(read(5) & 1 == 0)
  }

  @Test func breakAndScratchReachTheirPlaces() {
    write(3, 0x43)
    write(3, 0x03)
    #expect(backend.breaks == [true, false])
    write(7, 0xA5)
    #expect(read(7) == 0xA5)
    write(5, 0xFF)
    #expect(read(5) == 0x60)
  }

  @Test func modemLinesArePolledWhileTheirInterruptIsOn() {
    backend.lines = [.clearToSend, .ring]
    let port = ISASerial(backend: backend)
    #expect(port.read(6, now: 0) == 0x50)
    port.write(1, 0x08, now: 0)
    #expect(port.nextDeadline == 10_000_000)
    backend.lines = [.dataSetReady]
    port.runTimers(now: 10_000_000)
    #expect(port.read(2, now: 0) == 0x00)
    // CTS and DSR changed, the ring indicator fell.
    #expect(port.read(6, now: 0) == 0x27)
    #expect(port.read(6, now: 0) == 0x20)
    port.write(1, 0x00, now: 0)
    #expect(port.nextDeadline == nil)
  }

  @Test func modemOutputsAreDrivenAndTheAnswerIsAwaited() {
    backend.lines = []
    let port = ISASerial(backend: backend)
    port.write(4, 0x03, now: 100)
    #expect(backend.outputs == [[true, true]])
    #expect(port.nextDeadline == 100 + Int64(1_000_000_000 / 9600 * 7))
  }
}
