extension SaveStateRegistry {
  /// Registers a device that is a class, by the property that holds its state.
  ///
  /// ```swift
  /// try registry.register(
  ///   pit, \.state, PITState.vmstate, instance: .given(0), alias: 0x40,
  ///   afterLoad: { $0.updateInterruptLine() })
  /// ```
  ///
  /// The registry keeps the device alive. Its type need not be `Sendable`: it is touched
  /// under the machine's device lock only.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - state: The property with everything that travels.
  ///   - description: The table.
  ///   - path: The device path, which goes before the name (`0000:00:03.0`); nil for none.
  ///   - instance: The instance id; `.any` takes the next free one.
  ///   - alias: A second instance id accepted at load.
  ///   - sectionID: A section id of the owner's choice; nil takes the next.
  ///   - afterLoad: Tells the outside (interrupt lines, timers); runs after everything is in
  ///     place and cannot fail. The first of the two, so that a closure behind the
  ///     parentheses is this one.
  ///   - beforeSave: Brings clocks and counters into the state; may throw.
  /// - Throws: `duplicateEntry`, `invalidRegistration`.
  @discardableResult
  public func register<Device: AnyObject, State>(
    _ device: Device, _ state: ReferenceWritableKeyPath<Device, State>,
    _ description: VMStateDescription<State>, path: String? = nil, instance: InstanceID = .any,
    alias: Int32? = nil, sectionID: UInt32? = nil,
    afterLoad: ((Device) -> Void)? = nil, beforeSave: ((Device) throws -> Void)? = nil
  ) throws(VMStateError) -> SaveStateEntry {
    let body = DeviceBinding(
      description, StateAccess(device, state),
      beforeSave: beforeSave.map { hook in { try hook(device) } },
      afterLoad: afterLoad.map { hook in { hook(device) } })
    return try register(
      body: body, path: path, instance: instance, alias: alias, sectionID: sectionID)
  }

  /// Registers a device whose state is its property `state`; see the form with a key path.
  ///
  /// - Throws: `duplicateEntry`, `invalidRegistration`.
  @discardableResult
  public func register<Device: VMStateDevice>(
    _ device: Device, _ description: VMStateDescription<Device.State>, path: String? = nil,
    instance: InstanceID = .any, alias: Int32? = nil, sectionID: UInt32? = nil,
    afterLoad: ((Device) -> Void)? = nil, beforeSave: ((Device) throws -> Void)? = nil
  ) throws(VMStateError) -> SaveStateEntry {
    try register(
      StateAccess(device), description, path: path, instance: instance, alias: alias,
      sectionID: sectionID, afterLoad: afterLoad.map { hook in { hook(device) } },
      beforeSave: beforeSave.map { hook in { try hook(device) } })
  }

  /// Registers a state through a pair of closures, or a box around a bare struct.
  ///
  /// - Throws: `duplicateEntry`, `invalidRegistration`.
  @discardableResult
  public func register<State>(
    _ access: StateAccess<State>, _ description: VMStateDescription<State>,
    path: String? = nil, instance: InstanceID = .any, alias: Int32? = nil,
    sectionID: UInt32? = nil, afterLoad: (() -> Void)? = nil,
    beforeSave: (() throws -> Void)? = nil
  ) throws(VMStateError) -> SaveStateEntry {
    let body = DeviceBinding(
      description, access, beforeSave: beforeSave, afterLoad: afterLoad)
    return try register(
      body: body, path: path, instance: instance, alias: alias, sectionID: sectionID)
  }

  /// Registers an entry for every section of a stream's description that no entry here would
  /// take, so that the program can hold it and save it again.
  ///
  /// - Returns: The new entries, in stream order. Sections that the stream has twice get one.
  /// - Throws: `invalidRegistration`.
  @discardableResult
  public func registerDescribed(
    _ description: StreamDescription
  ) throws(VMStateError) -> [SaveStateEntry] {
    var added: [SaveStateEntry] = []
    for device in description.devices {
      guard find(device.idstr, instance: device.instance) == nil else { continue }
      added.append(try registerDescribed(device))
    }
    return added
  }

  private func registerDescribed(
    _ device: StreamDescription.Device
  ) throws(VMStateError) -> SaveStateEntry {
    // The name without path is the table's; an old-style section has only the whole one.
    let path: String? =
      device.idstr.hasSuffix("/\(device.table.name)")
      ? String(device.idstr.utf8.dropLast(device.table.name.utf8.count + 1)) : nil
    let body = DescribedBinding(device.table, idstr: path == nil ? device.idstr : nil)
    return try register(
      body: body, path: path, instance: path == nil ? .given(device.instance) : .any)
  }
}
