extension PIIX4Power {
  /// The general purpose event of PCI hot-plug.
  private static let hotplugEvent = 1

  /// The selected bus, or nil if the selector points to none.
  private var selectedBus: Int? { state.hotplugSelect < 256 ? Int(state.hotplugSelect) : nil }

  /// Reads the PCI hot-plug block.
  ///
  /// - Parameter offset: 00 new devices (cleared by reading), 04 devices to remove, 08
  ///   features, 10 selected bus, 14 index of the asked slot.
  public func readHotplug(_ offset: Int) -> UInt32 {
    guard let bus = selectedBus else { return offset == 0x10 ? state.hotplugSelect : 0 }
    switch offset {
    case 0x00:
      defer { state.hotplug[bus].up = 0 }
      return state.hotplug[bus].up
    case 0x04: return state.hotplug[bus].down
    case 0x10: return state.hotplugSelect
    case 0x14: return state.acpiIndex
    default: return 0
    }
  }

  /// Writes the PCI hot-plug block.
  ///
  /// - Parameter offset: 08 ejects the slots of the set bits, 10 selects a bus, 14 asks for a
  ///   slot's index.
  public func writeHotplug(_ offset: Int, _ value: UInt32) {
    switch offset {
    case 0x08:
      guard let bus = selectedBus else { return }
      state.hotplug[bus].down &= ~value
      for slot in 0..<32 where value >> UInt32(slot) & 1 != 0 { ejectSlot(bus, slot) }
    case 0x10: state.hotplugSelect = value
    case 0x14: state.acpiIndex = value
    default: break
    }
  }

  /// A device is plugged into a slot.
  ///
  /// - Parameters:
  ///   - bus: 0 to 255.
  ///   - slot: 0 to 31.
  public func plug(bus: Int, slot: Int, now: Int64) {
    guard (0..<256).contains(bus), (0..<32).contains(slot) else { return }
    state.hotplug[bus].up |= 1 << UInt32(slot)
    raiseGPE(Self.hotplugEvent, now: now)
  }

  /// A device is asked to go.
  ///
  /// - Parameters:
  ///   - bus: 0 to 255.
  ///   - slot: 0 to 31.
  public func requestUnplug(bus: Int, slot: Int, now: Int64) {
    guard (0..<256).contains(bus), (0..<32).contains(slot) else { return }
    state.hotplug[bus].down |= 1 << UInt32(slot)
    raiseGPE(Self.hotplugEvent, now: now)
  }
}
