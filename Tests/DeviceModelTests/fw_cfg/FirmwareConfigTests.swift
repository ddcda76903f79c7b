import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct FirmwareConfigTests {
  let device = FirmwareConfig()
  let memory = TestMemory()

  init() {
    device.memory = memory
    device.setFile("etc/table-loader", [7, 8, 9])
    device.setFile("etc/acpi/tables", [1, 2, 3, 4, 5])
    device.setFile("opt/writable", [0, 0, 0, 0], isWritable: true)
    device.setItem(0x8001, [0xAA])
  }

  private func read(_ count: Int) -> [UInt8] { (0..<count).map { _ in device.readData() } }

  private func item(_ key: UInt16, _ count: Int) -> [UInt8] {
    device.select(key)
    return read(count)
  }

  @Test func showsSignatureFeaturesAndItems() {
    #expect(item(0x00, 5) == Array("QEMU".utf8) + [0])
    #expect(item(0x01, 4) == [3, 0, 0, 0])
    #expect(item(0x8001, 2) == [0xAA, 0])
    #expect(item(0x0002, 1) == [0])
    #expect(FirmwareConfig(isDMAEnabled: false).readDMARegister(0) == 0)
    #expect((0..<9).map { device.readDMARegister($0) } == Array("QEMU CFG".utf8) + [0])
  }

  @Test func listsTheFilesInTheOrderOfTheirNames() {
    let bytes = item(0x19, 4 + 3 * 64)
    #expect(Array(bytes.prefix(4)) == [0, 0, 0, 3])
    let entry = Array(bytes[4..<12]) + Array(bytes[12..<28])
    #expect(entry == hex("00000005 0020 0000") + Array("etc/acpi/tables".utf8) + [0])
    #expect(Array(bytes[68..<76]) == hex("00000003 0021 0000"))
    #expect(item(0x20, 6) == [1, 2, 3, 4, 5, 0])
    #expect(item(0x21, 3) == [7, 8, 9])
  }

  @Test func anUnknownSelectorSelectsNothing() {
    device.select(0x40)
    #expect(device.state.currentEntry == 0xFFFF)
    #expect(read(2) == [0, 0])
  }

  /// Puts a request at 0x100 and starts it.
  private func transfer(_ control: String, length: String, target: String) -> [UInt8] {
    memory[0x100, 16] = hex("\(control) \(length) \(target)")
    device.writeDMAHigh(0)
    device.writeDMALow(0x100)
    return memory[0x100, 4]
  }

  @Test func dmaReadsAnItemAndZerosAfterIt() {
    memory[0x200, 8] = Array(repeating: 0xEE, count: 8)
    let control = transfer("0020000a", length: "00000007", target: "0000000000000200")
    #expect(control == [0, 0, 0, 0])
    #expect(memory[0x200, 8] == [1, 2, 3, 4, 5, 0, 0, 0xEE])
    #expect(device.state.dmaAddress == 0)
    #expect(device.state.currentOffset == 5)
  }

  @Test func dmaSkipsAndContinues() {
    _ = transfer("0020000c", length: "00000002", target: "0000000000000000")
    _ = transfer("00000002", length: "00000002", target: "0000000000000200")
    #expect(memory[0x200, 2] == [3, 4])
  }

  @Test func dmaWritesOnlyWhatMayBeWritten() {
    memory[0x300, 4] = [9, 8, 7, 6]
    #expect(
      transfer("00220018", length: "00000004", target: "0000000000000300") == [0, 0, 0, 0])
    #expect(device.file("opt/writable") == [9, 8, 7, 6])
    #expect(
      transfer("00200018", length: "00000004", target: "0000000000000300") == [0, 0, 0, 1])
    #expect(
      transfer("00220018", length: "00000005", target: "0000000000000300") == [0, 0, 0, 1])
    #expect(device.file("etc/acpi/tables") == [1, 2, 3, 4, 5])
  }

  @Test func dmaOutsideMemoryReportsAnError() {
    #expect(
      transfer("0020000a", length: "ffffffff", target: "ffffffffffffff00") == [0, 0, 0, 1])
    #expect(
      transfer("00220018", length: "00000004", target: "ffffffffffffffff") == [0, 0, 0, 1])
  }
}

