extension SaveStateEntry {
  /// True when the entry is sent as a FULL section in the setup phase.
  func isEarly(_ profile: StreamProfile) -> Bool {
    profile.earlySetup && (described?.isEarlySetup ?? false)
  }

  /// Writes the entry's FULL section, or nothing if it has none or is not needed.
  ///
  /// The device's `beforeSave` runs first, then `needed`, then header, body and footer; so
  /// the header is written before the table's `pre_save`, as in QEMU.
  /// QEMU: `vmstate_save`, migration/savevm.c.
  ///
  /// - Parameter json: Gets the member of `devices`, if it is not nil.
  func saveFull(
    to writer: inout StreamWriter, json: inout DescriptionText?, footer: Bool,
    _ context: SaveContext
  ) throws(VMStateError) {
    let frame = SectionFrame(entry: self, kind: .full, hasFooter: footer)
    switch body {
    case .description(let described):
      try prepare(described, at: writer.position, context)
      guard described.isNeeded else { return }
      beginObject(&json)
      try frame.write(to: &writer, context) { writer in
        context.version = described.version
        try described.save(to: &writer, json: &json, context)
      }
    case .handlers(let handlers):
      guard handlers.phases.contains(.wholeState) else { return }
      beginObject(&json)
      try frame.write(to: &writer, context) { writer in
        let first = writer.position
        try handlers.saveState(to: &writer, context)
        Self.describe(size: writer.position - first, &json)
      }
    }
    json?.endObject()
  }

  private func prepare(
    _ described: any DescribedBody, at offset: UInt64, _ context: SaveContext
  ) throws(VMStateError) {
    context.observer?.observe(.hook(name: "before-save", path: [idstr], offset: offset))
    do throws(VMStateError) {
      try described.prepareSave()
    } catch {
      throw error.within(idstr).at(offset)
    }
  }

  private func beginObject(_ json: inout DescriptionText?) {
    json?.beginObject()
    json?.put("name", idstr)
    json?.put("instance_id", Int(instanceID))
  }

  /// The members for a body that only its callback knows.
  private static func describe(size: UInt64, _ json: inout DescriptionText?) {
    let size = Int64(clamping: size)
    json?.put("size", size)
    json?.beginArray("fields")
    json?.beginObject()
    json?.put("name", "data")
    json?.put("size", size)
    json?.put("type", "buffer")
    json?.endObject()
    json?.endArray()
  }
}

extension SaveStateRegistry {
  /// The exact number of bytes of all FULL sections that a save would write now, headers and
  /// footers included.
  ///
  /// Runs `beforeSave` and the tables' save hooks as a save does; call it under the machine's
  /// device lock, with the machine stopped when the devices change by themselves.
  ///
  /// - Parameters:
  ///   - profile: Which of the format's forms is measured.
  ///   - footers: False for machines that send no section footers.
  /// - Throws: What a save would throw.
  public func deviceStateSize(
    profile: StreamProfile = .qemu10_0, footers: Bool = true
  ) throws(VMStateError) -> UInt64 {
    var writer = StreamWriter(nil)
    var json: DescriptionText?
    let context = SaveContext(profile: profile)
    for entry in entries {
      try entry.saveFull(to: &writer, json: &json, footer: footers, context)
    }
    try writer.flush()
    return writer.position
  }
}
