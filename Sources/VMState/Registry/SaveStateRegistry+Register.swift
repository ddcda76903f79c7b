extension SaveStateRegistry {
  /// Registers a description bound to a device.
  ///
  /// With a path the entry is called `path/name`, and answers to `name` alone as well, for
  /// streams of programs that sent no paths. QEMU: `vmstate_register_with_alias_id`,
  /// migration/savevm.c.
  ///
  /// - Parameters:
  ///   - body: The description and its device.
  ///   - path: The device path (`0000:00:03.0`), or nil for state without one.
  ///   - instance: The instance id; with a path it numbers the name without the path.
  ///   - alias: A second instance id to answer to.
  ///   - requiredForAlias: The lowest version that may come under the alias; at least the
  ///     description's minimum.
  ///   - sectionID: A section id to use instead of the next free one.
  /// - Throws: `invalidRegistration` for names beyond 255 bytes and versions or ids that the
  ///   format cannot express, `duplicateEntry`, `busy` while a save or load runs.
  @discardableResult
  public func register(
    body: any DescribedBody, path: String? = nil, instance: InstanceID = .any,
    alias: Int32? = nil, requiredForAlias: Int? = nil, sectionID: UInt32? = nil
  ) throws(VMStateError) -> SaveStateEntry {
    if alias != nil, let requiredForAlias, requiredForAlias < body.minimumVersion {
      throw VMStateError(
        .invalidRegistration, "the alias is for versions that the description refuses",
        path: [body.name], expected: "at least \(body.minimumVersion)",
        found: "\(requiredForAlias)")
    }
    let wanted = Registration(
      name: body.name, path: path, instance: instance, alias: alias ?? -1,
      version: body.version, sectionID: sectionID, body: .description(body))
    return try add(wanted)
  }

  /// Registers a section with handlers.
  ///
  /// As in QEMU, such an entry answers to instance id 0 too. QEMU: `register_savevm_live`,
  /// migration/savevm.c.
  ///
  /// Let another entry take section id 0: a QEMU at the other end marks entries it has not seen
  /// with that very number, and would give this one's PART sections to the first of them.
  /// (Real machines register `timer` first.)
  ///
  /// - Parameters:
  ///   - idstr: The name on the wire, path included, at most 255 bytes.
  ///   - instance: The instance id.
  ///   - version: The version written, and the highest accepted.
  ///   - handlers: The callbacks.
  ///   - sectionID: A section id to use instead of the next free one.
  /// - Throws: `invalidRegistration`, `duplicateEntry`, `busy` while a save or load runs.
  @discardableResult
  public func registerLive(
    _ idstr: String, instance: InstanceID = .given(0), version: Int,
    handlers: any SaveVMHandlers, sectionID: UInt32? = nil
  ) throws(VMStateError) -> SaveStateEntry {
    let wanted = Registration(
      name: idstr, path: nil, instance: instance, alias: 0, version: version,
      sectionID: sectionID, body: .handlers(handlers))
    return try add(wanted)
  }

  private func add(_ wanted: Registration) throws(VMStateError) -> SaveStateEntry {
    try wanted.check()
    return try edit { (list: inout List) throws(VMStateError) -> SaveStateEntry in
      try list.add(wanted)
    }
  }
}

/// What a caller wants registered. Handed into the list under its mutex.
private struct Registration: @unchecked Sendable {
  let name: String
  let path: String?
  let instance: InstanceID
  let alias: Int32
  let version: Int
  let sectionID: UInt32?
  let body: SaveStateEntry.Body

  func error(_ message: String, expected: String, found: String) -> VMStateError {
    VMStateError(
      .invalidRegistration, message, path: [name], expected: expected, found: found)
  }

  func check() throws(VMStateError) {
    guard !name.isEmpty else {
      throw error("a section needs a name", expected: "1 to 255 bytes", found: "none")
    }
    guard version >= 0, version <= Int(Int32.max) else {
      throw error("the version does not fit", expected: "0 to \(Int32.max)", found: "\(version)")
    }
    if instance == .given(.max) {
      throw error("the instance id stands for any", expected: "below 0xFFFFFFFF", found: "it")
    }
  }
}

