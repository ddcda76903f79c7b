/// A row over elements that are all there: scalars, structures, buffers, lists.
final class ElementsBody: FieldBody, @unchecked Sendable {
  let storage: ElementStorage
  let codec: ElementCodec

  init(_ storage: ElementStorage, _ codec: ElementCodec) {
    self.storage = storage
    self.codec = codec
  }

  override var memory: [Range<Int>] { storage.memory }
  override var typeName: String { codec.typeName }
  override var changesOnSave: Bool { codec.changesOnSave }
  override func isCompressible(_ profile: StreamProfile) -> Bool { codec.isCompressible(profile) }
  override func elementCount(_ state: UnsafeRawPointer) -> Int { max(0, storage.count(state)) }
  override var ownsMemory: Bool { storage.ownsMemory }
  override func reuse(
    _ spare: UnsafeMutableRawPointer, in staged: UnsafeMutableRawPointer, isOverwritten: Bool
  ) {
    storage.reuse(spare, in: staged, isOverwritten: isOverwritten)
  }
  override var isOverwritten: Bool {
    guard storage.ownsMemory, let size = storage.bufferSize, let codec = codec as? BufferCodec
    else { return false }
    return codec.size ?? size == size
  }
  override func problem(_ row: FieldRow) -> String? { codec.problem(since: row.since) }

  override func schema(_ row: FieldRow) -> FieldSchema {
    FieldSchema(row, memory: memory, storage: storage, codec: codec)
  }

  // MARK: Plan

  override func compile(into builder: inout PlanBuilder, offset: Int) -> Bool {
    guard let place = storage.inlinePlace, let size = codec.fixedSize else { return false }
    let (total, overflow) = size.multipliedReportingOverflow(by: place.count)
    guard !overflow, total <= PlanBuilder.maximumSegment else { return false }
    let first = offset + place.offset
    if place.count == 1 { return codec.compile(into: &builder, offset: first) }
    if let scalar = codec as? ScalarCodec, place.stride == scalar.kind.width {
      builder.append(PlanKind.of(scalar.kind), count: place.count, offset: first)
      return true
    }
    return builder.append(elements: place.count, offset: first, stride: place.stride) {
      codec.compile(into: &$0, offset: $1)
    }
  }

  override func describeConstant(
    _ name: String, _ json: inout DescriptionText, _ profile: StreamProfile
  ) {
    guard let place = storage.inlinePlace, place.count > 0, let size = codec.fixedSize else {
      return
    }
    ElementJSON.begin(
      &json, name: name, type: typeName, index: 0, rest: place.count, count: place.count,
      compressed: true, profile)
    codec.describeConstant(&json, profile)
    ElementJSON.end(&json, size: UInt64(size))
  }

  // MARK: Save

  override func save(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let count = storage.count(state)
    guard count > 0 else { return }
    var progress = 0
    do throws(VMStateError) {
      try storage.withRun(state, count: count, changing: codec.changesOnSave) {
        (run) throws(VMStateError) in
        if json == nil && !(context.observer != nil && codec.hasInnerJSON) {
          try codec.saveRun(run, to: &writer, progress: &progress, context)
        } else {
          try saveEach(row, run, to: &writer, json: &json, progress: &progress, context)
        }
      }
    } catch {
      throw error.at(writer.position).within(elementName(row, progress, count))
    }
  }

  private func saveEach(
    _ row: FieldRow, _ run: ElementRun, to writer: inout StreamWriter,
    json: inout DescriptionText?, progress: inout Int, _ context: SaveContext
  ) throws(VMStateError) {
    let compressed = row.exists == nil && codec.isCompressible(context.profile)
    defer { context.leaveElements(of: row, run.count) }
    while progress < run.count {
      let describes = json != nil && (progress == 0 || !compressed)
      context.enterElement(progress, of: row, run.count)
      if describes, run.count == 1 {
        json!.put(rendered: row.jsonOpening)
      } else if describes {
        ElementJSON.begin(
          &json!, name: row.name, type: typeName, index: progress, rest: run.count - progress,
          count: run.count, compressed: compressed, context.profile)
      }
      let before = writer.position
      try saveOne(run, progress, describes, to: &writer, json: &json, context)
      progress += 1
      if describes { ElementJSON.end(&json!, size: writer.position - before) }
      if compressed, context.observer == nil {
        try codec.saveRun(run, to: &writer, progress: &progress, context)
      }
    }
  }

  private func saveOne(
    _ run: ElementRun, _ index: Int, _ describes: Bool, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    if describes, codec.hasInnerJSON {
      try codec.save(run[index], to: &writer, json: &json, context)
    } else {
      var one = 0
      let single = ElementRun(base: run[index], stride: run.stride, count: 1)
      try codec.saveRun(single, to: &writer, progress: &one, context)
    }
  }

  // MARK: Load

  override func load(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) {
    let count = storage.count(state)
    guard count > 0 else { return storage.clear(state) }
    var progress = 0
    let offset = reader.position
    do throws(VMStateError) {
      try storage.withMutableRun(state, count: count, context) { (run) throws(VMStateError) in
        guard context.observer != nil, codec.hasInnerJSON, count > 1 else {
          return try codec.loadRun(
            run, from: &reader, since: row.since, progress: &progress, context)
        }
        defer { context.leaveElements(of: row, count) }
        while progress < count {
          context.enterElement(progress, of: row, count)
          try codec.load(run[progress], from: &reader, since: row.since, context)
          progress += 1
        }
      }
    } catch {
      throw error.at(offset).within(elementName(row, progress, count))
    }
  }
}

/// The row's name, with the index of the element that failed where there are several.
func elementName(_ row: FieldRow, _ index: Int, _ count: Int) -> String {
  count > 1 ? "\(row.name)[\(min(index, count - 1))]" : row.name
}

extension SaveContext {
  /// Puts the element's index into the path that an observer sees.
  func enterElement(_ index: Int, of row: FieldRow, _ count: Int) {
    guard count > 1, observer != nil, !path.isEmpty else { return }
    path[path.count - 1] = elementName(row, index, count)
  }

  /// Takes the index out again.
  func leaveElements(of row: FieldRow, _ count: Int) {
    guard count > 1, observer != nil, !path.isEmpty else { return }
    path[path.count - 1] = row.name
  }
}

extension LoadContext {
  /// Puts the element's index into the path that an observer sees.
  func enterElement(_ index: Int, of row: FieldRow, _ count: Int) {
    guard count > 1, observer != nil, !path.isEmpty else { return }
    path[path.count - 1] = elementName(row, index, count)
  }

  /// Takes the index out again.
  func leaveElements(of row: FieldRow, _ count: Int) {
    guard count > 1, observer != nil, !path.isEmpty else { return }
    path[path.count - 1] = row.name
  }
}
