import VMState

extension SchemaDocument {
  /// The layouts of a stream's sections.
  ///
  /// - Parameter machine: The machine type's name, from the configuration section.
  public init(_ description: StreamDescription, machine: String? = nil) {
    var seen: [String: Int] = [:]
    let sections = description.devices.map { device in
      var section = SchemaSection(
        name: device.idstr, instance: device.instance, table: SchemaTable(device.table))
      section.repetition = seen["\(device.instance)/\(device.idstr)", default: 0]
      seen["\(device.instance)/\(device.idstr)", default: 0] += 1
      return section
    }
    self.init(
      origin: .stream, machine: machine, pageSize: description.pageSize, sections: sections)
  }
}

extension SchemaTable {
  /// The layout of a section as it was written. Elements of an array that have an entry each
  /// become one field where they are alike.
  public init(_ table: DescribedTable) {
    self.init(
      name: table.name, version: table.version, fields: Self.folded(table.fields),
      subsections: table.subsections.map(SchemaTable.init))
  }

  /// Entries of one name that stand together are the elements of one array: releases number
  /// all of them, all but the last, or none.
  private static func folded(_ fields: [DescribedField]) -> [SchemaField] {
    var result: [SchemaField] = []
    var first = 0
    while first < fields.count {
      var end = first + 1
      while end < fields.count, fields[end].name == fields[first].name { end += 1 }
      let group = fields[first..<end].map { SchemaField($0) }
      if group.count > 1, group.allSatisfy({ $0 == group[0] && $0.count == nil }) {
        var field = group[0]
        field.count = group.count
        result.append(field)
      } else {
        result += group.count == 1 ? group : numbered(group)
      }
      first = end
    }
    return result
  }

  private static func numbered(_ group: [SchemaField]) -> [SchemaField] {
    var index = 0
    return group.map { field in
      var field = field
      let last = index + (field.count ?? 1) - 1
      field.name += last > index ? "[\(index)...\(last)]" : "[\(index)]"
      index = last + 1
      return field
    }
  }
}

extension SchemaField {
  fileprivate init(_ field: DescribedField) {
    self.init(
      name: field.name, type: field.type, size: field.size, count: field.arrayLength)
    switch field.content {
    case .leaf: break
    case .structure(let table): tables = [SchemaTable(table)]
    case .list(let inner), .tree(let inner): tables = inner.map(SchemaTable.init)
    }
  }
}
