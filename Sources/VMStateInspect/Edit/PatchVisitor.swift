import VMState

/// Writes pieces with the changes of a patch.
final class PatchVisitor: PieceVisitor {
  let patch: Patch
  var result = Patcher.Result()
  private var encoder: PieceEncoder
  private let packages: [UInt64]?
  private var header: SectionHeader?
  private var isDropping = false
  // Behind the piece before, in the old stream; another place is a jump.
  private var expected: UInt64 = 0
  // Where the open packages begin in the new stream, with their numbers.
  private var openPackages: [(number: Int, start: UInt64)] = []
  // The layouts of the sections in their order, as they are now; nil for one left out.
  private var layouts: [LayoutKey: [DescribedTable?]] = [:]
  private var isEdited = false

  private struct LayoutKey: Hashable {
    var idstr: String
    var instance: UInt32
  }

  init(_ patch: Patch, _ packages: [UInt64]?, _ target: any ByteChannel) {
    self.patch = patch
    self.packages = packages
    encoder = PieceEncoder(target)
  }

  func finish() throws(VMStateError) -> Patcher.Result {
    try encoder.finish()
    result.length = encoder.position
    return result
  }

  func visit(_ piece: StreamPiece, _ range: Range<UInt64>) throws(VMStateError) {
    switch piece {
    case .configuration(let record): try put(record, range)
    case .sectionHeader(let header): try begin(header, range)
    case .fields(let body): try put(body, range)
    case .footer: if !isDropping { try put(piece, at: range) }
    case .ram(.mappedBlock(let block)): try put(block, range)
    case .ram, .record, .payload, .bytes:
      if !isDropping || isBetweenSections(piece) { try put(piece, at: range) }
    case .command(let command): try put(command, range)
    case .packageEnd: closePackage()
    case .fileHeader: try put(piece, at: range)
    case .endOfFile:
      isDropping = false
      try put(piece, at: range)
    case .description(let text): try put(description: text, range)
    case .problem(let problem): throw problem.error
    }
    if !range.isEmpty { expected = range.upperBound }
  }

  /// Bytes behind the end of the stream.
  private func isBetweenSections(_ piece: StreamPiece) -> Bool {
    if case .bytes(_, .trailing) = piece { return true }
    return false
  }

  /// Writes a piece behind the one before, or where it stood if it stood apart.
  private func put(_ piece: StreamPiece, at range: Range<UInt64>) throws(VMStateError) {
    if range.lowerBound != expected, !range.isEmpty {
      try encoder.put(piece, range)
    } else {
      try encoder.put(piece, encoder.position..<encoder.position + 1)
    }
  }

  private func put(
    raw bytes: [UInt8], at range: Range<UInt64>
  ) throws(VMStateError) {
    try bytes.visit { raw throws(VMStateError) in
      try put(.bytes(raw, .undescribed), at: range)
    }
  }

  // MARK: Configuration

  private func put(
    _ record: ConfigurationRecord, _ range: Range<UInt64>
  ) throws(VMStateError) {
    var record = record
    if let machine = patch.machine {
      result.uses["machine", default: 0] += 1
      record.machineType = Array(machine.utf8)
      isEdited = true
    }
    try put(.configuration(record), at: range)
  }

  // MARK: Sections

  private func begin(
    _ header: SectionHeader, _ range: Range<UInt64>
  ) throws(VMStateError) {
    self.header = header
    let label = SectionLabel.text(header.idstr, header.instance)
    let pattern = patch.droppedSections.first { $0 == header.idstr || $0 == label }
    isDropping = pattern != nil
    guard let pattern else { return try put(.sectionHeader(header), at: range) }
    result.uses[pattern, default: 0] += 1
    if header.isWhole { result.droppedSections.append(label) }
    if header.kind == .full { keep(nil, of: header) }
  }

  private func keep(_ table: DescribedTable?, of header: SectionHeader) {
    if table == nil { isEdited = true }
    layouts[LayoutKey(idstr: header.idstr, instance: header.instance), default: []].append(table)
  }

