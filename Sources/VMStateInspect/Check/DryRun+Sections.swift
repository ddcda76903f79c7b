import VMState

/// A section's header as it came.
struct DryHeader {
  var kind: SectionKind
  var offset: UInt64
  var number: UInt32
  var name: String
  var instance: UInt32
  var version: UInt32
}

extension DryRun {
  /// A START or FULL section.
  ///
  /// QEMU: `qemu_loadvm_section_start_full`, migration/savevm.c.
  mutating func readSection(_ kind: SectionKind, at offset: UInt64) throws(Halt) {
    guard let header = try readSectionHeader(kind, offset) else { return }
    if kind == .start { sourceNumbers[header.number] = header.name }
    let own = sourceLayouts["\(header.instance)/\(header.name)"]?.popLast()
    guard let index = target.find(header.name, header.instance) else {
      return try passUnknown(header, own)
    }
    let entry = target.entries[index]
    if let version = entry.version, header.version > version {
      refuse(
        .versionTooNew, [header.name], "the section is newer than the destination's", at: offset,
        expected: "at most \(version)", found: "\(header.version)",
        advice: "use a newer QEMU or an older machine type at the source",
        words: [
          "savevm: unsupported version \(Int32(bitPattern: header.version)) for "
            + "'\(header.name)' v\(version)"
        ])
      return try pass(header, own)
    }
    numbers[header.number] = index
    try readBody(header, entry, index, own)
  }

  private mutating func readSectionHeader(
    _ kind: SectionKind, _ offset: UInt64
  ) throws(Halt) -> DryHeader? {
    let number = try reading(["section header"]) { cursor throws(VMStateError) in
      try cursor.integer(UInt32.self)
    }
    let words = ["Unable to read ID string for section \(number)"]
    let name = try reading(["section header"], words: words) { cursor throws(VMStateError) in
      try cursor.countedBytes()
    }
    guard !name.isEmpty else {
      refuse(
        .sectionType, ["section header"], "a section without a name", at: offset,
        expected: "a name of 1 to 255 bytes", found: "none", advice: "the stream is damaged here",
        words: words)
      try goOn(from: cursor.position)
      return nil
    }
    return try reading([String(decoding: name, as: UTF8.self)]) { cursor throws(VMStateError) in
      DryHeader(
        kind: kind, offset: offset, number: number, name: String(decoding: name, as: UTF8.self),
        instance: try cursor.integer(), version: try cursor.integer())
    }
  }

  /// A PART or END section.
  ///
  /// QEMU: `qemu_loadvm_section_part_end`, migration/savevm.c.
  mutating func readContinuation(_ kind: SectionKind, at offset: UInt64) throws(Halt) {
    let number = try reading(["section header"]) { cursor throws(VMStateError) in
      try cursor.integer(UInt32.self)
    }
    // A number that no section had is 0 at the first entry: QEMU's registry starts so.
    guard let index = numbers[number] ?? (number == 0 ? target.entries.indices.first : nil) else {
      if let name = sourceNumbers[number] { return try passLive(name, number) }
      refuse(
        .unknownSection, ["section \(number)"], "no section with this number has begun",
        at: offset, found: "\(number)", advice: "the stream lacks the beginning of that section",
        words: ["Unknown savevm section \(number)"])
      return try goOn(from: cursor.position)
    }
    let entry = target.entries[index]
    let header = DryHeader(
      kind: kind, offset: offset, number: number, name: entry.idstr, instance: entry.instance,
      version: entry.version ?? 0)
    try readBody(header, entry, index, nil)
  }

