import VMState

extension PieceWalker {
  mutating func walkSection(
    _ kind: SectionKind, at offset: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let id = try reader.get(UInt32.self)
    let name = try reader.getCountedBytes()
    guard !name.isEmpty else {
      throw VMStateError(.emptySectionName, "Unable to read ID string", offset: offset + 5)
    }
    let header = SectionHeader(
      kind: kind, sectionID: id, name: name, instance: try reader.get(UInt32.self),
      version: try reader.get(UInt32.self))
    if kind == .start { live[id] = header }
    try emit(.sectionHeader(header), offset, reader.position)
    try walkBody(header, &reader)
  }

  mutating func walkContinuation(
    _ kind: SectionKind, at offset: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let id = try reader.get(UInt32.self)
    guard var header = live[id] else {
      throw VMStateError(
        .unknownSection, "Unknown savevm section", offset: offset + 1,
        expected: "the id of a section that has started", found: "\(id)")
    }
    header.kind = kind
    try emit(.sectionHeader(header), offset, reader.position)
    try walkBody(header, &reader)
  }

  /// Body and footer; if they cannot be read, on from the next footer.
  private mutating func walkBody(
    _ header: SectionHeader, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let start = reader.position
    ram.good = start
    do throws(VMStateError) {
      try readBody(header, &reader)
      try walkFooter(header, &reader)
    } catch {
      let error = error.within(header.idstr)
      if ram.visitorFailed { throw error }
      try recover(from: error, header, start, &reader)
    }
  }

  private mutating func readBody(
    _ header: SectionHeader, _ reader: inout StreamReader
  ) throws(VMStateError) {
    if header.idstr == "ram", header.kind != .full { return try walkRAM(&reader) }
    let start = reader.position
    if header.kind == .full, !isPositioned { try holdTail(&reader) }
    if try walkRecords(header, &reader) { return }
    let needsFooter = expectsFooters && sectionCount > 0
    let body = try layouts.body(of: header, from: &reader, context) {
      (reader: inout StreamReader) throws(VMStateError) in
      try Self.canEnd(header, needsFooter: needsFooter, &reader)
    }
    guard let body else { return try passOver(header, start, &reader) }
    // A layout with a wrong end is found out before its fields are handed on.
    try checkFooter(header, &reader)
    try emit(.fields(body), start, reader.position)
    ram.good = reader.position
  }

  /// The body of a section that nothing describes, up to its footer.
  private mutating func passOver(
    _ header: SectionHeader, _ start: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    guard let end = try nextFooter(header, from: start, &reader) else {
      if let misfit = layouts.misfit { throw misfit }
      throw VMStateError(
        .badDescription, "nothing describes this section, and no footer ends it",
        offset: start, expected: "an entry in the JSON description", found: "none")
    }
    try emitBytes(.undescribed, upTo: end, &reader)
  }

  // MARK: Footer

  /// True if the section can end here: at its footer, or anywhere in a stream without any.
  private static func canEnd(
    _ header: SectionHeader, needsFooter: Bool, _ reader: inout StreamReader
  ) throws(VMStateError) -> Bool {
    let bytes = try reader.peek(5)
    guard bytes.first == SectionKind.footer.rawValue, bytes.count == 5 else {
      return !needsFooter && !bytes.isEmpty
    }
    return UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
      == header.sectionID
  }

  private func checkFooter(
    _ header: SectionHeader, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let offset = reader.position
    let bytes = try reader.peek(5)
    guard bytes.first == SectionKind.footer.rawValue else {
      guard expectsFooters, sectionCount > 0 else { return }
      throw VMStateError(
        .missingFooter, "Missing section footer", offset: offset, expected: "0x7e",
        found: bytes.first.map { "0x" + hexadecimal($0) } ?? "end of data")
    }
    guard bytes.count == 5 else { return }
    let id = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
    guard id == header.sectionID else {
      throw VMStateError(
        .footerMismatch, "Mismatched section id in footer", offset: offset + 1,
        expected: "\(header.sectionID)", found: "\(id)")
    }
  }

  private mutating func walkFooter(
    _ header: SectionHeader, _ reader: inout StreamReader
  ) throws(VMStateError) {
    try checkFooter(header, &reader)
    guard try reader.peekByte() == SectionKind.footer.rawValue else {
      // Streams of old machine types have no footers at all: the first section tells.
      expectsFooters = expectsFooters && sectionCount > 0
      return
    }
    let offset = reader.position
    reader.advance(1)
    let id = try reader.get(UInt32.self)
    try emit(.footer(sectionID: id), offset, reader.position)
  }

  /// Hands on what lies between here and an offset as bytes without a meaning.
  mutating func emitBytes(
    _ reason: OpaqueReason, upTo end: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    while reader.position < end {
      let left = Int(min(end - reader.position, UInt64(StreamReader.bufferSize)))
      let bytes = try reader.peek(left)
      guard !bytes.isEmpty else {
        throw VMStateError(
          .endOfStream, "the stream ends too early", offset: reader.position,
          expected: "\(end - reader.position) more bytes", found: "end of data")
      }
      let first = reader.position
      try emit(.bytes(bytes, reason), first, first + UInt64(bytes.count))
      reader.advance(bytes.count)
    }
    ram.good = reader.position
  }
}
