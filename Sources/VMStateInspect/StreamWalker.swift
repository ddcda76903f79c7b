import VMState

/// Walks a plain stream from its header to its last byte without any device: FULL sections by
/// the JSON description, RAM sections by their records.
///
/// Sections have no lengths, so the description is found first (see `DescriptionLocator`);
/// the walk then goes forward once. An error ends it and keeps everything before.
public struct StreamWalker {
  let limits: Limits
  var stream = WalkedStream()
  // Layouts still to come, by name and instance; the next one is the last, where it is cheap
  // to take.
  var layouts: [String: [DescribedTable]] = [:]
  // Live sections by section id.
  var live: [UInt32: WalkedSection] = [:]
  var expectsFooters = true
  var advisesPostcopy = false
  var lastBlock: Int?
  // RAM blocks by name: a hostile list is long.
  var blocks: [String: Int] = [:]
  // One for the whole walk, so that the limits hold for all sections together.
  let context: LoadContext

  /// Makes a walker.
  public init(limits: Limits = Limits()) {
    self.limits = limits
    context = LoadContext(limits: limits)
  }

  /// Walks a stream that begins at the channel's first byte.
  ///
  /// - Parameter description: Layouts to use where the stream has none of its own.
  public static func walk(
    _ channel: any ByteChannel, description: StreamDescription? = nil,
    limits: Limits = Limits()
  ) -> WalkedStream {
    var walker = StreamWalker(limits: limits)
    do throws(VMStateError) {
      let found = try DescriptionLocator.find(in: channel, limits: limits)
      walker.stream.description = found?.description ?? description
      walker.stream.descriptionRange = found?.range
      walker.collectLayouts()
      var reader = StreamReader(channel)
      defer { walker.stream.length = max(walker.stream.length, reader.position) }
      try walker.walkHeader(&reader)
      try walker.walkElements(&reader)
      walker.stream.length = reader.position
      try walker.walkTail(&reader, size: channel.size)
    } catch {
      walker.stream.error = error
    }
    return walker.stream
  }

  private mutating func collectLayouts() {
    for device in (stream.description?.devices ?? []).reversed() {
      layouts["\(device.instance)/\(device.idstr)", default: []].append(device.table)
    }
  }

  // MARK: Header

  private mutating func walkHeader(_ reader: inout StreamReader) throws(VMStateError) {
    let magic = try reader.get(UInt32.self)
    guard magic == WireFormat.magic else {
      throw VMStateError(
        .badMagic, "not a migration stream", offset: 0, expected: "\"QEVM\"",
        found: "0x" + String(magic, radix: 16))
    }
    let version = try reader.get(UInt32.self)
    guard version == WireFormat.version else {
      throw VMStateError(
        .unsupportedStreamVersion, "unsupported stream version", offset: 4, expected: "3",
        found: "\(version)")
    }
    if try reader.peekByte() == SectionKind.configuration.rawValue {
      reader.advance(1)
      stream.configuration = try ReceivedConfiguration(from: &reader, limits)
    }
  }

  // MARK: Elements

  private mutating func walkElements(_ reader: inout StreamReader) throws(VMStateError) {
    while true {
      let offset = reader.position
      let byte = try reader.get(UInt8.self)
      switch SectionKind(rawValue: byte) {
      case .endOfFile: return
      case .start, .full:
        try walkSection(SectionKind(rawValue: byte)!, at: offset, &reader)
      case .part, .end:
        try walkContinuation(SectionKind(rawValue: byte)!, at: offset, &reader)
      case .command: try walkCommand(at: offset, &reader)
      default:
        throw VMStateError(
          .unknownSectionType, "Unknown section type \(byte)", offset: offset,
          expected: "a section, a command or the end", found: "0x" + String(byte, radix: 16))
      }
      guard stream.elements.count <= limits.sections else {
        throw VMStateError(.limitExceeded, "more sections than the limit", offset: offset)
      }
    }
  }

