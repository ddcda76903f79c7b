extension DescriptionCore {
  /// Loads a state with a version: pre-load, fields, subsections, post-load.
  ///
  /// QEMU: `vmstate_load_state`, migration/vmstate.c.
  func loadState(
    _ state: UnsafeMutableRawPointer, version: Int, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) {
    try checkVersion(version, at: reader.position)
    context.depth += 1
    defer { context.depth -= 1 }
    guard context.depth <= context.limits.depth else {
      throw VMStateError(
        .limitExceeded, "structures are nested too deep", offset: reader.position,
        expected: "at most \(context.limits.depth) levels")
    }
    let outer = context.version
    context.version = version
    defer { context.version = outer }
    try runLoadHook(parts.hooks.preLoad, "pre-load", state, reader.position, context)
    try loadFields(state, version, from: &reader, context)
    try loadSubsections(state, from: &reader, context)
    try runLoadHook(parts.hooks.postLoad, "post-load", state, reader.position, context)
  }

  private func runLoadHook(
    _ hook: DescriptionHooks.LoadHook?, _ word: String, _ state: UnsafeMutableRawPointer,
    _ offset: UInt64, _ context: LoadContext
  ) throws(VMStateError) {
    guard let hook else { return }
    context.observer?.observe(
      .hook(name: "\(name) \(word)", path: context.path, offset: offset))
    do {
      try hook(state, context)
    } catch {
      throw VMStateError.fromHook(error, word).at(offset)
    }
  }

  private func loadFields(
    _ state: UnsafeMutableRawPointer, _ version: Int, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) {
    let plan = plan(version)
    for number in 0..<plan.pointee.stepCount {
      let step = plan.pointee.steps + number
      let size = step.pointee.segment.wireSize
      if step.pointee.isSegment, context.observer == nil, try reader.prefetch(size) {
        let source = try reader.need(size)
        PlanLoops.absorb(
          step.segment, plan.pointee.places, plan.pointee.runs, state, source)
        reader.advance(size)
      } else {
        // One by one: because the row needs it, because somebody watches, or to find the
        // field at which the data ended.
        for index in step.pointee.rows {
          try loadRow(plan.pointee.rows[index], state, version, from: &reader, context)
        }
      }
    }
  }

  private func loadRow(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, _ version: Int,
    from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    guard row.isPresent(state, version) else {
      guard row.mustExist else { return }
      throw VMStateError(
        .validationFailed, "the loaded values fail the validation '\(row.name)'",
        offset: reader.position
      ).within(row.name)
    }
    guard !row.mustExist else { return }
    guard let observer = context.observer else {
      return try row.body.load(row, state, from: &reader, context)
    }
    let before = reader.position
    context.path.append(row.name)
    defer { context.path.removeLast() }
    try row.body.load(row, state, from: &reader, context)
    observer.observe(
      .field(
        path: context.path, type: row.body.typeName, count: row.body.elementCount(state),
        offset: before, length: reader.position - before))
  }

  // MARK: Subsections

  private func loadSubsections(
    _ state: UnsafeMutableRawPointer, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    if context.keepsIdle { return try loadAllSubsections(state, from: &reader, context) }
    while let length = try peekSubsection(&reader) {
      let offset = reader.position
      let bytes = UnsafeRawBufferPointer(rebasing: try reader.peek(2 + length).dropFirst(2))
      guard let subsection = parts.subsections.first(where: { $0.isNamed(bytes) }) else {
        let found = String(decoding: bytes, as: UTF8.self)
        throw VMStateError(
          .unknownSubsection, "the device has no subsection '\(found)'", offset: offset,
          expected: parts.subsections.isEmpty
            ? "no subsection" : parts.subsections.map(\.name).joined(separator: " or "),
          found: found)
      }
      reader.advance(2 + length)
      // QEMU keeps the low eight bits of a subsection's version only.
      let version = Int(try reader.get(UInt32.self) & 0xFF)
      if context.observer != nil { context.path.append(subsection.name) }
      defer { if context.observer != nil { context.path.removeLast() } }
      do throws(VMStateError) {
        try subsection.load(state, version: version, from: &reader, context)
      } catch {
        throw error.within(subsection.name)
      }
    }
  }

  /// The length of the name of a subsection of this description at the present position, or
  /// nil: what follows then belongs to somebody else and is left alone.
  private func peekSubsection(_ reader: inout StreamReader) throws(VMStateError) -> Int? {
    guard try reader.peekByte() == SectionKind.subsection.rawValue,
      let length = try reader.peekByte(at: 1), Int(length) > nameBytes.count
    else { return nil }
    let bytes = try reader.peek(2 + Int(length))
    guard bytes.count == 2 + Int(length) else { return nil }
    for index in nameBytes.indices where bytes[2 + index] != nameBytes[index] { return nil }
    return Int(length)
  }

  /// Byte by byte: names that merely look alike are different.
  private func isNamed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count == nameBytes.count else { return false }
    for index in nameBytes.indices where bytes[index] != nameBytes[index] { return false }
    return true
  }
}