  /// Body and footer of a section that the destination has.
  private mutating func readBody(
    _ header: DryHeader, _ entry: TargetEntry, _ index: Int, _ own: DescribedTable?
  ) throws(Halt) {
    let isRepeated = loaded[index] != nil && header.kind == .full
    loaded[index, default: 0] += 1
    if isRepeated {
      lose(
        .repeatedSection, [entry.idstr],
        "a second section for the same device overwrites the first", isShown: false)
    }
    let start = cursor.position
    switch entry.body {
    case .ram: try readRAM(header)
    case .dirtyBitmap: try readDirtyBitmaps(header)
    case .disks: try readDisks(header)
    case .described(let table, let state):
      return try readDescribed(header, entry, table, state, own, start)
    case .unknown:
      // Of an entry that is not sent only the source's layout is known.
      guard let own, let version = KnownVersions.entry(entry.descriptionName)?.version,
        header.version == UInt32(version)
      else {
        doubt(
          [entry.idstr], "the destination's layout of this section",
          supply: entry.origin == .stream
            ? "the load itself; no file shows it" : "a stream of the destination that has it")
        return try pass(header, own)
      }
      return try readDescribed(header, entry, own, nil, own, start)
    }
    try readFooter(header, entry.idstr, own: nil, start)
  }

  private mutating func readDescribed(
    _ header: DryHeader, _ entry: TargetEntry, _ table: DescribedTable, _ state: DescribedState?,
    _ own: DescribedTable?, _ start: UInt64
  ) throws(Halt) {
    guard checkLowest(header, entry, table) else { return try pass(header, own) }
    var reader = BodyReader(cursor, target, sourceSubsections, section: entry.idstr)
    var isWhole = true
    do throws(BodyEnd) {
      let loaded = try reader.read(table, state, version: Int(header.version))
      keep(loaded, &reader)
    } catch {
      isWhole = false
    }
    cursor.position = reader.cursor.position
    take(reader.problems, header)
    guard isWhole, !reader.isRefused else {
      cursor.position = start
      return try pass(header, own)
    }
    if entry.origin == .unsent, entry.idstr != "globalstate" {
      lose(
        .notSentOn, [entry.idstr], "it is loaded, and the destination's own saves do not have it")
    }
    cursor.hasEnded = reader.hitEnd
    try readFooter(header, entry.idstr, own: own, start)
  }

  /// What other sections are compared with.
  private mutating func keep(_ loaded: LoadedTable, _ reader: inout BodyReader) {
    switch loaded.name {
    case "PCIBUS" where interruptCounts == nil: interruptCounts = loaded.integers("irq_count")
    case "PIIX3": interruptLevels = loaded.integers("pci_irq_levels_vmstate")
    case "fw_cfg": KnownHooks.tableSizes(loaded, memory, &reader)
    default: break
    }
  }

  /// The lowest version that the description accepts.
  private mutating func checkLowest(
    _ header: DryHeader, _ entry: TargetEntry, _ table: DescribedTable
  ) -> Bool {
    guard table.wholeSize == nil, let version = entry.version, header.version < version else {
      return true
    }
    let name = table.name
    guard
      let lowest = target.declared(name, version: table.version)?.minimum
        ?? KnownVersions.entry(name)?.minimum
    else {
      doubt(
        [entry.idstr], "the lowest version of \(name) that is accepted",
        supply: "the -dump-vmstate file of the destination's QEMU")
      return false
    }
    guard Int(header.version) < lowest else { return true }
    refuse(
      .versionTooOld, [entry.idstr], "the section is older than the destination accepts",
      at: header.offset, expected: "at least \(lowest)", found: "\(header.version)",
      advice: "use an older QEMU at the destination",
      words: [
        "\(name): incoming version_id \(header.version) is too old for local minimum version_id  "
          + "\(lowest)"
      ])
    return false
  }

  /// Problems of a body; what QEMU says first is the innermost field.
  private mutating func take(_ problems: [BodyProblem], _ header: DryHeader) {
    for problem in problems {
      switch problem {
      case .refused(var blocker):
        if blocker.words.isEmpty {
          let instance = String(header.instance, radix: 16)
          blocker.words = [
            "error while loading state for instance 0x\(instance) of device '\(header.name)'"
          ]
        }
        report.blockers.append(blocker)
      case .lost(let loss): report.losses.append(loss)
      case .untold(let untold):
        if !report.untold.contains(untold) { report.untold.append(untold) }
      }
    }
  }
}