@Suite struct FirmwareConfigTableTests {
  typealias State = FirmwareConfigState

  // QEMU 10.0.13, pc: the section's body.
  let recorded =
    hex("0000 00000000") + subsection("fw_cfg/dma", version: 0, "0000000000000000")
    + subsection("fw_cfg/acpi_mr", "0000000000020000 0000000000001000 0000000000000014")

  @Test func everyCutBeforeTheSubsectionsIsRefused() {
    expectRefusesCuts(State.vmstate, State(), Array(recorded.prefix(6)))
  }

  @Test func decodesAndEncodesARecordedBody() throws {
    var state = State()
    #expect(try load(State.vmstate, into: &state, recorded + [0x7E]) == [0x7E])
    #expect(state.tableSize == 0x20000)
    #expect(state.rsdpSize == 0x14)
    #expect(try State.vmstate.bytes(of: state) == recorded)
  }

  @Test func numbersTheSecondOffsetRow() throws {
    #expect(
      try State.vmstate.descriptionText(of: State())
        == #"""
        "vmsd_name": "fw_cfg", "version": 2, "fields": [{"name": "cur_entry", "type": "uint16", \#
        "size": 2}, {"name": "cur_offset[1]", "type": "uint32", "size": 4}], "subsections": \#
        [{"vmsd_name": "fw_cfg/dma", "version": 0, "fields": [{"name": "dma_addr", "type": \#
        "uint64", "size": 8}]}]
        """#)
  }

  @Test func leavesOutWhatTheMachineDoesNotSend() throws {
    var state = State()
    state.isDMAEnabled = false
    state.tableSize = 0x1000
    #expect(try State.vmstate.bytes(of: state) == hex("0000 00000000"))
    state.linkerSize = 1
    #expect(try State.vmstate.bytes(of: state).count == 6 + 20 + 24)
    state.sendsACPISizes = false
    #expect(try State.vmstate.bytes(of: state).count == 6)
  }

  @Test func versionOneHasANarrowOffset() throws {
    var state = State()
    #expect(
      try load(State.vmstate, into: &state, hex("0019 1234 7e"), version: 1) == [0x7E])
    #expect(state.currentOffset == 0x1234)
    #expect(state.currentEntry == 0x19)
  }

  @Test func theCursorContinuesAtTheDestination() throws {
    let source = FirmwareConfig()
    source.setFile("name", [1, 2, 3])
    source.select(0x20)
    _ = source.readData()
    let bytes = try State.vmstate.bytes(of: source.state)
    let destination = FirmwareConfig()
    destination.setFile("name", [1, 2, 3])
    _ = try load(State.vmstate, into: &destination.state, bytes + [0])
    destination.afterLoad()
    #expect([destination.readData(), destination.readData(), destination.readData()] == [2, 3, 0])
  }

  @Test func acpiFilesTakeTheSourcesSizes() throws {
    let destination = FirmwareConfig()
    destination.setFile("etc/acpi/rsdp", [1, 2])
    destination.setFile("etc/table-loader", Array(repeating: 5, count: 0x1001))
    _ = try load(State.vmstate, into: &destination.state, recorded + [0])
    destination.afterLoad()
    #expect(destination.file("etc/acpi/rsdp") == [1, 2] + Array(repeating: 0, count: 18))
    #expect(destination.file("etc/table-loader")?.count == 0x1000)
  }

  @Test func refusesAnACPIFileThatIsTooLarge() {
    let body =
      hex("0000 00000000")
      + subsection("fw_cfg/acpi_mr", "0000000000200001 0000000000000000 0000000000000000") + [0]
    #expect(loadError(State.vmstate, into: State(), body)?.code == .valueOutOfRange)
  }

  @Test func noLoadedCursorMakesTheDeviceTrap() throws {
    let device = FirmwareConfig()
    device.setFile("name", [1, 2, 3])
    let memory = TestMemory()
    device.memory = memory
    memory[0x100, 16] = hex("00000016 00000010 0000000000000200")
    for entry in ["0020", "0019", "ffff", "bfff", "4000", "003f", "7fff"] {
      _ = try load(State.vmstate, into: &device.state, hex("\(entry) ffffffff 00"))
      device.afterLoad()
      device.writeDMALow(0x100)
      #expect(device.readData() == 0)
    }
  }
}
