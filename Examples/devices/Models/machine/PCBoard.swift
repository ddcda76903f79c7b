import VMState

/// The devices of a PC, wired to each other: what sits on the board of QEMU's `pc`.
///
/// Interrupt lines 0 to 15 go to the i8259 pair and to the I/O APIC. The i8254 and the clock
/// reach lines 0 and 8 through the HPET, which can take both over. The speaker hangs on
/// counter 2 of the i8254, keyboard and mouse on their controller. Time is the virtual clock
/// of `clocks`; `host` is where that takes its own time from.
public final class PCBoard {
  /// The host's clock in nanoseconds.
  public var host: () -> Int64
  /// The machine's clocks.
  public let clocks = MachineClocks()
  /// The two interrupt controllers.
  public let pics = PICPair()
  /// The I/O APIC.
  public let ioapic = IOAPIC()
  /// The interval timer.
  public let pit = PIT()
  /// The speaker port.
  public let speaker: Speaker
  /// The event timer.
  public let hpet = HPET()
  /// The real-time clock.
  public let rtc: RTC
  /// The two DMA controllers.
  public let dma = ISADMA()
  /// The keyboard controller with keyboard and mouse.
  public let keyboard = ISAKeyboardController()
  /// System control port A.
  public let port92 = Port92()
  /// What firmware reads the configuration from.
  public let firmware = FirmwareConfig()
  /// Power management.
  public let power = PIIX4Power()
  /// The run state that travels, from 9.0 on.
  public let globalState = StateBox(GlobalState())
  /// The run state that travels, before 9.0.
  public let globalState7_2 = StateBox(GlobalState7_2())
  /// The serial ports by number.
  public internal(set) var serialPorts: [Int: ISASerial] = [:]
  /// The network controllers by device path.
  public internal(set) var networkCards: [String: E1000] = [:]
  /// Guest memory for the bus masters.
  public var memory: (any DMAMemory)? {
    didSet { connectMemory() }
  }
  /// The i8259 pair asks the processor for an interrupt.
  public internal(set) var isInterruptRequested = false
  /// A load is under way: lines are noted, and edges are none.
  public var isLoading = false
  /// Messages that the I/O APIC has sent to processors.
  public internal(set) var deliveredMessages = 0

  /// A board after power-on, with its clocks at rest.
  ///
  /// - Parameters:
  ///   - seconds: The time of day, in seconds since 1970.
  ///   - host: The host's clock in nanoseconds.
  public init(seconds: Int64 = 0, host: @escaping () -> Int64 = { 0 }) {
    self.host = host
    speaker = Speaker(pit: pit)
    rtc = RTC(seconds: seconds)
    connectInterrupts()
    connectTimers()
    connectKeyboard()
    addFirmwareFiles()
  }

  // As large as QEMU's; what is in them is the firmware's business.
  private func addFirmwareFiles() {
    for (name, size) in [
      ("etc/acpi/tables", 0x20000), ("etc/table-loader", 0x1000), ("etc/acpi/rsdp", 20),
    ] { firmware.setFile(name, Array(repeating: 0, count: size)) }
  }

  /// The virtual clock in nanoseconds.
  public var now: Int64 { clocks.virtualTime(host: host()) }

  /// A serial port, plugged in when it is asked for first.
  public func serialPort(_ number: Int) -> ISASerial {
    if let port = serialPorts[number] { return port }
    let port = ISASerial()
    let line = number.isMultiple(of: 2) ? 4 : 3
    port.setIRQ = { [unowned self] in setLine(line, $0) }
    serialPorts[number] = port
    return port
  }

  /// A network controller, plugged in when it is asked for first.
  ///
  /// - Parameter path: The device path, `0000:00:03.0`.
  public func networkCard(_ path: String) -> E1000 {
    if let card = networkCards[path] { return card }
    let number = UInt8(truncatingIfNeeded: networkCards.count)
    let card = E1000(address: [0x52, 0x54, 0x00, 0x12, 0x34, 0x56 &+ number])
    card.setIRQ = { [unowned self] in setLine(11, $0) }
    card.memory = memory
    networkCards[path] = card
    return card
  }

  /// Drives an interrupt line of the board.
  ///
  /// - Parameter line: 0 to 23; the i8259 pair has the first sixteen.
  public func setLine(_ line: Int, _ level: Bool) {
    if isLoading { return noteLine(line, level) }
    if (0..<16).contains(line) { pics.setLine(line, level) }
    ioapic.setLine(line, level)
  }

  // The controllers remember their inputs in their own sections. A device that drives its
  // line again after a load changes nothing on the wire, so nobody may see an edge there.
  private func noteLine(_ line: Int, _ level: Bool) {
    guard (0..<IOAPIC.lines).contains(line) else { return }
    let bit = UInt32(1) << UInt32(line == 0 ? 2 : line)
    if level { ioapic.state.lineLevels |= bit } else { ioapic.state.lineLevels &= ~bit }
  }

  /// Starts the clocks where they stood.
  public func startClocks() {
    let time = host()
    clocks.start(host: time, hostCycles: time)
  }

  /// Stops the clocks.
  public func stopClocks() {
    let time = host()
    clocks.stop(host: time, hostCycles: time)
  }
}

// MARK: - Wiring

extension PCBoard {
  private func connectInterrupts() {
    pics.master.interrupt = { [unowned self] in isInterruptRequested = $0 }
    ioapic.externalVector = { [unowned self] in pics.acknowledge() }
    ioapic.deliver = { [unowned self] _ in deliveredMessages += 1 }
    power.setSCI = { [unowned self] in setLine(9, $0) }
  }

  private func connectTimers() {
    pit.irq = { [unowned self] in hpet.setPITLine($0) }
    rtc.irq = { [unowned self] in hpet.setClockLine($0) }
    hpet.setLine = { [unowned self] in setLine($0, $1) }
    hpet.setPITEnabled = { [unowned self] in pit.setInterruptEnabled($0, now: now) }
  }

  private func connectKeyboard() {
    keyboard.setKeyboardIRQ = { [unowned self] in setLine(1, $0) }
    keyboard.setMouseIRQ = { [unowned self] in setLine(12, $0) }
  }

  private func connectMemory() {
    dma.first.memory = memory
    dma.second.memory = memory
    firmware.memory = memory
    for card in networkCards.values { card.memory = memory }
  }
}