  private func put(
    _ body: DescribedBodyPiece, _ range: Range<UInt64>
  ) throws(VMStateError) {
    guard let header, !isDropping else { return }
    let section = SectionLabel.text(header.idstr, header.instance)
    let trimmed = patch.trimmed(body.table, body.state, section)
    for (pattern, path) in trimmed.dropped {
      result.uses[pattern, default: 0] += 1
      result.droppedSubsections.append(path)
      isEdited = true
    }
    keep(trimmed.table, of: header)
    let edited = DescribedBodyPiece(
      table: trimmed.table, state: trimmed.state, origin: body.origin)
    var bytes = try edited.wireBytes()
    for assignment in patch.assignments where assignment.path.hasPrefix(section + "/") {
      try apply(assignment, to: &bytes, edited, section, range)
    }
    try put(raw: bytes, at: range)
  }

  private func apply(
    _ assignment: Patch.Assignment, to bytes: inout [UInt8], _ body: DescribedBodyPiece,
    _ section: String, _ range: Range<UInt64>
  ) throws(VMStateError) {
    for place in try FieldPlace.find(assignment.path, in: body, section: section) {
      result.uses[assignment.path, default: 0] += 1
      let after: [UInt8]
      do throws(VMStateError) {
        after = try place.bytes(of: assignment.value)
      } catch {
        // The walk adds the section.
        throw error.within(String(assignment.path.dropFirst(section.count + 1)))
      }
      let span = place.offset..<place.offset + place.length
      result.changes.append(
        Patcher.Change(
          path: assignment.path, offset: range.lowerBound + UInt64(place.offset),
          before: Array(bytes[span]), after: after))
      bytes.replaceSubrange(span, with: after)
    }
  }

  // MARK: RAM

  /// The bitmap follows its header, which may have moved; the pages stay.
  private func put(_ block: MappedBlock, _ range: Range<UInt64>) throws(VMStateError) {
    guard !isDropping else { return }
    var block = block
    if range.lowerBound == expected {
      block.bitmapOffset = block.bitmapOffset &- range.lowerBound &+ encoder.position
    }
    guard block.bitmapOffset + UInt64(block.bitmap.count) <= block.pagesOffset else {
      throw VMStateError(
        .badRAMRecord, "the changes leave no room before the pages of a mapped-ram file",
        expected: "at most \(block.pagesOffset)", found: "\(block.bitmapOffset)")
    }
    try put(.ram(.mappedBlock(block)), at: range)
  }

  // MARK: Commands

  private func put(_ command: WalkedCommand, _ range: Range<UInt64>) throws(VMStateError) {
    isDropping = false
    var command = command
    if command.command == .packaged, command.payload.count == 4 {
      let number = result.packages.count
      result.packages.append(0)
      if let packages, number < packages.count {
        guard let length = UInt32(exactly: packages[number]) else {
          throw VMStateError(.badCommand, "a package that is too long")
        }
        command.payload = LeafCodec.bytes(UInt64(length), 4)
      }
      try put(.command(command), at: range)
      openPackages.append((number, encoder.position))
      return
    }
    try put(.command(command), at: range)
  }

  private func closePackage() {
    isDropping = false
    guard let (number, start) = openPackages.popLast() else { return }
    result.packages[number] = encoder.position - start
  }

  // MARK: Description

  private func put(
    description text: [UInt8], _ range: Range<UInt64>
  ) throws(VMStateError) {
    try put(.description(isEdited ? try edited(text) : text), at: range)
  }

  private func edited(_ text: [UInt8]) throws(VMStateError) -> [UInt8] {
    var description = try StreamDescription(parsing: text)
    if let machine = patch.machine { description.rename(machine) }
    var seen: [LayoutKey: Int] = [:]
    description.devices = description.devices.compactMap { device in
      let key = LayoutKey(idstr: device.idstr, instance: device.instance)
      let number = seen[key, default: 0]
      seen[key] = number + 1
      guard let tables = layouts[key], number < tables.count else { return device }
      guard let table = tables[number] else { return nil }
      var device = device
      device.table = table
      return device
    }
    return description.jsonBytes
  }
}

extension StreamDescription {
  /// Gives the configuration's layout the length of another machine type's name.
  mutating func rename(_ machine: String) {
    guard let index = configuration?.fields.firstIndex(where: { $0.name == "name" }) else { return }
    configuration?.fields[index].size = machine.utf8.count
  }
}