  private mutating func walkSection(
    _ kind: SectionKind, at offset: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let id = try reader.get(UInt32.self)
    let idstr = try reader.getCountedString()
    guard !idstr.isEmpty else {
      throw VMStateError(.emptySectionName, "Unable to read ID string", offset: offset + 5)
    }
    let instance = try reader.get(UInt32.self)
    let version = try reader.get(UInt32.self)
    var section = WalkedSection(
      kind: kind, sectionID: id, idstr: idstr, instance: instance, version: version,
      offset: offset, bodyOffset: reader.position, bodyLength: 0, hasFooter: false)
    if kind == .start { live[id] = section }
    try finish(&section, &reader)
  }

  private mutating func walkContinuation(
    _ kind: SectionKind, at offset: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let id = try reader.get(UInt32.self)
    guard var section = live[id] else {
      throw VMStateError(
        .unknownSection, "Unknown savevm section", offset: offset + 1,
        expected: "the id of a section that has started", found: "\(id)")
    }
    section.kind = kind
    section.offset = offset
    section.bodyOffset = reader.position
    try finish(&section, &reader)
  }

  /// Body and footer.
  private mutating func finish(
    _ section: inout WalkedSection, _ reader: inout StreamReader
  ) throws(VMStateError) {
    do throws(VMStateError) {
      try walkBody(&section, &reader)
      section.bodyLength = reader.position - section.bodyOffset
      try walkFooter(&section, &reader)
    } catch {
      throw error.within(section.idstr)
    }
    stream.elements.append(.section(section))
  }

  private mutating func walkBody(
    _ section: inout WalkedSection, _ reader: inout StreamReader
  ) throws(VMStateError) {
    if section.idstr == "ram", section.kind != .full { return try walkRAM(&reader) }
    let key = "\(section.instance)/\(section.idstr)"
    guard section.kind == .full, let table = layouts[key]?.popLast() else {
      throw VMStateError(
        .badDescription, "nothing describes this section", offset: section.bodyOffset,
        expected: "an entry in the JSON description", found: "none")
    }
    section.table = table
    section.state = try table.load(from: &reader, context)
  }

  private mutating func walkFooter(
    _ section: inout WalkedSection, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let offset = reader.position
    let byte = try reader.peekByte()
    guard byte == SectionKind.footer.rawValue else {
      // Streams of old machine types have no footers at all: the first section tells.
      if stream.elements.isEmpty { expectsFooters = false }
      guard expectsFooters else { return }
      throw VMStateError(
        .missingFooter, "Missing section footer", offset: offset, expected: "0x7e",
        found: byte.map { "0x" + String($0, radix: 16) } ?? "end of data")
    }
    reader.advance(1)
    let id = try reader.get(UInt32.self)
    guard id == section.sectionID else {
      throw VMStateError(
        .footerMismatch, "Mismatched section id in footer", offset: offset + 1,
        expected: "\(section.sectionID)", found: "\(id)")
    }
    section.hasFooter = true
  }

  private mutating func walkCommand(
    at offset: UInt64, _ reader: inout StreamReader
  ) throws(VMStateError) {
    let number = try reader.get(UInt16.self)
    let length = try reader.get(UInt16.self)
    let payload = try reader.getBytes(Int(length), limit: Int(UInt16.max))
    let command = WalkedCommand(number: number, offset: offset, payload: payload)
    if command.command == .postcopyAdvise { advisesPostcopy = true }
    stream.elements.append(.command(command))
  }

  // MARK: After the end

  private mutating func walkTail(
    _ reader: inout StreamReader, size: UInt64?
  ) throws(VMStateError) {
    guard let range = stream.descriptionRange else {
      stream.trailingBytes = size.map { $0 - min($0, reader.position) } ?? 0
      return
    }
    guard reader.position == range.lowerBound else {
      stream.warnings.append(
        "\(range.lowerBound) is where the JSON description begins, "
          + "\(reader.position) is where the sections end")
      return
    }
    stream.length = range.upperBound
    // A file may have become shorter since its size was asked for first.
    if let size { stream.trailingBytes = size - min(size, range.upperBound) }
    let unused = layouts.values.reduce(0) { $0 + $1.count }
    if unused > 0 {
      stream.warnings.append("\(unused) described sections are not in the stream")
    }
  }
}
