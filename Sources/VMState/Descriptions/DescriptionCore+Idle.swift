// A frame of a rewind buffer is loaded into the machine that wrote it, which has changed
// meanwhile; a stream leaves out what a fresh machine has anyway. So frames have the plain
// fields of subsections that are not needed as well, without any hook of theirs: a byte 1
// before each subsection that is needed, a byte 0 before the fields of one that is not.
extension DescriptionCore {
  /// Writes the fields of fixed size of a subsection that is not needed, and of its own
  /// subsections. Cannot fail.
  func saveIdle(_ state: UnsafeMutableRawPointer, to writer: inout StreamWriter) {
    let plan = plan(version)
    for number in 0..<plan.pointee.stepCount {
      let step = plan.pointee.steps + number
      guard step.pointee.isSegment else { continue }
      let size = step.pointee.segment.wireSize
      let target = writer.reserve(size)
      PlanLoops.emit(step.segment, plan.pointee.places, plan.pointee.runs, state, target)
      writer.advance(to: target + size)
    }
    for subsection in parts.subsections { subsection.saveIdle(state, to: &writer) }
  }

  /// Reads what `saveIdle` wrote.
  private func loadIdle(
    _ state: UnsafeMutableRawPointer, from reader: inout StreamReader
  ) throws(VMStateError) {
    let plan = plan(version)
    for number in 0..<plan.pointee.stepCount {
      let step = plan.pointee.steps + number
      guard step.pointee.isSegment else { continue }
      let size = step.pointee.segment.wireSize
      let source = try reader.need(size)
      PlanLoops.absorb(step.segment, plan.pointee.places, plan.pointee.runs, state, source)
      reader.advance(size)
    }
    for subsection in parts.subsections { try subsection.loadIdle(state, from: &reader) }
  }

  /// Reads all subsections, needed or not.
  func loadAllSubsections(
    _ state: UnsafeMutableRawPointer, from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) {
    for subsection in parts.subsections {
      do throws(VMStateError) {
        if try reader.get(UInt8.self) == 0 {
          try subsection.loadIdle(state, from: &reader)
        } else {
          try reader.skip(UInt64(subsection.header.count))
          try subsection.load(state, version: subsection.version, from: &reader, context)
        }
      } catch {
        throw error.within(subsection.name)
      }
    }
  }
}
