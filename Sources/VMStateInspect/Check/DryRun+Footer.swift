import VMState

extension DryRun {
  /// The footer behind a body.
  ///
  /// QEMU: `check_section_footer`, migration/savevm.c.
  mutating func readFooter(
    _ header: DryHeader, _ name: String, own: DescribedTable?, _ start: UInt64
  ) throws(Halt) {
    guard expectsFooters else { return }
    let offset = cursor.position
    let words = ["Missing section footer for \(name)"]
    let ended = ["Read section footer failed: "] + words
    let (mark, number) = try reading([name], words: ended) { cursor throws(VMStateError) in
      (try cursor.byte(), try cursor.integer(UInt32.self))
    }
    guard mark == SectionKind.footer.rawValue else {
      if target.framing == nil, elements == 1 {
        // No section of this stream has one.
        expectsFooters = false
        cursor.position = offset
        return doubt(
          ["footers"], "whether the destination expects a footer behind each section",
          supply: "a stream saved by the destination")
      }
      cursor.position = start
      refuseLength(header, name, own, offset, mark, words)
      return try pass(header, own)
    }
    guard number == header.number else {
      let (read, expected) = (String(number, radix: 16), String(header.number, radix: 16))
      refuse(
        .footer, [name], "the footer has another section's number", at: offset + 1,
        expected: "0x\(expected)", found: "0x\(read)", advice: "the stream is damaged here",
        words: [
          "Mismatched section id in footer for \(name) - read 0x\(read) expected 0x\(expected)"
        ])
      return
    }
  }

  /// The destination stopped reading at a place where no footer is.
  private mutating func refuseLength(
    _ header: DryHeader, _ name: String, _ own: DescribedTable?, _ offset: UInt64, _ mark: UInt8,
    _ words: [String]
  ) {
    let found = "0x" + String(mark, radix: 16)
    guard let end = ownEnd(header, own) else {
      return refuse(
        .footer, [name], "no footer stands where the section ends", at: offset, expected: "0x7e",
        found: found,
        advice: "the stream is damaged here, or saved with -global "
          + "migration.send-section-footer=off", words: words)
    }
    let start = cursor.position
    let (read, sent) = (offset - start, end - start)
    guard read != sent else {
      return refuse(
        .footer, [name], "no footer stands where the section ends", at: offset, expected: "0x7e",
        found: found, advice: "the stream is damaged here", words: words)
    }
    refuse(
      .length, [name] + firstDifference(header, own),
      read < sent
        ? "the section is longer than the destination reads"
        : "the section is shorter than the destination reads",
      at: offset, expected: "\(read) bytes", found: "\(sent) bytes",
      advice: "give the device the same properties on both sides, or use a machine type of the "
        + "source's release", words: words)
  }

  /// Where both layouts part, by name.
  private func firstDifference(_ header: DryHeader, _ own: DescribedTable?) -> [String] {
    guard let own, let index = target.find(header.name, header.instance),
      case .described(let table, _) = target.entries[index].body
    else { return [] }
    return SchemaChanges.between(SchemaTable(table), SchemaTable(own)).first?.path ?? []
  }

  // MARK: Going on

  /// Where the source's own description says that a body ends, if a footer is there.
  private mutating func ownEnd(_ header: DryHeader, _ own: DescribedTable?) -> UInt64? {
    guard let own else { return nil }
    let start = cursor.position
    defer { cursor.position = start }
    let lengths = OwnLength(table: own)
    guard let length = try? lengths.measure(&cursor) else { return nil }
    cursor.position = start + length
    guard (try? cursor.byte()) == SectionKind.footer.rawValue,
      (try? cursor.integer(UInt32.self)) == header.number
    else { return nil }
    return start + length
  }

  /// Steps over a section that the destination does not load.
  mutating func pass(_ header: DryHeader, _ own: DescribedTable?) throws(Halt) {
    if let end = ownEnd(header, own) {
      cursor.position = end + 5
      return
    }
    try goOn(from: cursor.position)
  }

  /// A section that the destination does not have.
  mutating func passUnknown(_ header: DryHeader, _ own: DescribedTable?) throws(Halt) {
    defer { sourceNumbers[header.number] = header.name }
    guard target.knowsEntries else {
      judgeDeclared(header, own)
      doubt(
        [header.name], "whether the destination has this section",
        supply: "a stream saved by the destination")
      return try pass(header, own)
    }
    refuseUnknown(header)
    try pass(header, own)
  }

  /// Without a list of the destination's sections: what its declared layouts refuse, whether
  /// it has the device or not.
  private mutating func judgeDeclared(_ header: DryHeader, _ own: DescribedTable?) {
    guard let own, let declared = target.declared(own.name, version: own.version) else { return }
    let words = ["Unknown savevm section or instance '\(header.name)' \(header.instance)"]
    for finding in SchemaWire.findings(
      from: SchemaTable(own), to: declared, isMixed: true, receiverShowsAll: true)
    where finding.severity != .untold && (finding.cause == .version || finding.cause == .subsection)
    {
      refuse(
        finding.cause == .version ? .versionTooNew : .unknownSubsection,
        [header.name] + finding.path, finding.reason, at: header.offset,
        advice: "use a newer QEMU at the destination",
        words: ["savevm: unsupported version", "error while loading state"] + words)
    }
  }

  /// PART or END of a live section that the destination does not have.
  mutating func passLive(_ name: String, _ number: UInt32) throws(Halt) {
    let header = DryHeader(
      kind: .part, offset: cursor.position, number: number, name: name, instance: 0, version: 0)
    try pass(header, nil)
  }
}
