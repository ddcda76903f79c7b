/// An enumeration that travels as its raw value; an unknown raw value is an error.
final class EnumerationCodec<Value: RawRepresentable>: ElementCodec, @unchecked Sendable
where Value.RawValue: WireScalar {
  private let kind = Value.RawValue.wireKind

  override var typeName: String { kind.typeName }
  override var fixedSize: Int? { kind.width }

  override func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    var raw = element.assumingMemoryBound(to: Value.self).pointee.rawValue
    let target = writer.reserve(kind.width)
    writer.advance(to: PlanLoops.emit(PlanKind.of(kind), &raw, 1, target))
  }

  override func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    let offset = reader.position
    let source = try reader.need(kind.width)
    var raw = Value.RawValue.wireZero
    PlanLoops.absorb(PlanKind.of(kind), &raw, 1, source)
    reader.advance(kind.width)
    guard let value = Value(rawValue: raw) else {
      throw VMStateError(
        .valueOutOfRange, "the value is no case of \(Value.self)", offset: offset,
        expected: "a raw value of \(Value.self)", found: "\(raw)")
    }
    element.assumingMemoryBound(to: Value.self).pointee = value
  }
}
