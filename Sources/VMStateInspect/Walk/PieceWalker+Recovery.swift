import VMState

extension PieceWalker {
  /// Goes on after a section that could not be read: the rest of it as bytes, up to its
  /// footer if one is found; otherwise the walk is over.
  mutating func recover(
    from error: VMStateError, _ header: SectionHeader, _ start: UInt64,
    _ reader: inout StreamReader
  ) throws(VMStateError) {
    // From the last byte that was handed on.
    let first = max(start, ram.good)
    guard let end = try nextFooter(header, from: first, &reader) else { throw error }
    let partial =
      first == start ? try partialBody(header, start, &reader) : nil
    try emit(StreamProblem(error: error, partial: partial, resumes: end), at: first)
    // A read past the end latches: the reader has to go on all the same.
    if isPositioned {
      reader = StreamReader(channel)
      try reader.seek(to: first)
    }
    try emitBytes(.broken, upTo: end, &reader)
    let offset = reader.position
    _ = try reader.need(5)
    reader.advance(5)
    try emit(.footer(sectionID: header.sectionID), offset, offset + 5)
  }

  /// The fields before the one that failed.
  private mutating func partialBody(
    _ header: SectionHeader, _ start: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) -> DescribedBodyPiece? {
    guard let (table, origin) = layouts.last, isPositioned else { return nil }
    reader = StreamReader(channel)
    try reader.seek(to: start)
    var known = DescribedTable(name: table.name, version: table.version, fields: [])
    var state = DescribedState()
    for field in table.fields {
      var one = known
      one.fields = [field]
      guard let content = try? one.load(from: &reader, context) else { break }
      state.fields += content.fields
      known.fields.append(field)
    }
    guard !known.fields.isEmpty else { return nil }
    return DescribedBodyPiece(table: known, state: state, origin: origin)
  }

  /// The problem that ends the walk, and the rest of the file as bytes.
  mutating func giveUp(
    _ error: VMStateError, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let first = min(ram.good, reader.position)
    try emit(StreamProblem(error: error, partial: nil, resumes: nil), at: first)
    guard reader.error == nil || isPositioned else { return }
    if isPositioned {
      reader = StreamReader(channel)
      try reader.seek(to: ram.good)
    }
    try emitRest(.unread, &reader)
  }

  /// Everything up to the end of the file.
  mutating func emitRest(
    _ reason: OpaqueReason, _ reader: inout StreamReader
  ) throws(VMStateError) {
    while let count = try? reader.peek(StreamReader.bufferSize).count, count > 0 {
      try emitBytes(reason, upTo: reader.position + UInt64(count), &reader)
    }
  }

  var isPositioned: Bool { channel.capabilities.contains(.positioned) }
}
