/// Raw bytes of a size that is known when the field is reached.
///
/// QEMU: `vmstate_info_buffer`, migration/vmstate-types.c.
final class BufferCodec: ElementCodec, @unchecked Sendable {
  /// Bytes, where the size never varies; nil when the storage's run says how many.
  let size: Int?

  init(size: Int?) { self.size = size }

  override var typeName: String { "buffer" }
  override var fixedSize: Int? { size }

  override func compile(into builder: inout PlanBuilder, offset: Int) -> Bool {
    guard let size else { return false }
    builder.append(.bytes, count: size, offset: offset)
    return true
  }

  // A buffer of varying size is a run of one element as long as the buffer.
  override func saveRun(
    _ run: ElementRun, to writer: inout StreamWriter, progress: inout Int, _ context: SaveContext
  ) throws(VMStateError) {
    while progress < run.count {
      let bytes = UnsafeRawBufferPointer(start: run[progress], count: size ?? run.stride)
      writer.put(bytes: bytes)
      progress += 1
    }
  }

  override func loadRun(
    _ run: ElementRun, from reader: inout StreamReader, since: Int, progress: inout Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    while progress < run.count {
      try reader.read(into: run[progress], count: size ?? run.stride)
      progress += 1
    }
  }
}