extension SaveStateRegistry.List {
  /// The registration algorithm, in its order.
  fileprivate mutating func add(_ wanted: Registration) throws(VMStateError) -> SaveStateEntry {
    let sectionID = try sectionID(for: wanted)
    let idstr: String
    do throws(VMStateError) {
      idstr = try Self.idstr(for: wanted)
    } catch {
      // As in QEMU, a name that does not fit has used up its number.
      use(sectionID)
      throw error
    }
    let compat = try compatibleName(for: wanted)
    let instanceID = try instanceID(idstr, compat == nil ? wanted.instance : .any)
    let isTaken = entries.contains { $0.match(Array(idstr.utf8), instance: instanceID) != nil }
    guard !isTaken, compat == nil || instanceID == 0 else {
      throw VMStateError(
        .duplicateEntry, "an entry with this name and instance id is registered already",
        path: [idstr], found: "instance \(compat == nil ? instanceID : 0)")
    }
    let entry = SaveStateEntry(
      idstr: idstr, instanceID: instanceID, aliasID: wanted.alias, sectionID: sectionID,
      version: wanted.version, compat: compat, body: wanted.body)
    use(sectionID)
    let place = entries.firstIndex { $0.priority < entry.priority } ?? entries.endIndex
    entries.insert(entry, at: place)
    return entry
  }

  private mutating func use(_ sectionID: UInt32) {
    if sectionID >= nextSectionID { nextSectionID = sectionID + 1 }
  }

  private func sectionID(for wanted: Registration) throws(VMStateError) -> UInt32 {
    let sectionID = wanted.sectionID ?? nextSectionID
    guard sectionID < .max else {
      throw wanted.error("no section id is left", expected: "below 0xFFFFFFFF", found: "it")
    }
    guard !entries.contains(where: { $0.sectionID == sectionID }) else {
      throw wanted.error(
        "the section id is taken", expected: "an unused id", found: "\(sectionID)")
    }
    return sectionID
  }

  private static func idstr(for wanted: Registration) throws(VMStateError) -> String {
    let longest = WireFormat.maximumNameLength
    if let path = wanted.path, path.utf8.count + 1 > longest {
      throw wanted.error(
        "the device path is too long", expected: "at most \(longest - 1) bytes",
        found: "\(path.utf8.count)")
    }
    let idstr = wanted.path.map { $0 + "/" + wanted.name } ?? wanted.name
    guard idstr.utf8.count <= longest else {
      throw wanted.error(
        "the name with its device path is too long", expected: "at most \(longest) bytes",
        found: "\(idstr.utf8.count)")
    }
    return idstr
  }

  private func compatibleName(
    for wanted: Registration
  ) throws(VMStateError) -> SaveStateEntry.CompatibleName? {
    guard wanted.path != nil else { return nil }
    let used = entries.compactMap(\.compat).filter { $0.idstr.utf8.elementsEqual(wanted.name.utf8) }
    let instance = try Self.free(wanted.instance, above: used.map(\.instanceID), wanted.name)
    return SaveStateEntry.CompatibleName(idstr: wanted.name, instanceID: instance)
  }

  private func instanceID(
    _ idstr: String, _ instance: InstanceID
  ) throws(VMStateError) -> UInt32 {
    let name = Array(idstr.utf8)
    return try Self.free(
      instance, above: entries.filter { $0.isNamed(name) }.map(\.instanceID), idstr)
  }

  /// The given id, or one more than the highest in use.
  private static func free(
    _ instance: InstanceID, above used: [UInt32], _ name: String
  ) throws(VMStateError) -> UInt32 {
    if case .given(let id) = instance { return id }
    guard let highest = used.max() else { return 0 }
    guard highest < .max - 1 else {
      throw VMStateError(.invalidRegistration, "no instance id is left", path: [name])
    }
    return highest + 1
  }
}
