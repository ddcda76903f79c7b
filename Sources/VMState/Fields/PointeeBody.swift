/// A row behind one pointer, which must be there (`Optional` in the state).
///
/// QEMU: `VMS_POINTER`.
final class PointeeBody<Element>: FieldBody, @unchecked Sendable {
  private let offset: Int
  private let codec: ElementCodec
  // The row as it is over the target itself.
  private let direct: ElementsBody

  init(offset: Int, _ codec: ElementCodec) {
    self.offset = offset
    self.codec = codec
    direct = ElementsBody(
      InlineStorage(
        offset: 0, stride: MemoryLayout<Element>.stride, size: MemoryLayout<Element>.size), codec)
  }

  override var memory: [Range<Int>] { [offset..<offset + MemoryLayout<Element?>.size] }
  override var typeName: String { codec.typeName }
  override var changesOnSave: Bool { codec.changesOnSave }
  override func isCompressible(_ profile: StreamProfile) -> Bool { codec.isCompressible(profile) }
  override func problem(_ row: FieldRow) -> String? { codec.problem(since: row.since) }

  override func schema(_ row: FieldRow) -> FieldSchema {
    var schema = FieldSchema(row, memory: memory)
    schema.elementSize = codec.fixedSize
    schema.pointers = .required
    schema.nested = codec.nested
    return schema
  }

  private func slot(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer
  ) throws(VMStateError) -> UnsafeMutablePointer<Element?> {
    let slot = (state + offset).assumingMemoryBound(to: Element?.self)
    guard slot.pointee != nil else {
      throw VMStateError(
        .valueMismatch, "the pointer is null at this machine", expected: "a value", found: "nil"
      ).within(row.name)
    }
    return slot
  }

  override func save(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    do throws(VMStateError) {
      try lendForSave(try slot(row, state), changing: codec.changesOnSave) {
        (target) throws(VMStateError) in
        try direct.save(row, target, to: &writer, json: &json, context)
      }
    } catch {
      throw error.at(writer.position)
    }
  }

  override func load(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) {
    let offset = reader.position
    do throws(VMStateError) {
      try lendTarget(try slot(row, state)) { (target) throws(VMStateError) in
        try direct.load(row, target, from: &reader, context)
      }
    } catch {
      throw error.at(offset)
    }
  }
}

/// Lends what is behind a pointer that is not null, in place.
func lendTarget<Element>(
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

/// Lends what is behind a pointer that is not null: in place if a hook may change it, else a
/// copy, since the memory may be shared with another copy of the state.
func lendForSave<Element>(
  _ slot: UnsafeMutablePointer<Element?>, changing: Bool,
  _ body: (UnsafeMutableRawPointer) throws(VMStateError) -> Void
) throws(VMStateError) {
  if changing { return try lendTarget(slot, body) }
  var copy = slot.pointee
  try withUnsafeMutablePointer(to: &copy) { (pointer) throws(VMStateError) in
    try lendTarget(pointer, body)
  }
}
