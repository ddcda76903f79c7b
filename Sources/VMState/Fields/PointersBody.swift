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
  override var nestedTable: NestedTable? { (codec as? StructCodec)?.table }
  override func elementCount(_ state: UnsafeRawPointer) -> Int { storage.count(state) }
  override func isCompressible(_ profile: StreamProfile) -> Bool {
    allocated == nil && codec.isCompressible(profile)
  }

  private static func slot(
    _ run: ElementRun, _ index: Int
  ) -> UnsafeMutablePointer<Element?> {
    run[index].assumingMemoryBound(to: Element?.self)
  }

  private func withElement(
    _ slot: UnsafeMutablePointer<Element?>,
    _ body: (UnsafeMutableRawPointer) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    var failure: VMStateError?
    withUnsafeMutablePointer(to: &slot.pointee!) { pointer in
      do throws(VMStateError) { try body(UnsafeMutableRawPointer(pointer)) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
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
      try storage.withRun(state, count: count) { (run) throws(VMStateError) in
        var runs = PointerRuns(compressed: isCompressible(context.profile) && row.exists == nil)
        while progress < count {
          let isNull = Self.slot(run, progress).pointee == nil
          let rest = runs.enter(isNull, at: progress, of: count, context.profile) {
            Self.slot(run, $0).pointee == nil
          }
          try saveElement(
            row, run, progress, isNull, rest: rest, count: count, runs: &runs, to: &writer,
            json: &json, context)
          progress += 1
        }
      }
    } catch {
      throw error.at(writer.position).within(elementName(row, progress, count))
    }
  }

  private func saveElement(
    _ row: FieldRow, _ run: ElementRun, _ index: Int, _ isNull: Bool, rest: Int, count: Int,
    runs: inout PointerRuns, to writer: inout StreamWriter, json: inout DescriptionText?,
    _ context: SaveContext
  ) throws(VMStateError) {
    let describes = json != nil && runs.isWriting
    if allocated != nil || isNull {
      try saveMarker(
        row, isNull, index, rest: rest, count: count, describes: describes, to: &writer,
        json: &json, context)
    }
    if !isNull {
      let before = writer.position
      var none: DescriptionText?
      if describes {
        ElementJSON.begin(
          &json!, name: row.name, type: typeName, index: index, rest: rest, count: count,
          compressed: runs.compressed, context.profile)
      }
      try withElement(Self.slot(run, index)) { (element) throws(VMStateError) in
        if describes {
          try codec.save(element, to: &writer, json: &json, context)
        } else {
          try codec.save(element, to: &writer, json: &none, context)
        }
      }
      if describes { ElementJSON.end(&json!, size: writer.position - before) }
    }
    runs.leave()
  }

  private func saveMarker(
    _ row: FieldRow, _ isNull: Bool, _ index: Int, rest: Int, count: Int, describes: Bool,
    to writer: inout StreamWriter, json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    writer.put(isNull ? WireFormat.nullMarker : WireFormat.presentMarker)
    guard describes else { return }
    let type: String
    switch context.profile.nullElement {
    case .unmarked: type = typeName
    case .nullptr: type = "nullptr"
    case .marker: type = "ptr-marker"
    }
    let stands = context.profile.nullElement != .unmarked && allocated == nil
    ElementJSON.begin(
      &json!, name: row.name, type: type, index: index, rest: rest, count: count,
      compressed: stands || isCompressible(context.profile), context.profile)
    ElementJSON.end(&json!, size: 1)
  }

  // MARK: Load

  override func load(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) {
    let count = storage.count(state)
    guard count > 0 else { return }
    var progress = 0
    let offset = reader.position
    do throws(VMStateError) {
      try storage.withMutableRun(state, count: count, context) { (run) throws(VMStateError) in
        while progress < count {
          let slot = Self.slot(run, progress)
          if try loadMarker(slot, from: &reader, context) {
            try withElement(slot) { (element) throws(VMStateError) in
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
    _ slot: UnsafeMutablePointer<Element?>, from reader: inout StreamReader,
    _ context: LoadContext
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

/// QEMU's rule for the JSON of mixed null and non-null pointers: runs are described apart.
struct PointerRuns {
  let compressed: Bool
  private(set) var isWriting = true
  private var wasNull = false

  init(compressed: Bool) { self.compressed = compressed }

  /// Looks at an element; returns the array length that QEMU takes for it.
  mutating func enter(
    _ isNull: Bool, at index: Int, of count: Int, _ profile: StreamProfile,
    _ isNullAt: (Int) -> Bool
  ) -> Int {
    guard profile.nullElement != .unmarked else { return count }
    guard isNull != wasNull else { return count - index }
    wasNull = isNull
    isWriting = true
    var next = index + 1
    while next < count, isNullAt(next) == isNull { next += 1 }
    return next - index
  }

  /// After an element: a compressed run is described by its first element alone.
  mutating func leave() {
    if compressed { isWriting = false }
  }
}

/// A row behind one pointer, which must be there (`Optional` in the state).
///
/// QEMU: `VMS_POINTER`.
final class PointeeBody<Element>: FieldBody, @unchecked Sendable {
  private let offset: Int
  private let codec: ElementCodec

  init(offset: Int, _ codec: ElementCodec) {
    self.offset = offset
    self.codec = codec
  }

  override var memory: [Range<Int>] { [offset..<offset + MemoryLayout<Element?>.size] }
  override var typeName: String { codec.typeName }
  override var nestedTable: NestedTable? { (codec as? StructCodec)?.table }
  override func isCompressible(_ profile: StreamProfile) -> Bool { codec.isCompressible(profile) }

  private func withTarget(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer,
    _ body: (ElementsBody, UnsafeMutableRawPointer) throws(VMStateError) -> Void
  ) throws(VMStateError) {
    let slot = (state + offset).assumingMemoryBound(to: Element?.self)
    guard slot.pointee != nil else {
      throw VMStateError(
        .valueMismatch, "the pointer is null at this machine", expected: "a value", found: "nil"
      ).within(row.name)
    }
    let direct = ElementsBody(
      InlineStorage(offset: 0, stride: MemoryLayout<Element>.stride), codec)
    var failure: VMStateError?
    withUnsafeMutablePointer(to: &slot.pointee!) { pointer in
      do throws(VMStateError) { try body(direct, UnsafeMutableRawPointer(pointer)) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  override func save(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    try withTarget(row, state) { (body, target) throws(VMStateError) in
      try body.save(row, target, to: &writer, json: &json, context)
    }
  }

  override func load(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) {
    let offset = reader.position
    do throws(VMStateError) {
      try withTarget(row, state) { (body, target) throws(VMStateError) in
        try body.load(row, target, from: &reader, context)
      }
    } catch {
      throw error.at(offset)
    }
  }
}
