import VMState

/// Writes the pieces of a JSON dump as bytes.
struct Assembly: ~Copyable {
  var writer: StreamWriter
  let files: PageSources?
  var pageSize = TargetPageSize.standard
  private var section = ""
  private var furthest: UInt64 = 0

  init(_ target: any ByteChannel, _ files: PageSources?) {
    writer = StreamWriter(target)
    self.files = files
  }

  mutating func finish() throws(VMStateError) -> UInt64 {
    try writer.flush()
    return max(furthest, writer.position)
  }

  mutating func put(_ piece: JSONMembers) throws(VMStateError) {
    switch try piece.text("piece") {
    case "file":
      writer.put(WireFormat.magic)
      writer.put(try piece.number("version", UInt32.self))
    case "configuration": try ConfigurationRecord(piece).encode(to: &writer)
    case "section": try putHeader(piece)
    case "fields": try putFields(piece)
    case "bytes", "record": writer.put(bytes: try piece.hex("hex"))
    case "footer":
      writer.put(SectionKind.footer.rawValue)
      writer.put(try piece.number("id", UInt32.self))
    case "command": try putCommand(piece)
    case "end": writer.put(SectionKind.endOfFile.rawValue)
    case "description": try putDescription(piece)
    case "seek": try seek(to: try piece.number("to"))
    case "package end", "problem": break
    case let name: try putRAM(name, piece)
    }
    try writer.check()
  }

  mutating func seek(to position: UInt64) throws(VMStateError) {
    furthest = max(furthest, writer.position)
    try writer.seek(to: position)
  }

  // MARK: Framing

  private mutating func putHeader(_ piece: JSONMembers) throws(VMStateError) {
    let header = SectionHeader(
      kind: try Self.kind(piece), sectionID: try piece.number("id"), name: try piece.name("name"),
      instance: try piece.number("instance"), version: try piece.number("version"))
    section = SectionLabel.text(header.idstr, header.instance)
    header.encode(to: &writer)
  }

  private static func kind(_ piece: JSONMembers) throws(VMStateError) -> SectionKind {
    switch try piece.text("kind") {
    case "START": return .start
    case "PART": return .part
    case "END": return .end
    case "FULL": return .full
    default: throw piece.refused("kind", "START, PART, END or FULL")
    }
  }

  private mutating func putFields(_ piece: JSONMembers) throws(VMStateError) {
    do throws(VMStateError) {
      try FieldsAssembly.put(piece, to: &writer)
    } catch {
      throw error.within(section)
    }
  }

  private mutating func putCommand(_ piece: JSONMembers) throws(VMStateError) {
    let payload = try piece.hex("payload")
    guard payload.count <= UInt16.max else {
      throw piece.refused("payload", "at most \(UInt16.max) bytes")
    }
    WalkedCommand(number: try piece.number("number"), offset: 0, payload: payload)
      .encode(to: &writer)
  }

  private mutating func putDescription(_ piece: JSONMembers) throws(VMStateError) {
    var bytes: [UInt8] = []
    if piece.value["hex"] != nil {
      bytes = try piece.hex("hex")
    } else {
      for part in try piece.elements("text") {
        guard let text = part.text else { throw piece.refused("text", "strings") }
        bytes.append(contentsOf: text.utf8)
      }
    }
    guard let length = UInt32(exactly: bytes.count) else {
      throw piece.refused("text", "at most 4 GiB")
    }
    writer.put(SectionKind.description.rawValue)
    writer.put(length)
    writer.put(bytes: bytes)
  }
}

extension ConfigurationRecord {
  /// Reads the JSON form.
  init(_ piece: JSONMembers) throws(VMStateError) {
    self.init(machineType: try piece.name("machine", atMost: 4096))
    for part in try piece.elementsIfAny("subsections") {
      parts.append(try Part(try JSONMembers(part)))
    }
  }
}

extension ConfigurationRecord.Part {
  init(_ part: JSONMembers) throws(VMStateError) {
    self.init(version: try part.number("version"), body: try Self.body(part))
  }

  private static func body(
    _ part: JSONMembers
  ) throws(VMStateError) -> ConfigurationRecord.Body {
    if part.value["page_bits"] != nil { return .pageBits(try part.number("page_bits")) }
    if part.value["uuid"] != nil {
      guard let uuid = MachineUUID(try part.text("uuid")) else {
        throw part.refused("uuid", "8-4-4-4-12 hexadecimal digits")
      }
      return .uuid(uuid)
    }
    var names: [[UInt8]] = []
    for name in try part.elements("capabilities") {
      names.append(try JSONMembers.name(name, "capabilities"))
    }
    return .capabilities(names)
  }
}
