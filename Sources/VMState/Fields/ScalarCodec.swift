/// Integers, truth values, doubles and timers: one big-endian word.
///
/// QEMU: migration/vmstate-types.c.
final class ScalarCodec: ElementCodec, @unchecked Sendable {
  let kind: WireKind

  init(_ kind: WireKind) { self.kind = kind }

  override var typeName: String { kind.typeName }
  override var fixedSize: Int? { kind.width }

  override func compile(into builder: inout PlanBuilder, offset: Int) -> Bool {
    builder.append(PlanKind.of(kind), count: 1, offset: offset)
    return true
  }

  override func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    let target = writer.reserve(kind.width)
    writer.advance(to: PlanLoops.emit(PlanKind.of(kind), element, 1, target))
  }

  override func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    let source = try reader.need(kind.width)
    PlanLoops.absorb(PlanKind.of(kind), element, 1, source)
    reader.advance(kind.width)
  }

  override func saveRun(
    _ run: ElementRun, to writer: inout StreamWriter, progress: inout Int, _ context: SaveContext
  ) throws(VMStateError) {
    assert(run.stride == kind.width)
    while progress < run.count {
      let piece = min(run.count - progress, StreamWriter.bufferSize / kind.width)
      let target = writer.reserve(piece * kind.width)
      writer.advance(to: PlanLoops.emit(PlanKind.of(kind), run[progress], piece, target))
      progress += piece
    }
  }

  override func loadRun(
    _ run: ElementRun, from reader: inout StreamReader, since: Int, progress: inout Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    if kind.width == 1, !kind.isBool {
      return try loadBytes(run, from: &reader, progress: &progress)
    }
    while progress < run.count {
      let piece = min(run.count - progress, StreamReader.bufferSize / kind.width)
      let source: UnsafeRawPointer
      do throws(VMStateError) {
        source = try reader.need(piece * kind.width)
      } catch {
        progress += reader.available / kind.width
        throw error
      }
      PlanLoops.absorb(PlanKind.of(kind), run[progress], piece, source)
      reader.advance(piece * kind.width)
      progress += piece
    }
  }

  private func loadBytes(
    _ run: ElementRun, from reader: inout StreamReader, progress: inout Int
  ) throws(VMStateError) {
    let before = reader.position
    do throws(VMStateError) {
      try reader.read(into: run.base, count: run.count)
      progress = run.count
    } catch {
      progress = Int(reader.position - before)
      throw error
    }
  }
}
