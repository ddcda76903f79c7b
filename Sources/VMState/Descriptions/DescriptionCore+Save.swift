extension DescriptionCore {
  /// Saves a state with a version: pre-save, fields, subsections, post-save.
  ///
  /// QEMU: `vmstate_save_state_v`, migration/vmstate.c.
  func saveState(
    _ state: UnsafeMutableRawPointer, version: Int, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let outer = context.version
    context.version = version
    defer { context.version = outer }
    try runSaveHook(parts.hooks.preSave, "pre-save", state, writer.position, context)
    do throws(VMStateError) {
      json?.put(opening: version == self.version ? opening : Self.opening(name, version))
      try saveFields(state, version, to: &writer, json: &json, context)
      json?.endArray()
      try saveSubsections(state, to: &writer, json: &json, context)
    } catch {
      // QEMU tells post-save also after a failure, and keeps the first error.
      try? runSaveHook(parts.hooks.postSave, "post-save", state, writer.position, context)
      throw error
    }
    try runSaveHook(parts.hooks.postSave, "post-save", state, writer.position, context)
  }

  private func runSaveHook(
    _ hook: DescriptionHooks.SaveHook?, _ word: String, _ state: UnsafeMutableRawPointer,
    _ offset: UInt64, _ context: SaveContext
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

  private func saveFields(
    _ state: UnsafeMutableRawPointer, _ version: Int, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let plan = plan(version)
    for number in 0..<plan.pointee.stepCount {
      let step = plan.pointee.steps + number
      if step.pointee.isSegment, context.observer == nil {
        let size = step.pointee.segment.wireSize
        let target = writer.reserve(size)
        PlanLoops.emit(
          step.segment, plan.pointee.places, plan.pointee.runs, state, target)
        writer.advance(to: target + size)
        json?.put(
          rendered: UnsafeBufferPointer(rebasing: plan.pointee.text[step.pointee.json]))
      } else {
        for index in step.pointee.rows {
          try saveRow(plan.pointee.rows[index], state, version, to: &writer, json: &json, context)
        }
      }
    }
  }

  private func saveRow(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, _ version: Int,
    to writer: inout StreamWriter, json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    guard row.isPresent(state, version) else {
      guard row.mustExist else { return }
      throw VMStateError(
        .validationFailed, "the state fails its own validation '\(row.name)'",
        offset: writer.position
      ).within(row.name)
    }
    guard !row.mustExist else { return }
    guard let observer = context.observer else {
      return try row.body.save(row, state, to: &writer, json: &json, context)
    }
    let before = writer.position
    context.path.append(row.name)
    defer { context.path.removeLast() }
    try row.body.save(row, state, to: &writer, json: &json, context)
    observer.observe(
      .field(
        path: context.path, type: row.body.typeName, count: row.body.elementCount(state),
        offset: before, length: writer.position - before))
  }

  private func saveSubsections(
    _ state: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    var isFirst = true
    for subsection in parts.subsections {
      let isNeeded = subsection.parts.hooks.needed?(state) ?? true
      if context.keepsIdle { writer.put(UInt8(isNeeded ? 1 : 0)) }
      guard isNeeded else {
        if context.keepsIdle { subsection.saveIdle(state, to: &writer) }
        continue
      }
      if isFirst { json?.beginArray("subsections") }
      isFirst = false
      json?.beginObject()
      writer.put(bytes: subsection.header)
      if context.observer != nil { context.path.append(subsection.name) }
      defer { if context.observer != nil { context.path.removeLast() } }
      do throws(VMStateError) {
        try subsection.save(
          state, version: subsection.version, to: &writer, json: &json, context)
      } catch {
        throw error.within(subsection.name)
      }
      json?.endObject()
    }
    if !isFirst { json?.endArray() }
  }
}
