import VMState

/// Writes the fields of a JSON dump as bytes.
enum FieldsAssembly {
  /// Longest leaf.
  private static let longestLeaf = 64 << 20

  /// A body or structure: fields, then subsections.
  static func put(
    _ body: JSONMembers, to writer: inout StreamWriter
  ) throws(VMStateError) {
    for field in try body.elements("fields") {
      let members = try JSONMembers(field)
      let name = try members.text("name")
      do throws(VMStateError) {
        try put(field: members, to: &writer)
      } catch {
        throw error.within(members.value["index"]?.int.map { "\(name)[\($0)]" } ?? name)
      }
    }
    for subsection in try body.elementsIfAny("subsections") {
      try put(subsection: try JSONMembers(subsection), to: &writer)
    }
  }

  private static func put(
    subsection: JSONMembers, to writer: inout StreamWriter
  ) throws(VMStateError) {
    let name = try subsection.name("name")
    writer.put(SectionKind.subsection.rawValue)
    writer.put(UInt8(truncatingIfNeeded: name.count))
    writer.put(bytes: name)
    writer.put(UInt32(truncatingIfNeeded: try subsection.number("version", Int.self)))
    do throws(VMStateError) {
      try put(subsection, to: &writer)
    } catch {
      throw error.within(try subsection.text("name"))
    }
  }

  private static func put(
    field: JSONMembers, to writer: inout StreamWriter
  ) throws(VMStateError) {
    if field.value["structures"] != nil {
      try put(structures: try field.elements("structures"), to: &writer)
    } else if field.value["elements"] != nil {
      try put(list: try field.elements("elements"), to: &writer)
    } else if field.value["nodes"] != nil {
      try put(tree: try field.elements("nodes"), to: &writer)
    } else {
      try put(leaf: field, to: &writer)
    }
  }

  private static func put(
    leaf: JSONMembers, to writer: inout StreamWriter
  ) throws(VMStateError) {
    guard let value = leaf.value["value"] else { throw leaf.refused("value", "a value") }
    let size = try leaf.number("size", Int.self)
    let isArray = leaf.value["array_len"] != nil
    let count = isArray ? try leaf.number("array_len", Int.self) : 1
    guard size >= 0, count >= 0, size.multipliedReportingOverflow(by: count).overflow == false,
      size * count <= longestLeaf
    else { throw leaf.refused("size", "at most \(longestLeaf) bytes") }
    let kind = LeafKind(type: try leaf.text("type"), size: size)
    writer.put(
      bytes: try LeafCodec.bytes(of: value, kind, size: size, count: count, isArray: isArray))
  }

  private static func put(
    structures: [JSONValue], to writer: inout StreamWriter
  ) throws(VMStateError) {
    for (index, structure) in structures.enumerated() {
      do throws(VMStateError) {
        try put(try JSONMembers(structure), to: &writer)
      } catch {
        throw structures.count > 1 ? error.within("[\(index)]") : error
      }
    }
  }

  private static func put(
    list: [JSONValue], to writer: inout StreamWriter
  ) throws(VMStateError) {
    for (index, element) in list.enumerated() {
      writer.put(UInt8(1))
      do throws(VMStateError) {
        try put(try JSONMembers(element), to: &writer)
      } catch {
        throw error.within("[\(index)]")
      }
    }
    writer.put(UInt8(0))
  }

  private static func put(
    tree: [JSONValue], to writer: inout StreamWriter
  ) throws(VMStateError) {
    writer.put(UInt32(truncatingIfNeeded: tree.count))
    for (index, value) in tree.enumerated() {
      writer.put(UInt8(1))
      do throws(VMStateError) {
        try put(node: try JSONMembers(value), to: &writer)
      } catch {
        throw error.within("[\(index)]")
      }
    }
    writer.put(UInt8(0))
  }

  private static func put(
    node: JSONMembers, to writer: inout StreamWriter
  ) throws(VMStateError) {
    guard let key = node.value["key"], let content = node.value["value"] else {
      throw node.refused("key", "key and value")
    }
    if key.members == nil {
      writer.put(try node.number("key", UInt64.self))
    } else {
      try put(try JSONMembers(key), to: &writer)
    }
    try put(try JSONMembers(content), to: &writer)
  }
}
