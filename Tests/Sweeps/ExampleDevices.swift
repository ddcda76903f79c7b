import DeviceModels
import VMState

/// The example devices of one machine, registered for the sections that they mirror.
final class ExampleDevices {
  private let profile: StreamProfile
  private let instances: [String: Int]
  private var states: [() throws -> [UInt8]] = []
  private var before: [[UInt8]] = []
  private(set) var afterLoads = 0
  private let pit = PIT()

  init(_ sections: [RecordedStream.Section], _ profile: StreamProfile) throws {
    self.profile = profile
    instances = sections.reduce(into: [:]) { $0[$1.idstr, default: 0] += 1 }
  }

  /// How many devices were registered.
  var count: Int { states.count }

  /// Registers a device for a section.
  ///
  /// - Returns: False if none mirrors it.
  func register(
    _ section: RecordedStream.Section, _ registry: SaveStateRegistry
  ) throws -> Bool {
    let place = Place(section, registry)
    switch place.name {
    case "i8254": try add(pit, \.state, PITState.vmstate, place) { $0.afterLoad() }
    case "i8259":
      let chip = PIC(isMaster: section.instance == 0)
      try add(chip, \.state, PICState.vmstate, place) { $0.afterLoad() }
    case "dma":
      let controller = DMAController(wordChannels: section.instance == 1)
      try add(controller, \.state, DMAState.vmstate, place) { $0.afterLoad() }
    case "mc146818rtc": try add(RTC(), \.state, RTCState.vmstate, place) { $0.afterLoad(now: 1) }
    case "ioapic": try add(IOAPIC(), \.state, IOAPICState.vmstate, place) { $0.afterLoad() }
    case "hpet":
      let table = profile == .qemu7_2 ? HPETState.vmstate7_2 : HPETState.vmstate
      try add(HPET(), \.state, table, place) { $0.afterLoad(now: 1) }
    case "port92": try add(Port92(), \.state, Port92State.vmstate, place) { $0.afterLoad() }
    case "pcspk":
      try add(Speaker(pit: pit), \.state, SpeakerState.vmstate, place) { $0.afterLoad() }
    case "timer":
      try add(MachineClocks(), \.state, ClockState.vmstate, place) { $0.afterLoad() }
    default: return try registerMore(place)
    }
    return true
  }

  private func registerMore(_ place: Place) throws -> Bool {
    switch place.name {
    case "serial":
      try add(ISASerial(), \.state, ISASerialState.vmstate, place) { $0.afterLoad() }
    case "ps2kbd":
      try add(PS2Keyboard(), \.state, PS2KeyboardState.vmstate, place) { $0.afterLoad() }
    case "ps2mouse": try add(PS2Mouse(), \.state, PS2MouseState.vmstate, place) { _ in }
    case "pckbd":
      let controller = ISAKeyboardController()
      try add(controller, \.state, ISAKeyboardControllerState.vmstate, place) { $0.afterLoad() }
    case "fw_cfg":
      let device = FirmwareConfig()
      try add(device, \.state, FirmwareConfigState.vmstate, place) { $0.afterLoad() }
    case "piix4_pm":
      try add(PIIX4Power(), \.state, PIIX4PowerState.vmstate, place) { $0.afterLoad() }
    case "e1000":
      let device = E1000(address: [0x52, 0x54, 0, 0x12, 0x34, 0x57])
      try add(device, \.state, E1000State.vmstate, place) { $0.afterLoad() }
    case "globalstate" where profile == .qemu7_2:
      try add(StateBox(GlobalState7_2()), \.state, GlobalState7_2.vmstate, place) { _ in }
    case "globalstate":
      try add(StateBox(GlobalState()), \.state, GlobalState.vmstate, place) { _ in }
    default: return false
    }
    return true
  }

  /// Where a section belongs.
  private struct Place {
    let name: String
    let path: String?
    let instance: UInt32
    let registry: SaveStateRegistry

    init(_ section: RecordedStream.Section, _ registry: SaveStateRegistry) {
      let parts = section.idstr.split(separator: "/", omittingEmptySubsequences: false)
      name = parts.last.map(String.init) ?? ""
      path = parts.count > 1 ? parts.dropLast().joined(separator: "/") : nil
      instance = section.instance
      self.registry = registry
    }
  }

  private func add<Device: AnyObject, State>(
    _ device: Device, _ path: ReferenceWritableKeyPath<Device, State>,
    _ table: VMStateDescription<State>, _ place: Place, afterLoad: @escaping (Device) -> Void
  ) throws {
    guard place.registry.find(place.name, instance: place.instance) == nil else { return }
    try place.registry.register(
      device, path, table, path: place.path,
      instance: place.path == nil ? .given(place.instance) : .any,
      afterLoad: { [unowned self] device in
        afterLoads += 1
        afterLoad(device)
      })
    let context = SaveContext(profile: profile)
    states.append { try table.bytes(of: device[keyPath: path], context: context) }
  }

  /// Notes how everything is now.
  func note() { before = (try? states.map { try $0() }) ?? [] }

  /// What has changed since, or nil.
  func difference() -> String? {
    guard before.count == states.count else { return "the example devices could not be saved" }
    for (index, state) in states.enumerated() where (try? state()) != before[index] {
      return "example device number \(index) has changed"
    }
    return nil
  }
}
