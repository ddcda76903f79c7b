/// Bytes that once meant something: written as zeros, discarded on load.
///
/// QEMU: `vmstate_info_unused_buffer`, migration/vmstate-types.c.
final class UnusedCodec: ElementCodec, @unchecked Sendable {
  let size: Int

  init(size: Int) { self.size = size }

  override var typeName: String { "unused_buffer" }
  override var fixedSize: Int? { size }

  override func compile(into builder: inout PlanBuilder, offset: Int) -> Bool {
    builder.append(.zeros, count: size, offset: 0)
    return true
  }

  override func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    writer.put(zeros: size)
  }

  override func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    try reader.skip(UInt64(size))
  }
}
