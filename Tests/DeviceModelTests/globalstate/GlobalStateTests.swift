import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct GlobalStateTests {
  // QEMU 10.0.13, pc: length 8, "running", flags, unused.
  static let recorded =
    hex("00000008 72756e6e696e6700") + [UInt8](repeating: 0, count: 24)
    + hex("01 00") + [UInt8](repeating: 0, count: 66)
  // QEMU 7.2.22, pc: length 8, "running" in 100 bytes.
  static let recorded7_2 =
    hex("00000008 72756e6e696e6700") + [UInt8](repeating: 0, count: 92)

  @Test func loadsAndSavesRecordedSections() throws {
    let state = try expectSameBytes(GlobalState.vmstate, GlobalState(), Self.recorded)
    #expect(state.named == .running && state.isReceived && state.target == .running)
    let older = try expectSameBytes(GlobalState7_2.vmstate, GlobalState7_2(), Self.recorded7_2)
    #expect(older.named == .running && older.isReceived)
  }

  @Test func eachVersionLoadsTheOthers() throws {
    try expectSameBytes(GlobalState.vmstate, GlobalState(), Self.recorded7_2)
    try expectSameBytes(GlobalState7_2.vmstate, GlobalState7_2(), Self.recorded)
  }

  @Test func storesWhatQEMUStores() throws {
    var state = GlobalState()
    state.store(.running)
    #expect(try GlobalState.vmstate.bytes(of: state) == Self.recorded)
    var older = GlobalState7_2()
    older.store(.running)
    #expect(try GlobalState7_2.vmstate.bytes(of: older) == Self.recorded7_2)
  }

  @Test(arguments: RunState.allCases)
  func everyRunStateComesBack(runState: RunState) throws {
    var state = GlobalState()
    state.store(runState)
    var loaded = GlobalState()
    _ = try load(GlobalState.vmstate, into: &loaded, GlobalState.vmstate.bytes(of: state) + [0])
    #expect(loaded.target == runState)
    #expect(loaded.vmWasSuspended == (runState == .suspended ? 1 : 0))
  }

  @Test func withoutTheSectionTheMachineRuns() {
    var state = GlobalState()
    state.store(.paused)
    #expect(state.target == .running)
    #expect(GlobalState7_2().target == .running)
  }

  @Test func aShorterNameLeavesNothingOfALongerOne() throws {
    var state = GlobalState()
    state.store(.guestPanicked, wasSuspended: true)
    state.store(.colo)
    #expect(state.named == .colo && state.size == 5 && state.vmWasSuspended == 0)
  }

  @Test func refusesAnUnknownName() {
    var bytes = Self.recorded
    bytes[4] = 0x52
    let error = loadError(GlobalState.vmstate, into: GlobalState(), bytes + [0])
    #expect(error?.code == .valueOutOfRange)
    #expect(error?.found == "Running")
    let older = loadError(GlobalState7_2.vmstate, into: GlobalState7_2(), bytes + [0])
    #expect(older?.code == .valueOutOfRange)
  }

  @Test func aNameWithoutEndIsCutAndRefused() {
    let bytes = hex("00000020") + [UInt8](repeating: 0x61, count: 100)
    let error = loadError(GlobalState.vmstate, into: GlobalState(), bytes + [0])
    #expect(error?.found?.count == 31)
  }

  @Test func isLeftOutWhereTheMachineTypeSaysSo() {
    let box = StateBox(GlobalState())
    let binding = DeviceBinding(GlobalState.vmstate, StateAccess(box))
    #expect(binding.isNeeded)
    box.state.isStored = false
    #expect(!binding.isNeeded)
  }

  @Test func refusesEveryShortenedSection() {
    expectRefusesCuts(GlobalState.vmstate, GlobalState(), Self.recorded)
  }
}
