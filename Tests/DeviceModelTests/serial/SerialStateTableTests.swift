import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct SerialStateTableTests {
  // QEMU 10.0.13, pc, -serial null: the section's body.
  let recorded = hex("0001 00 00 c1 03 0b 60 b0 42 c1")

  @Test func decodesAndEncodesARecordedBody() throws {
    var state = ISASerial().state
    #expect(try load(ISASerialState.vmstate, into: &state, recorded + [0x7E]) == [0x7E])
    #expect(state.uart.divider == 1)
    #expect(state.uart.scr == 0x42)
    #expect(state.uart.fcr == 0xC1)
    #expect(state.uart.thrIPending == 0)
    #expect(try ISASerialState.vmstate.bytes(of: state) == recorded)
  }

  @Test func describesItselfAsQEMUDoes() throws {
    // QEMU 10.0.13, pc: the section in the JSON description.
    #expect(
      try ISASerialState.vmstate.descriptionText(of: ISASerialState())
        == #"""
        "vmsd_name": "serial", "version": 3, "fields": [{"name": "state", "type": "struct", \#
        "struct": {"vmsd_name": "serial", "version": 3, "fields": [{"name": "divider", "type": \#
        "uint16", "size": 2}, {"name": "rbr", "type": "uint8", "size": 1}, {"name": "ier", \#
        "type": "uint8", "size": 1}, {"name": "iir", "type": "uint8", "size": 1}, {"name": "lcr", \#
        "type": "uint8", "size": 1}, {"name": "mcr", "type": "uint8", "size": 1}, {"name": "lsr", \#
        "type": "uint8", "size": 1}, {"name": "msr", "type": "uint8", "size": 1}, {"name": "scr", \#
        "type": "uint8", "size": 1}, {"name": "fcr_vmstate", "type": "uint8", "size": 1}]}, \#
        "size": 11}]
        """#)
  }

  @Test func sendsAFilledFIFOAndItsTimerInsideTheNestedStructure() throws {
    let port = ISASerial()
    port.write(2, 0xC1, now: 0)
    port.receive(0xAB, now: 0)
    let timer = port.state.uart.fifoTimeoutTimer.expiry
    var expected = hex("000c 00 00 c1 00 08 61 b0 00 c1")
    expected += subsection(
      "serial/recv_fifo", "ab 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00000000 00000001")
    expected += subsection("serial/fifo_timeout_timer", "")
    expected += withUnsafeBytes(of: timer.bigEndian) { Array($0) }
    #expect(try ISASerialState.vmstate.bytes(of: port.state) == expected)
  }

  @Test func bringsARunningTransmissionToTheDestination() throws {
    let source = ISASerial(backend: RecordingBackend())
    (source.backend as? RecordingBackend)?.refusals = 1
    source.write(1, 0x02, now: 0)
    source.write(0, 0x77, now: 0)
    let bytes = try ISASerialState.vmstate.bytes(of: source.state)

    let backend = RecordingBackend()
    let destination = ISASerial(backend: backend)
    _ = try load(ISASerialState.vmstate, into: &destination.state, bytes + [0])
    var level = false
    destination.setIRQ = { level = $0 }
    destination.afterLoad()
    #expect(level)
    destination.resumeTransmit(now: 0)
    #expect(backend.sent == [0x77])
    #expect(destination.read(5, now: 0) == 0x60)
  }

  @Test func sendsThePendingTransmitInterruptOnlyWhenTheCauseHidesIt() throws {
    let port = ISASerial()
    port.write(1, 0x03, now: 0)
    #expect(port.state.uart.thrIPending == 1)
    #expect(try ISASerialState.vmstate.bytes(of: port.state).count == 11)
    port.receive(0x41, now: 0)  // the received byte has priority
    let bytes = try ISASerialState.vmstate.bytes(of: port.state)
    #expect(Array(bytes.dropFirst(11)) == subsection("serial/thr_ipending", "00000001"))
    var loaded = ISASerialState()
    _ = try load(ISASerialState.vmstate, into: &loaded, bytes + [0])
    #expect(loaded.uart.thrIPending == 1)
  }

  @Test func missingSubsectionsMeanResetValues() throws {
    let port = ISASerial()
    port.write(2, 0x01, now: 0)
    port.receive(1, now: 0)
    port.state.uart.timeoutIPending = 1
    _ = try load(ISASerialState.vmstate, into: &port.state, recorded + [0])
    #expect(port.state.uart.receiveFIFO.isEmpty)
    #expect(port.state.uart.timeoutIPending == 0)
    #expect(!port.state.uart.fifoTimeoutTimer.isArmed)
    #expect(port.state.uart.pollMSL == -1)
  }

  @Test func aRootOfVersionTwoHasNoFIFO() throws {
    var state = SerialState()
    let body = hex("0001 00 00 c1 03 0b 60 b0 42")
    _ = try load(SerialState.vmstate, into: &state, body + [0], version: 2)
    #expect(state.fcr == 0)
    #expect(state.iir == 0x01)
  }

  private func withTSR(lsr: String, retries: String) -> [UInt8] {
    hex("0001 00 00 c1 03 0b \(lsr) b0 42 c1") + subsection("serial/tsr", "\(retries) 11 22") + [0]
  }

  @Test func clampsTheNumberOfAttempts() throws {
    var state = ISASerialState()
    let bytes = withTSR(lsr: "20", retries: "000000ff")
    _ = try load(ISASerialState.vmstate, into: &state, bytes)
    #expect(state.uart.tsrRetry == 4)
    #expect(state.uart.tsr == 0x22)
  }

  @Test(arguments: ["60", "40"])
  func refusesAttemptsWithAnEmptyTransmitter(_ lsr: String) {
    let error = loadError(
      ISASerialState.vmstate, into: ISASerialState(), withTSR(lsr: lsr, retries: "00000001"))
    #expect(error?.code == .valueOutOfRange)
  }

  @Test func refusesABusyTransmitterWithoutAttempts() {
    let error = loadError(
      ISASerialState.vmstate, into: ISASerialState(), hex("0001 00 00 c1 03 0b 20 b0 42 c1 00"))
    #expect(error?.code == .valueOutOfRange)
  }

  @Test(arguments: ["00000010 00000001", "00000000 00000011", "ffffffff ffffffff"])
  func refusesAFIFOWithImpossibleIndexes(_ indexes: String) {
    let fields = String(repeating: "00", count: 16) + indexes
    let body = recorded + subsection("serial/recv_fifo", fields) + [0]
    let error = loadError(ISASerialState.vmstate, into: ISASerialState(), body)
    #expect(error?.code == .valueOutOfRange)
  }

  @Test func everyCutOfTheRecordedBodyIsRefused() {
    expectRefusesCuts(ISASerialState.vmstate, ISASerialState(), recorded)
  }

  @Test func noLoadedStateMakesThePortTrap() throws {
    let seed: UInt64 = 0x16550
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let port = ISASerial(backend: RecordingBackend())
      var body = (0..<11).map { _ in UInt8.random(in: 0...255, using: &generator) }
      body[7] |= 0x40  // a transmitter that is empty, or the load is refused
      let tail = String(repeating: "5a", count: 16) + "0000000f 00000010"
      body += subsection("serial/recv_fifo", tail) + subsection("serial/xmit_fifo", tail)
      body += subsection("serial/thr_ipending", "7fffffff")
      body += subsection("serial/fifo_timeout_timer", "8000000000000000")
      body += subsection("serial/poll", "7fffffff 7fffffffffffffff")
      _ = try load(ISASerialState.vmstate, into: &port.state, body + [0])
      port.afterLoad()
      port.runTimers(now: .max)
      for step in 0..<64 {
        _ = port.read(step, now: .max)
        port.write(step, UInt8.random(in: 0...255, using: &generator), now: .max)
        port.receive(UInt8(step), now: .min)
      }
      #expect(port.receiveCapacity <= 16, "seed \(seed)")
    }
  }
}

@Suite struct Fifo8Tests {
  @Test func givesBytesBackInOrderAcrossTheEnd() {
    var fifo = Fifo8()
    fifo.head = 14
    for byte in 1...4 { fifo.push(UInt8(byte)) }
    #expect((0..<4).map { _ in fifo.pop() } == [1, 2, 3, 4])
    #expect(fifo.head == 2)
    #expect(fifo.pop() == nil)
  }

  @Test func takesSixteenBytes() {
    var fifo = Fifo8()
    #expect((0..<17).map { fifo.push(UInt8($0)) } == Array(repeating: true, count: 16) + [false])
    #expect(fifo.isFull)
    #expect(fifo.pop() == 0)
  }
}
