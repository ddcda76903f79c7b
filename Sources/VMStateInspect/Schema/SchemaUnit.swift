/// A layout as the sequence of things that the wire carries: structures that are always there
/// are dissolved, since only their fields travel.
enum SchemaUnit {
  /// Plain bytes.
  case bytes(SchemaField, path: [String])
  /// The elements of an array of structures, or a structure that a test may leave out.
  case group(SchemaField, path: [String], [SchemaUnit])
  /// The place where a structure's subsections stand.
  case subsections([SchemaTable], path: [String])

  /// The field, or nil for subsections.
  var field: SchemaField? {
    switch self {
    case .bytes(let field, _), .group(let field, _, _): field
    case .subsections: nil
    }
  }

  /// Where it stands.
  var path: [String] {
    switch self {
    case .bytes(_, let path), .group(_, let path, _), .subsections(_, let path): path
    }
  }

  /// The units that a table's side sends or reads.
  ///
  /// - Parameter version: The version that decides about the fields: the stream's at the root
  ///   and in subsections, the side's own in nested structures, since theirs never travels.
  static func all(
    of table: SchemaTable, version: Int, path: [String]
  ) -> [SchemaUnit] {
    var units: [SchemaUnit] = []
    for field in table.fields where field.hasTest || field.since <= version {
      units += unit(field, path + [field.name])
    }
    if !table.subsections.isEmpty { units.append(.subsections(table.subsections, path: path)) }
    return units
  }

  private static func unit(_ field: SchemaField, _ path: [String]) -> [SchemaUnit] {
    guard field.tables.count == 1, let table = field.tables.first else {
      return [.bytes(field, path: path)]
    }
    let inner = all(of: table, version: table.version, path: path)
    if field.hasTest || field.count ?? 1 != 1 { return [.group(field, path: path, inner)] }
    return inner
  }
}
