/// The header of a section as it came; PART and END take the rest from their START.
struct SectionHeader {
  var offset: UInt64
  var kind: SectionKind
  var sectionID: UInt32
  var name: [UInt8]
  var instance: UInt32
  var version: UInt32

  var text: String { String(decoding: name, as: UTF8.self) }
}

extension LoadRun {
  /// Everything up to the EOF byte.
  ///
  /// QEMU: `qemu_loadvm_state_main`, migration/savevm.c.
  mutating func loadSections() throws(VMStateError) {
    while true {
      try context.batchDone(at: reader.position)
      do throws(VMStateError) {
        guard try loadElement() else { return }
      } catch {
        throw error.named("section header")
      }
    }
  }

  /// One section or command; false at the EOF byte.
  private mutating func loadElement() throws(VMStateError) -> Bool {
    let offset = reader.position
    let byte = try reader.get(UInt8.self)
    let kind = SectionKind(rawValue: byte)
    if kind == .endOfFile { return false }
    try count(offset)
    switch kind {
    case .start, .full: try loadStart(kind == .start ? .start : .full, offset)
    case .part, .end: try loadPart(kind == .part ? .part : .end, offset)
    case .command: try loadCommand(offset)
    default:
      throw VMStateError(
        .unknownSectionType, "Unknown savevm section type \(byte)", offset: offset,
        expected: "0 to 4, or 8", found: "\(byte)")
    }
    return true
  }

  private func count(_ offset: UInt64) throws(VMStateError) {
    context.progress.sections += 1
    guard context.progress.sections <= options.limits.sections else {
      throw VMStateError(
        .limitExceeded, "more sections than the limit allows", offset: offset,
        expected: "at most \(options.limits.sections)")
    }
  }

  private mutating func loadStart(
    _ kind: SectionKind, _ offset: UInt64
  ) throws(VMStateError) {
    let header = try getHeader(kind, offset)
    guard let (index, match) = transaction.find(header.name, instance: header.instance) else {
      throw VMStateError(
        .unknownSection,
        "Unknown savevm section or instance '\(header.text)' \(header.instance)",
        path: [header.text], offset: offset, expected: "an entry of this machine's registry",
        found: "'\(header.text)' instance \(header.instance)")
    }
    let entry = transaction.entries[index]
    guard Int(header.version) <= entry.version else {
      throw VMStateError(
        .versionTooNew, "Unsupported version \(header.version) of section '\(header.text)'",
        path: [entry.idstr], offset: offset, expected: "at most \(entry.version)",
        found: "\(header.version)")
    }
    try remark(header, match, entry)
    let isRepeated = transaction.note(
      index, sectionID: header.sectionID, version: Int(header.version))
    try remark(index, kind, offset, isRepeated: isRepeated)
    try loadBody(index, kind, offset, header)
  }

  private mutating func getHeader(
    _ kind: SectionKind, _ offset: UInt64
  ) throws(VMStateError) -> SectionHeader {
    let sectionID = try reader.get(UInt32.self)
    let name = try reader.getCountedBytes()
    guard !name.isEmpty else {
      throw VMStateError(
        .emptySectionName, "Unable to read ID string for section \(sectionID)", offset: offset,
        expected: "a name of 1 to 255 bytes", found: "an empty one")
    }
    let instance = try reader.get(UInt32.self)
    let version = try reader.get(UInt32.self)
    return SectionHeader(
      offset: offset, kind: kind, sectionID: sectionID, name: name, instance: instance,
      version: version)
  }

  /// PART and END name the entry by the section id of its START or FULL section.
  private mutating func loadPart(
    _ kind: SectionKind, _ offset: UInt64
  ) throws(VMStateError) {
    let sectionID = try reader.get(UInt32.self)
    guard let index = transaction.find(sectionID: sectionID),
      let staged = transaction.staged[index]
    else {
      throw VMStateError(
        .unknownSection, "Unknown savevm section \(sectionID)", offset: offset,
        expected: "the section id of an earlier START or FULL section", found: "\(sectionID)")
    }
    let entry = transaction.entries[index]
    if entry.described != nil { try remark(index, kind, offset, isRepeated: true) }
    let header = SectionHeader(
      offset: offset, kind: kind, sectionID: sectionID, name: [], instance: entry.instanceID,
      version: UInt32(staged.version))
    try loadBody(index, kind, offset, header)
  }

  private mutating func loadBody(
    _ index: Int, _ kind: SectionKind, _ offset: UInt64, _ header: SectionHeader
  ) throws(VMStateError) {
    let entry = transaction.entries[index]
    observe(header, entry)
    do throws(VMStateError) {
      try machine.locked { () throws(VMStateError) in try transaction.begin(index) }
      try transaction.load(index, kind, from: &reader)
    } catch {
      throw Self.explain(error, entry, header.instance).at(reader.position)
    }
    try takeRemarks(entry, offset)
    try loadFooter(entry, header.sectionID)
    transaction.accept(index)
    context.path = []
    context.observer?.observe(
      .sectionEnd(
        name: entry.idstr, sectionID: header.sectionID, offset: offset,
        length: reader.position - offset))
  }

  private func observe(_ header: SectionHeader, _ entry: SaveStateEntry) {
    guard let observer = context.observer else { return }
    context.path = [entry.idstr]
    observer.observe(
      .section(
        kind: header.kind, name: entry.idstr, instance: header.instance,
        sectionID: header.sectionID, version: header.version, offset: header.offset))
  }

  /// The error of a body below the section's name, in words that operators search for.
  private static func explain(
    _ error: VMStateError, _ entry: SaveStateEntry, _ instance: UInt32
  ) -> VMStateError {
    let id = String(instance, radix: 16)
    return VMStateError(
      error.code,
      "error while loading state for instance 0x\(id) of device '\(entry.idstr)': "
        + error.message,
      path: [entry.idstr] + error.path, offset: error.offset, expected: error.expected,
      found: error.found, cause: error.cause)
  }

  /// QEMU: `check_section_footer`, migration/savevm.c.
  private mutating func loadFooter(
    _ entry: SaveStateEntry, _ sectionID: UInt32
  ) throws(VMStateError) {
    guard options.configuration.sendsSectionFooters else { return }
    let offset = reader.position
    do throws(VMStateError) {
      let mark = try reader.get(UInt8.self)
      guard mark == SectionKind.footer.rawValue else {
        throw VMStateError(
          .missingFooter, "Missing section footer for \(entry.idstr)", offset: offset,
          expected: "type byte 126", found: "\(mark)")
      }
      let found = try reader.get(UInt32.self)
      guard found == sectionID else {
        throw VMStateError(
          .footerMismatch, "Mismatched section id in footer for \(entry.idstr)",
          offset: offset, expected: "\(sectionID)", found: "\(found)")
      }
    } catch {
      throw error.within(entry.idstr)
    }
  }
}
