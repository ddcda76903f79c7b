import VMState

extension BodyReader {
  /// Reads the subsections that belong to a description.
  ///
  /// QEMU: `vmstate_subsection_load`, migration/vmstate.c.
  mutating func readSubsections(
    _ table: DescribedTable, _ state: DescribedState?, _ loaded: inout LoadedTable
  ) throws(BodyEnd) {
    while let name = try peekSubsection(of: table.name) {
      let offset = cursor.position
      let (layout, current) = try find(name, in: table, state, at: offset)
      let inner = try within(name) { reader throws(BodyEnd) in
        let header = try reader.take(2 + name.utf8.count + 4, ["error while loading state"])
        let version = Int(header[header.count - 1])
        guard try reader.accepts(version, layout, owner: table.name) else { throw BodyEnd() }
        return try reader.read(layout, current, version: version)
      }
      loaded.subsections.append(inner)
    }
    noteMissing(table, state, loaded)
  }

  private mutating func peekSubsection(of owner: String) throws(BodyEnd) -> String? {
    guard try peek(0) == SectionKind.subsection.rawValue, let length = try peek(1),
      Int(length) >= owner.utf8.count + 1
    else { return nil }
    var bytes: [UInt8] = []
    for ahead in 0..<UInt64(length) {
      guard let byte = try peek(2 + ahead) else { return nil }
      bytes.append(byte)
    }
    return bytes.starts(with: owner.utf8) ? String(decoding: bytes, as: UTF8.self) : nil
  }

  /// A byte ahead. Looking for one behind the end makes the enclosing field fail.
  private mutating func peek(_ ahead: UInt64) throws(BodyEnd) -> UInt8? {
    if let byte = (try? cursor.peek(ahead)) ?? nil { return byte }
    guard let words = fieldWords.last else {
      hitEnd = true
      return nil
    }
    _ = try take(Int(ahead) + 1, [words])
    return nil
  }

  /// The destination's layout of a subsection: its own if it sent one, else the source's, which
  /// is the same where name and version are.
  private mutating func find(
    _ name: String, in table: DescribedTable, _ state: DescribedState?, at offset: UInt64
  ) throws(BodyEnd) -> (DescribedTable, DescribedState?) {
    if let index = table.subsections.firstIndex(where: { $0.name == name }) {
      let states = state?.subsections ?? []
      return (table.subsections[index], states.indices.contains(index) ? states[index] : nil)
    }
    switch knows(name, owner: table) {
    case true?:
      guard let layout = sourceSubsections[name] else {
        doubt("the layout of the subsection '\(name)'", supply: "a stream that describes it")
        throw BodyEnd()
      }
      let names = [name] + layout.subsections.map(\.name)
      if names.contains(where: KnownHooks.pointers.contains) {
        return try refusePointers(name, offset)
      }
      return (layout, nil)
    case false?:
      refuseUnknown(name, table, offset)
      throw BodyEnd()
    case nil:
      doubt(
        "whether the destination knows the subsection '\(name)'",
        supply: "the -dump-vmstate file of the destination's QEMU")
      throw BodyEnd()
    }
  }

  /// Fields behind pointers that the destination does not have: QEMU does not get to a message.
  private mutating func refusePointers(
    _ name: String, _ offset: UInt64
  ) throws(BodyEnd) -> (DescribedTable, DescribedState?) {
    refuse(
      .unknownSubsection, "the destination does not count instructions like that", at: offset,
      found: name, advice: "start the destination with the source's -icount", words: [],
      aborts: true)
    throw BodyEnd()
  }

  private func knows(_ name: String, owner table: DescribedTable) -> Bool? {
    let tables = target.candidates(table.name, version: table.version)
    if !tables.isEmpty {
      return tables.contains { $0.subsections.contains { $0.name == name } }
    }
    if let known = KnownSubsections.entry(table.name, name) {
      return known.isNew ? target.release.isAtLeast(QEMURelease(10, 0)) : true
    }
    return KnownSubsections.knows(table.name) ? false : nil
  }

  private mutating func refuseUnknown(
    _ name: String, _ table: DescribedTable, _ offset: UInt64
  ) {
    let known = table.subsections.map(\.name).joined(separator: ", ")
    refuse(
      .unknownSubsection, "the destination has no subsection '\(name)'", at: offset,
      expected: known.isEmpty ? "no subsection" : known, found: name,
      advice: "drop it from the stream if its content may be lost, or use a QEMU that knows it",
      words: ["error while loading state for instance", "No such file or directory"])
  }

  private mutating func accepts(
    _ version: Int, _ layout: DescribedTable, owner: String
  ) throws(BodyEnd) -> Bool {
    if version == layout.version { return true }
    let name = layout.name
    if version > layout.version {
      refuse(
        .versionTooNew, "the subsection is newer than the destination's",
        expected: "at most \(layout.version)", found: "\(version)",
        advice: "use a newer QEMU at the destination",
        words: [
          "\(name): incoming version_id \(version) is too new for local version_id "
            + "\(layout.version)"
        ])
      return false
    }
    guard let lowest = lowestVersion(name, owner: owner) else {
      doubt(
        "the lowest version of the subsection that is accepted",
        supply: "the -dump-vmstate file of the destination's QEMU")
      return false
    }
    guard version < lowest else { return true }
    refuse(
      .versionTooOld, "the subsection is older than the destination accepts",
      expected: "at least \(lowest)", found: "\(version)", advice: "use an older QEMU",
      words: [
        "\(name): incoming version_id \(version) is too old for local minimum version_id  "
          + "\(lowest)"
      ])
    return false
  }

  private func lowestVersion(_ name: String, owner: String) -> Int? {
    let tables = target.anywhere[owner] ?? []
    let subsections = tables.flatMap(\.subsections).filter { $0.name == name }
    if let minimum = subsections.first?.minimum { return minimum }
    return KnownSubsections.entry(owner, name)?.minimum
  }

  /// What the destination has of its own where the source sent nothing stays as it is.
  private mutating func noteMissing(
    _ table: DescribedTable, _ state: DescribedState?, _ loaded: LoadedTable
  ) {
    for missing in table.subsections
    where loaded.subsection(missing.name) == nil && !KnownHooks.presets.contains(missing.name) {
      path.append(missing.name)
      lose(.missingSubsection, "the stream does not have it: it stays as after a reset")
      path.removeLast()
    }
    for extra in loaded.subsections
    where KnownHooks.fixed.contains(extra.name)
      && !table.subsections.contains(where: { $0.name == extra.name })
    {
      path.append(extra.name)
      lose(.notSentOn, "it is loaded, and the destination's own saves do not have it")
      path.removeLast()
    }
  }
}
