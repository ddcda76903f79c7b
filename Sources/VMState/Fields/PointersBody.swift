/// A row over an array of pointers: elements that may be absent (`Optional` in the state).
///
/// Up to 10.0 an absent element is the one byte `0x30`, and nothing marks a present one: the
/// destination's own array says how each element is read. The self-allocating form of 11.x
/// puts a marker before every element.
///
/// QEMU: `VMS_ARRAY_OF_POINTER`, migration/vmstate.c.
final class PointersBody<Element>: FieldBody, @unchecked Sendable {
  private let storage: ElementStorage
  private let codec: ElementCodec
  // What a present element starts as when the stream makes it (11.x); nil for plain arrays.
  private let allocated: Element?

  init(_ storage: ElementStorage, _ codec: ElementCodec, allocated: Element? = nil) {
    self.storage = storage
    self.codec = codec
    self.allocated = allocated
  }

  override var memory: [Range<Int>] { storage.memory }
  override var typeName: String { codec.typeName }
  override var changesOnSave: Bool { codec.changesOnSave }
  override func elementCount(_ state: UnsafeRawPointer) -> Int { max(0, storage.count(state)) }
  override func problem(_ row: FieldRow) -> String? { codec.problem(since: row.since) }
  override func isCompressible(_ profile: StreamProfile) -> Bool {
    allocated == nil && codec.isCompressible(profile)
  }

  override func schema(_ row: FieldRow) -> FieldSchema {
    var schema = FieldSchema(row, memory: memory, storage: storage, codec: codec)
    schema.pointers = allocated == nil ? .nullMarked : .marked
    schema.nested = codec.nested
    return schema
  }

  private static func slot(
    _ run: ElementRun, _ index: Int
  ) -> UnsafeMutablePointer<Element?> {
    run[index].assumingMemoryBound(to: Element?.self)
  }

  private func checkProfile(_ profile: StreamProfile) throws(VMStateError) {
    guard allocated == nil || profile.pointerMarkers else {
      throw VMStateError(
        .unsupported,
        "the format of QEMU \(profile.name) has no arrays of pointers that allocate their "
          + "elements", expected: "a profile with pointer markers (11.x)", found: profile.name)
    }
  }

  // MARK: Save

  override func save(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let count = storage.count(state)
    var progress = 0
    do throws(VMStateError) {
      try checkProfile(context.profile)
      guard count > 0 else { return }
      defer { context.leaveElements(of: row, count) }
      try storage.withRun(state, count: count, changing: changesOnSave) {
        (run) throws(VMStateError) in
        var runs = PointerRuns(
          compressed: isCompressible(context.profile) && row.exists == nil, count: count,
          context.profile)
        while progress < count {
          context.enterElement(progress, of: row, count)
          let slot = Self.slot(run, progress)
          runs.enter(progress) { Self.slot(run, $0).pointee == nil }
          try saveElement(row, slot, runs, to: &writer, json: &json, context)
          runs.leave()
          progress += 1
        }
      }
    } catch {
      throw error.at(writer.position).within(elementName(row, progress, count))
    }
  }

  private func saveElement(
    _ row: FieldRow, _ slot: UnsafeMutablePointer<Element?>, _ runs: PointerRuns,
    to writer: inout StreamWriter, json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let isNull = slot.pointee == nil
    if isNull || allocated != nil {
      writer.put(isNull ? WireFormat.nullMarker : WireFormat.presentMarker)
      if json != nil, runs.isWriting { describeMarker(row, runs, &json!, context.profile) }
    }
    guard !isNull else { return }
    var inner: DescriptionText?
    if runs.isWriting { swap(&json, &inner) }
    defer { if runs.isWriting { swap(&json, &inner) } }
    let before = writer.position
    if inner != nil {
      ElementJSON.begin(
        &inner!, name: row.name, type: typeName, index: runs.index, rest: runs.rest,
        count: runs.count, compressed: runs.compressed, context.profile)
    }
    try lendForSave(slot, changing: changesOnSave) { (element) throws(VMStateError) in
      try codec.save(element, to: &writer, json: &inner, context)
    }
    if inner != nil { ElementJSON.end(&inner!, size: writer.position - before) }
  }

  private func describeMarker(
    _ row: FieldRow, _ runs: PointerRuns, _ json: inout DescriptionText, _ profile: StreamProfile
  ) {
    let type: String
    switch profile.nullElement {
    case .unmarked: type = typeName
    case .nullptr: type = "nullptr"
    case .marker: type = "ptr-marker"
    }
    // QEMU puts a made-up field in the place of a null one. It does not find that in the
    // table when it numbers repeated names, and it is always compressible.
    let isMadeUp = profile.nullElement != .unmarked
    ElementJSON.begin(
      &json, name: isMadeUp && row.isNumbered ? "\(row.plainName)[-1]" : row.name, type: type,
      index: runs.index, rest: runs.rest, count: runs.count,
      compressed: isMadeUp || runs.compressed, profile)
    ElementJSON.end(&json, size: 1)
  }

  // MARK: Load

  override func load(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) {
    let count = storage.count(state)
    var progress = 0
    let offset = reader.position
    do throws(VMStateError) {
      try checkProfile(context.profile)
      guard count > 0 else { return storage.clear(state) }
      defer { context.leaveElements(of: row, count) }
      try storage.withMutableRun(state, count: count, context) { (run) throws(VMStateError) in
        while progress < count {
          context.enterElement(progress, of: row, count)
          let slot = Self.slot(run, progress)
          if try loadMarker(slot, from: &reader) {
            try lendTarget(slot) { (element) throws(VMStateError) in
              try codec.load(element, from: &reader, since: row.since, context)
            }
          }
          progress += 1
        }
      }
    } catch {
      throw error.at(offset).within(elementName(row, progress, count))
    }
  }

  /// Reads the marker where there is one; true if an element follows.
  private func loadMarker(
    _ slot: UnsafeMutablePointer<Element?>, from reader: inout StreamReader
  ) throws(VMStateError) -> Bool {
    if allocated == nil, slot.pointee != nil { return true }
    let offset = reader.position
    let marker = try reader.get(UInt8.self)
    if marker == WireFormat.nullMarker {
      if allocated != nil { slot.pointee = nil }
      return false
    }
    if let allocated, marker == WireFormat.presentMarker {
      slot.pointee = allocated
      return true
    }
    throw VMStateError(
      .badMarker, "the marker of a null pointer is wrong", offset: offset,
      expected: allocated == nil ? "0x30" : "0x30 or 0x31",
      found: "0x" + String(marker, radix: 16))
  }
}
