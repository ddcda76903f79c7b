extension StreamWriter {
  /// Puts the header of a START or FULL section.
  ///
  /// Wire: type byte, be32 section id, counted name, be32 instance id, be32 version.
  /// QEMU: `save_section_header`, migration/savevm.c.
  mutating func putHeader(_ kind: SectionKind, _ entry: SaveStateEntry) {
    put(kind.rawValue)
    put(entry.sectionID)
    guard kind == .start || kind == .full else { return }
    put(counted: entry.idstr)
    put(entry.instanceID)
    put(UInt32(clamping: entry.version))
  }

  /// Puts a footer. Wire: `7E`, be32 section id.
  mutating func putFooter(_ entry: SaveStateEntry) {
    put(SectionKind.footer.rawValue)
    put(entry.sectionID)
  }
}

/// Writes one section around a body, and tells the observer.
struct SectionFrame {
  let entry: SaveStateEntry
  let kind: SectionKind
  let hasFooter: Bool

  /// The callback that writes the body, for messages.
  private var hook: String {
    switch kind {
    case .start: "save-setup"
    case .part: "save-iterate"
    case .end: "save-complete"
    default: "save-state"
    }
  }

  /// Writes header, body and footer.
  ///
  /// - Throws: The body's error below the section's name, or the writer's latched one.
  func write<Result>(
    to writer: inout StreamWriter, _ context: SaveContext,
    body: (inout StreamWriter) throws -> Result
  ) throws(VMStateError) -> Result {
    let first = writer.position
    let before = writer.currentSum()
    announce(first, context)
    writer.putHeader(kind, entry)
    let result: Result
    do {
      result = try body(&writer)
    } catch {
      throw .fromHook(error, hook).within(entry.idstr).at(writer.position)
    }
    if hasFooter { writer.putFooter(entry) }
    if let error = writer.error { throw error.within(entry.idstr) }
    if let before { note(first, before, &writer, context) }
    context.path = []
    context.observer?.observe(
      .sectionEnd(
        name: entry.idstr, sectionID: entry.sectionID, offset: first,
        length: writer.position - first))
    return result
  }

  private func note(
    _ first: UInt64, _ before: CRC32C, _ writer: inout StreamWriter, _ context: SaveContext
  ) {
    let length = writer.position - first
    guard let part = writer.currentSum()?.part(since: before, count: length) else { return }
    context.sectionSums?.append(
      SectionSum(
        idstr: entry.idstr, instance: entry.instanceID, offset: first, length: length,
        crc: part.value))
  }

  private func announce(_ offset: UInt64, _ context: SaveContext) {
    guard let observer = context.observer else { return }
    context.path = [entry.idstr]
    observer.observe(
      .section(
        kind: kind, name: entry.idstr, instance: entry.instanceID, sectionID: entry.sectionID,
        version: UInt32(clamping: entry.version), offset: offset))
  }
}
