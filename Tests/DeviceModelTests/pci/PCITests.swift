import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct PCIConfigSpaceTests {
  @Test func writingOnesToABaseAddressTellsItsSize() {
    var config = PCIConfigSpace()
    config.registerBAR(0, size: 0x2_0000)
    config.registerBAR(1, size: 0x40, isIO: true)
    config.write(.max, at: 0x10, count: 4)
    config.write(.max, at: 0x14, count: 4)
    #expect(config.read(at: 0x10, count: 4) == 0xFFFE_0000)
    #expect(config.read(at: 0x14, count: 4) == 0xFFFF_FFC1)
    config.registerROM(size: 0x800)
    config.write(.max, at: 0x30, count: 4)
    #expect(config.read(at: 0x30, count: 4) == 0xFFFF_F801)
  }

  @Test func onlyWritableBitsChange() {
    var config = PCIConfigSpace()
    config.set(0x8086, at: 0, count: 2)
    config.write(0xFFFF_FFFF, at: 0, count: 4)
    #expect(config.read(at: 0, count: 4) == 0x8086)
    config.write(0xFFFF, at: 4, count: 2)
    #expect(config.read(at: 4, count: 2) == 0x0507)
    config.write(0xAB, at: 0x3C, count: 1)
    #expect(config.read(at: 0x3C, count: 1) == 0xAB)
    config.makeReadOnly(0x40..<0x41)
    config.write(0x1234, at: 0x40, count: 2)
    #expect(config.read(at: 0x40, count: 2) == 0x1200)
  }

  @Test func errorsAreClearedByWritingOne() {
    var config = PCIConfigSpace()
    config.set(0xF910, at: 6, count: 2)
    config.write(0x2000, at: 6, count: 2)
    #expect(config.read(at: 6, count: 2) == 0xD910)
    config.write(0xFFFF, at: 6, count: 2)
    #expect(config.read(at: 6, count: 2) == 0x0010)
  }

  @Test(arguments: [(256, 1), (254, 4), (-1, 2), (0, 5), (Int.max, 4)])
  func accessesOutsideReadAsOnesAndWriteNothing(_ offset: Int, _ count: Int) {
    var config = PCIConfigSpace()
    let before = config
    #expect(config.read(at: offset, count: count) == .max)
    config.write(.max, at: offset, count: count)
    #expect(config == before)
  }

  @Test func expressFunctionsHaveFourKibibytes() {
    var config = PCIConfigSpace(isExpress: true)
    config.write(0xBEEF, at: 0xFFE, count: 2)
    #expect(config.read(at: 0xFFE, count: 2) == 0xBEEF)
  }
}

@Suite struct PCIDeviceStateTests {
  private func function(isExpress: Bool = false) -> PCIDeviceState {
    PCIDeviceState(
      vendor: 0x8086, device: 0x100E, revision: 3, classCode: 0x0200, interruptPin: 1,
      isExpress: isExpress)
  }

  @Test func theInterruptShowsInTheStatusAndCanBeDisabled() {
    var pci = function()
    let raised = pci.setInterrupt(true)
    #expect(raised)
    #expect(pci.irqState == 1)
    #expect(pci.config.read(at: 6, count: 2) & 8 != 0)
    pci.config.write(0x400, at: 4, count: 2)
    #expect(!pci.interruptLevel)
    let hidden = [pci.setInterrupt(true), pci.setInterrupt(false)]
    #expect(hidden == [false, false])
    #expect(pci.config.read(at: 6, count: 2) & 8 == 0)
  }

  @Test func regionsDecodeWhenTheCommandRegisterSaysSo() {
    var pci = function()
    pci.config.registerBAR(0, size: 0x1000)
    pci.config.registerBAR(1, size: 0x40, isIO: true)
    pci.config.write(0xFEB0_0000, at: 0x10, count: 4)
    pci.config.write(0xC040, at: 0x14, count: 4)
    #expect(pci.address(ofBAR: 0) == nil)
    pci.config.write(0x0002, at: 4, count: 2)
    #expect(pci.address(ofBAR: 0) == 0xFEB0_0000)
    #expect(pci.address(ofBAR: 1) == nil)
    pci.config.write(0x0007, at: 4, count: 2)
    #expect(pci.address(ofBAR: 1) == 0xC040)
    #expect(pci.isBusMaster)
    #expect(pci.address(ofBAR: 6) == nil)
  }

  @Test func writesVersionConfigurationAndFourLevels() throws {
    var pci = function()
    _ = pci.setInterrupt(true)
    let bytes = try PCIDeviceState.vmstate.bytes(of: pci)
    #expect(bytes.count == 276)
    #expect(Array(bytes.prefix(12)) == hex("00000002 8680 0e10 0000 0800"))
    #expect(Array(bytes.suffix(16)) == hex("00000001 00000000 00000000 00000000"))
    var loaded = function()
    #expect(try load(PCIDeviceState.vmstate, into: &loaded, bytes + [9]) == [9])
    #expect(loaded == pci)
    #expect(try PCIDeviceState.vmstate.bytes(of: function(isExpress: true)).count == 4116)
  }

  @Test func numbersTheTwoConfigurationRowsAsQEMUDoes() throws {
    let text = try PCIDeviceState.vmstate.descriptionText(of: function())
    #expect(text.contains(#"{"name": "config[0]", "type": "pci config", "size": 256}"#))
    let express = try PCIDeviceState.vmstate.descriptionText(of: function(isExpress: true))
    #expect(express.contains(#"{"name": "config[1]", "type": "pci config", "size": 4096}"#))
  }

  private func failure(at offset: Int, _ byte: UInt8) throws -> VMStateError? {
    var bytes = try PCIDeviceState.vmstate.bytes(of: function())
    bytes[offset] = byte
    return loadError(PCIDeviceState.vmstate, into: function(), bytes + [0])
  }

  @Test func refusesAnotherDevice() throws {
    let error = try #require(try failure(at: 4 + 2, 0x0F))
    #expect(error.code == .valueMismatch)
    #expect(error.offset == 6)
    #expect(error.expected == "0xe")
    #expect(error.found == "0xf")
  }

  @Test func acceptsWhatTheGuestCanWrite() throws {
    #expect(try failure(at: 4 + 0x04, 0x07) == nil)
    #expect(try failure(at: 4 + 0x3C, 0x0B) == nil)
    #expect(try failure(at: 4 + 0x50, 0x77) == nil)
  }

  @Test func refusesALevelThatIsNone() throws {
    #expect(try failure(at: 4 + 256 + 3, 2)?.code == .valueOutOfRange)
    #expect(try failure(at: 4 + 256 + 4, 1)?.code == .valueOutOfRange)
  }

  @Test func refusesANewerOrNegativeVersion() throws {
    #expect(try failure(at: 3, 3)?.code == .valueOutOfRange)
    #expect(try failure(at: 0, 0x80)?.code == .valueOutOfRange)
    #expect(try failure(at: 3, 0) == nil)
  }
}
