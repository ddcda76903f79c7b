import VMState

/// The members of the pieces' JSON objects.
extension DescriptionText {
  mutating func put(_ key: String, _ number: UInt64) {
    put(rendered: "\"\(key)\": \(number)".utf8)
  }

  /// Bytes that should be UTF-8: a string, or an object with their digits if they are not.
  mutating func put(_ key: String?, name: [UInt8]) {
    if let text = String(validating: name, as: UTF8.self) { return put(key, text) }
    beginObject(key)
    put("hex", HexText.text(name))
    endObject()
  }

  /// A member `hex` with bytes.
  mutating func put(hex bytes: UnsafeRawBufferPointer) {
    var text = Array("\"hex\": \"".utf8)
    HexText.append(bytes, to: &text)
    text.append(UInt8(ascii: "\""))
    put(rendered: text)
  }

  /// A member `base64` with bytes.
  mutating func put(base64 bytes: UnsafeRawBufferPointer) {
    var text = Array("\"base64\": \"".utf8)
    Base64.append(bytes, to: &text)
    text.append(UInt8(ascii: "\""))
    put(rendered: text)
  }

  mutating func put(_ record: ConfigurationRecord) {
    put("machine", name: record.machineType)
    guard !record.parts.isEmpty else { return }
    beginArray("subsections")
    for part in record.parts {
      beginObject()
      put("name", part.name)
      put("version", UInt64(part.version))
      switch part.body {
      case .pageBits(let bits): put("page_bits", UInt64(bits))
      case .uuid(let uuid): put("uuid", uuid.description)
      case .capabilities(let names):
        beginArray("capabilities")
        for name in names { put(nil, name: name) }
        endArray()
      }
      endObject()
    }
    endArray()
  }

  mutating func put(_ header: SectionHeader) {
    put("kind", header.kind.title)
    put("id", UInt64(header.sectionID))
    put("name", name: header.name)
    put("instance", UInt64(header.instance))
    put("version", UInt64(header.version))
  }

  /// The JSON description's text, in parts of bounded length.
  mutating func put(description: [UInt8]) {
    guard let text = String(validating: description, as: UTF8.self) else {
      put("hex", HexText.text(description))
      return
    }
    beginArray("text")
    var rest = text[...]
    while !rest.isEmpty {
      let part = rest.prefix(4096)
      put(nil, String(part))
      rest = rest[part.endIndex...]
    }
    endArray()
  }

  mutating func put(_ error: VMStateError) {
    put("code", error.code.name)
    put("message", error.message)
    if !error.path.isEmpty { put("path", error.pathDescription) }
    if let offset = error.offset { put("at", offset) }
    if let expected = error.expected { put("expected", expected) }
    if let found = error.found { put("found", found) }
  }

  mutating func put(_ setup: RAMSetupRecord, _ pageSize: TargetPageSize) {
    put("page_size", pageSize.bytes)
    beginArray("blocks")
    for entry in setup.entries {
      beginObject()
      put(entry)
      endObject()
    }
    endArray()
  }

  private mutating func put(_ entry: RAMSetupRecord.Entry) {
    put("name", name: entry.name)
    put("length", entry.length)
    if let size = entry.pageSize { put("page_size", size) }
    if let offset = entry.regionOffset { put("region_offset", offset) }
  }

  mutating func put(_ block: MappedBlock) {
    put(block.entry)
    put("version", UInt64(block.version))
    put("page_bytes", block.pageSize)
    put("bitmap_at", block.bitmapOffset)
    put("pages_at", block.pagesOffset)
    block.bitmap.withUnsafeBytes { put(base64: $0) }
  }
}

extension DescriptionText {
  /// The members of a body or structure: name, version, fields, subsections.
  mutating func put(
    _ table: DescribedTable, _ state: DescribedState, at offset: UInt64
  ) throws(VMStateError) {
    guard table.fields.count == state.fields.count,
      table.subsections.count == state.subsections.count
    else {
      throw VMStateError(.badDescription, "a state of another shape than its description")
    }
    put("name", table.name)
    put("version", table.version)
    beginArray("fields")
    var place = offset
    for (field, value) in zip(table.fields, state.fields) {
      beginObject()
      try put(field, value, at: place)
      endObject()
      place &+= UInt64(WireLength.of(field, value))
    }
    endArray()
    guard !table.subsections.isEmpty else { return }
    beginArray("subsections")
    for (inner, content) in zip(table.subsections, state.subsections) {
      beginObject()
      put("offset", place)
      let header = WireLength.subsectionHeader(inner)
      try put(inner, content, at: place &+ UInt64(header))
      endObject()
      place &+= UInt64(header &+ WireLength.of(inner, content))
    }
    endArray()
  }

  private mutating func put(
    _ field: DescribedField, _ value: DescribedState.Value, at offset: UInt64
  ) throws(VMStateError) {
    put("name", field.name)
    if let length = field.arrayLength { put("array_len", length) }
    if let index = field.index { put("index", index) }
    put("type", field.type)
    put("offset", offset)
    switch (field.content, value) {
    case (.leaf, .bytes(let bytes)):
      put("size", field.size)
      let kind = LeafKind(type: field.type, size: field.size)
      let leaf = Leaf(kind: kind, size: field.size, count: field.count, bytes: bytes)
      LeafCodec.put(leaf, isArray: field.arrayLength != nil, to: &self)
    case (.structure(let table), .structures(let states)):
      try put("structures", states.map { (table, $0) }, at: offset, gap: 0)
    case (.list(let tables), .structures(let states)):
      try put("elements", Array(zip(tables, states)), at: offset &+ 1, gap: 1)
    case (.tree(let tables), .tree(let keys, let nodes)):
      try put(tables, keys, nodes, at: offset &+ 4)
    default:
      throw VMStateError(.badDescription, "a value of another shape than its description")
    }
  }

  /// Structures one after another.
  ///
  /// - Parameter gap: Bytes between them: the markers of a list.
  private mutating func put(
    _ key: String, _ structures: [(DescribedTable, DescribedState)], at offset: UInt64, gap: Int
  ) throws(VMStateError) {
    beginArray(key)
    var place = offset
    for (table, state) in structures {
      beginObject()
      try put(table, state, at: place)
      endObject()
      place &+= UInt64(WireLength.of(table, state) &+ gap)
    }
    endArray()
  }

  private mutating func put(
    _ tables: [DescribedTable], _ keys: [UInt64], _ nodes: [DescribedState], at offset: UInt64
  ) throws(VMStateError) {
    beginArray("nodes")
    let perNode = keys.isEmpty ? 2 : 1
    var place = offset
    for index in 0..<nodes.count / perNode {
      beginObject()
      place &+= 1
      if perNode == 1 {
        put("key", keys[index])
        place &+= 8
      }
      for part in index * perNode..<(index + 1) * perNode {
        beginObject(perNode == 2 && part % 2 == 0 ? "key" : "value")
        try put(tables[part], nodes[part], at: place)
        endObject()
        place &+= UInt64(WireLength.of(tables[part], nodes[part]))
      }
      endObject()
    }
    endArray()
  }
}
