extension DescribedTable {
  /// Reads the description members of a JSON object.
  ///
  /// - Throws: `badDescription`.
  init(_ value: JSONValue) throws(VMStateError) {
    if value["vmsd_name"] == nil, let size = value["size"]?.int {
      self.init(
        name: "", version: 0, fields: try Self.fields(value), wholeSize: size)
      return
    }
    guard let name = value["vmsd_name"]?.text, let version = value["version"]?.int else {
      throw VMStateError(
        .badDescription, "a description without name or version",
        found: String(value.jsonText.prefix(80)))
    }
    do throws(VMStateError) {
      self.init(
        name: name, version: version, fields: try Self.fields(value),
        subsections: try Self.subsections(value))
    } catch {
      throw error.within(name)
    }
  }

  private static func fields(_ value: JSONValue) throws(VMStateError) -> [DescribedField] {
    var fields: [DescribedField] = []
    for field in value["fields"]?.elements ?? [] { fields.append(try DescribedField(field)) }
    return fields
  }

  private static func subsections(_ value: JSONValue) throws(VMStateError) -> [DescribedTable] {
    var tables: [DescribedTable] = []
    for table in value["subsections"]?.elements ?? [] { tables.append(try DescribedTable(table)) }
    return tables
  }

  /// Writes the description members, as QEMU does.
  func describe(_ text: inout DescriptionText) {
    if let wholeSize {
      text.put("size", wholeSize)
    } else {
      text.put("vmsd_name", name)
      text.put("version", version)
    }
    text.beginArray("fields")
    for field in fields { field.describe(&text, sizeFirst: wholeSize != nil) }
    text.endArray()
    guard !subsections.isEmpty else { return }
    text.beginArray("subsections")
    for subsection in subsections {
      text.beginObject()
      subsection.describe(&text)
      text.endObject()
    }
    text.endArray()
  }
}

extension DescribedField {
  init(_ value: JSONValue) throws(VMStateError) {
    guard let name = value["name"]?.text, let type = value["type"]?.text,
      let size = value["size"]?.int, size >= 0
    else {
      throw VMStateError(
        .badDescription, "a field without name, type or size",
        found: String(value.jsonText.prefix(80)))
    }
    let length = value["array_len"]?.int
    guard length == nil || length! > 0 else {
      throw VMStateError(
        .badDescription, "a field of no elements", expected: "at least 1", found: "\(length!)"
      ).within(name)
    }
    do throws(VMStateError) {
      self.init(
        name: name, arrayLength: length, index: value["index"]?.int, type: type, size: size,
        content: try Self.content(type, value))
    } catch {
      throw error.within(name)
    }
  }

  private static func content(
    _ type: String, _ value: JSONValue
  ) throws(VMStateError) -> Content {
    switch type {
    case "struct":
      guard let inner = value["struct"] else { return .leaf }
      return .structure(try DescribedTable(inner))
    case "vstruct", "tmp":
      guard let inner = try tables(value).first else { return .leaf }
      return .structure(inner)
    case "qtailq", "qlist": return .list(try tables(value))
    case "gtree": return .tree(try tables(value))
    default: return .leaf
    }
  }

  /// The tables whose members stand directly in the field's object, one after another: each
  /// begins with its `vmsd_name`.
  private static func tables(_ value: JSONValue) throws(VMStateError) -> [DescribedTable] {
    var groups: [[JSONValue.Member]] = []
    for member in value.members ?? [] {
      if member.key == "vmsd_name" { groups.append([]) }
      guard !groups.isEmpty, member.key != "size" else { continue }
      groups[groups.count - 1].append(member)
    }
    var tables: [DescribedTable] = []
    for group in groups { tables.append(try DescribedTable(.object(group))) }
    return tables
  }

  func describe(_ text: inout DescriptionText, sizeFirst: Bool) {
    text.beginObject()
    text.put("name", name)
    if let arrayLength { text.put("array_len", arrayLength) }
    if let index { text.put("index", index) }
    if sizeFirst { text.put("size", size) }
    text.put("type", type)
    switch content {
    case .leaf: break
    case .structure(let table):
      if type == "struct" { text.beginObject("struct") }
      table.describe(&text)
      if type == "struct" { text.endObject() }
    case .list(let tables), .tree(let tables):
      for table in tables { table.describe(&text) }
    }
    if !sizeFirst { text.put("size", size) }
    text.endObject()
  }
}
