// What a load accepts though it is odd: warnings, or the error of a strict load.

extension LoadRun {
  mutating func remark(
    _ header: SectionHeader, _ match: SaveStateEntry.Match, _ entry: SaveStateEntry
  ) throws(VMStateError) {
    switch match {
    case .exact: return
    case .alias:
      try warnings.add(
        .aliasMatch, "instance \(header.instance) is taken for its alias \(entry.instanceID)",
        path: entry.idstr, offset: header.offset)
    case .compatible:
      try warnings.add(
        .compatibleName, "the stream calls it '\(header.text)' instance \(header.instance)",
        path: entry.idstr, offset: header.offset)
    }
  }

  mutating func remark(
    _ index: Int, _ kind: SectionKind, _ offset: UInt64, isRepeated: Bool
  ) throws(VMStateError) {
    let entry = transaction.entries[index]
    if isRepeated {
      try warnings.add(
        .repeatedSection, "the section comes again; the last one counts", path: entry.idstr,
        offset: offset)
    } else if kind == .full, !entry.isEarly(options.profile) {
      if index < lastDevice {
        try warnings.add(
          .outOfOrder,
          "the section comes after \(transaction.entries[lastDevice].idstr), which it precedes",
          path: entry.idstr, offset: offset)
      }
      lastDevice = max(lastDevice, index)
    }
  }

  /// Takes over what the section's hooks had to say.
  mutating func takeRemarks(
    _ entry: SaveStateEntry, _ offset: UInt64
  ) throws(VMStateError) {
    guard !context.remarks.isEmpty else { return }
    let remarks = context.remarks
    context.remarks = []
    for remark in remarks {
      try warnings.add(.hook, remark, path: entry.idstr, offset: offset)
    }
  }

  /// Entries of which the stream brought nothing; under the device lock.
  func missingEntries() -> [SaveStateEntry] {
    zip(transaction.entries, transaction.staged).filter { $1 == nil && $0.isExpected }.map(\.0)
  }

  mutating func remark(_ missing: [SaveStateEntry]) throws(VMStateError) {
    for entry in missing {
      try warnings.add(
        .missingSection, "the stream has no section for it; it keeps its state",
        path: entry.idstr, offset: reader.position)
    }
  }
}

extension SaveStateEntry {
  /// True when a machine in this one's state would have sent a section.
  fileprivate var isExpected: Bool {
    switch body {
    case .description(let described): described.isNeeded
    case .handlers(let handlers):
      handlers.phases.contains(.wholeState)
        || handlers.phases.contains(.setup) && handlers.isActive
    }
  }
}
