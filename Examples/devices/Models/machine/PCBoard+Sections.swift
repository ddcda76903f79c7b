import VMState

/// What registering a board's devices needs to know.
public struct BoardRegistration {
  /// The list they go into.
  public let registry: SaveStateRegistry
  /// Which generation's tables are taken.
  public let profile: StreamProfile
  /// The devices run: before a save they bring their counters up to date, after a load they
  /// tell the outside. False for a machine that only holds a recorded state.
  public let isLive: Bool

  /// Where and how to register.
  public init(_ registry: SaveStateRegistry, profile: StreamProfile, isLive: Bool = true) {
    self.registry = registry
    self.profile = profile
    self.isLive = isLive
  }

  /// Registers one device under a section's name, with QEMU's instance and alias ids.
  fileprivate func add<Device: AnyObject, State>(
    _ name: SectionName, _ sectionID: UInt32?, _ device: Device,
    _ state: ReferenceWritableKeyPath<Device, State>, _ table: VMStateDescription<State>,
    alias: Int32? = nil, beforeSave: ((Device) throws -> Void)? = nil,
    afterLoad: ((Device) -> Void)? = nil
  ) throws(VMStateError) -> SaveStateEntry {
    try registry.register(
      device, state, table, path: name.path, instance: .given(name.instance), alias: alias,
      sectionID: sectionID, afterLoad: isLive ? afterLoad : nil,
      beforeSave: isLive ? beforeSave : nil)
  }
}

extension PCBoard {
  /// Registers the device whose section has this name.
  ///
  /// - Parameter sectionID: The section's id; nil takes the next.
  /// - Returns: nil if the board has no such device.
  /// - Throws: `duplicateEntry`.
  @discardableResult
  public func register(
    _ name: SectionName, _ how: BoardRegistration, sectionID: UInt32? = nil
  ) throws(VMStateError) -> SaveStateEntry? {
    if let entry = try registerTimer(name, how, sectionID) { return entry }
    if let entry = try registerInterruptController(name, how, sectionID) { return entry }
    if let entry = try registerInput(name, how, sectionID) { return entry }
    return try registerChipset(name, how, sectionID)
  }

  private func registerTimer(
    _ name: SectionName, _ how: BoardRegistration, _ id: UInt32?
  ) throws(VMStateError) -> SaveStateEntry? {
    switch name.name {
    case "timer":
      return try how.add(
        name, id, clocks, \.state, ClockState.vmstate, afterLoad: { $0.afterLoad() })
    case "i8254":
      return try how.add(
        name, id, pit, \.state, PITState.vmstate, alias: 0x40, afterLoad: { $0.afterLoad() })
    case "pcspk":
      return try how.add(
        name, id, speaker, \.state, SpeakerState.vmstate, afterLoad: { $0.afterLoad() })
    case "hpet":
      return try how.add(
        name, id, hpet, \.state, how.profile.isOld ? HPETState.vmstate7_2 : HPETState.vmstate,
        beforeSave: { [unowned self] in $0.beforeSave(now: now) },
        afterLoad: { [unowned self] in $0.afterLoad(now: now) })
    case "mc146818rtc":
      return try how.add(
        name, id, rtc, \.state, RTCState.vmstate, alias: 0x70,
        beforeSave: { [unowned self] in $0.beforeSave(now: now) },
        afterLoad: { [unowned self] in $0.afterLoad(now: now) })
    default: return nil
    }
  }

  private func registerInterruptController(
    _ name: SectionName, _ how: BoardRegistration, _ id: UInt32?
  ) throws(VMStateError) -> SaveStateEntry? {
    switch (name.name, name.instance) {
    case ("i8259", 0):
      return try how.add(
        name, id, pics.master, \.state, PICState.vmstate, alias: 0x20, afterLoad: { $0.afterLoad() }
      )
    case ("i8259", 1):
      // Its output is an input of the master, which remembers that in its own section.
      return try how.add(name, id, pics.slave, \.state, PICState.vmstate, alias: 0xA0)
    case ("ioapic", 0):
      return try how.add(
        name, id, ioapic, \.state, IOAPICState.vmstate, afterLoad: { $0.afterLoad() })
    case ("dma", 0):
      return try how.add(
        name, id, dma.first, \.state, DMAState.vmstate, afterLoad: { $0.afterLoad() })
    case ("dma", 1):
      return try how.add(
        name, id, dma.second, \.state, DMAState.vmstate, afterLoad: { $0.afterLoad() })
    default: return nil
    }
  }

  private func registerInput(
    _ name: SectionName, _ how: BoardRegistration, _ id: UInt32?
  ) throws(VMStateError) -> SaveStateEntry? {
    switch name.name {
    case "serial" where name.path == nil && name.instance < 4:
      return try how.add(
        name, id, serialPort(Int(name.instance)), \.state, ISASerialState.vmstate,
        afterLoad: { $0.afterLoad() })
    case "ps2kbd":
      return try how.add(
        name, id, keyboard.keyboard, \.state, PS2KeyboardState.vmstate,
        afterLoad: { $0.afterLoad() })
    case "ps2mouse":
      return try how.add(name, id, keyboard.mouse, \.state, PS2MouseState.vmstate)
    case "pckbd":
      return try how.add(
        name, id, keyboard, \.state, ISAKeyboardControllerState.vmstate,
        afterLoad: { $0.afterLoad() })
    case "port92":
      return try how.add(
        name, id, port92, \.state, Port92State.vmstate, afterLoad: { $0.afterLoad() })
    default: return nil
    }
  }

  private func registerChipset(
    _ name: SectionName, _ how: BoardRegistration, _ id: UInt32?
  ) throws(VMStateError) -> SaveStateEntry? {
    switch name.name {
    case "fw_cfg":
      return try how.add(
        name, id, firmware, \.state, FirmwareConfigState.vmstate, afterLoad: { $0.afterLoad() })
    case "piix4_pm":
      return try how.add(
        name, id, power, \.state, PIIX4PowerState.vmstate, afterLoad: { $0.afterLoad() })
    case "e1000":
      guard let path = name.path else { return nil }
      return try how.add(
        name, id, networkCard(path), \.state, E1000State.vmstate,
        beforeSave: { $0.beforeSave() }, afterLoad: { $0.afterLoad() })
    case "globalstate":
      return how.profile.isOld
        ? try how.add(name, id, globalState7_2, \.state, GlobalState7_2.vmstate)
        : try how.add(name, id, globalState, \.state, GlobalState.vmstate)
    default: return nil
    }
  }
}

extension StreamProfile {
  /// The tables of the devices that changed since are 7.2's.
  var isOld: Bool { globalState == .runStateOnly }

  /// A machine type of this release has the newer CPU hot-plug interface from the start.
  var startsCPUHotplug: Bool { self == .qemu11_1 }
}
