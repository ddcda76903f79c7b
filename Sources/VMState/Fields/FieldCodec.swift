/// A hand-written codec for one field, where no row fits.
///
/// The codec writes and reads exactly the field's bytes; the engine adds name, offset and
/// JSON entry around it. It must read back what it wrote, and check every length it reads
/// against the context's limits before it allocates.
///
/// QEMU: `VMStateInfo` with `get` and `put`, include/migration/vmstate.h.
public protocol FieldCodec<Value>: Sendable {
  /// The property's type.
  associatedtype Value
  /// The `"type"` in the JSON description.
  var typeName: String { get }

  /// Writes the field.
  func encode(
    _ value: Value, to writer: inout StreamWriter, _ context: SaveContext
  ) throws(VMStateError)

  /// Reads the field into the staged value, which starts as the destination's present one.
  func decode(
    into value: inout Value, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError)
}

/// A field codec as an element codec.
final class CustomCodec<Codec: FieldCodec>: ElementCodec, @unchecked Sendable {
  private let codec: Codec

  init(_ codec: Codec) { self.codec = codec }

  override var typeName: String { codec.typeName }

  override func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    try codec.encode(
      element.assumingMemoryBound(to: Codec.Value.self).pointee, to: &writer, context)
  }

  override func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    let offset = reader.position
    do throws(VMStateError) {
      try codec.decode(
        into: &element.assumingMemoryBound(to: Codec.Value.self).pointee, from: &reader, context)
    } catch {
      throw error.at(offset)
    }
  }
}
