/// What changed between two layouts, in words and without a direction.
struct SchemaChanges {
  var changes: [SchemaDiff.Change] = []

  /// The changes of one section.
  static func between(_ old: SchemaTable, _ new: SchemaTable) -> [SchemaDiff.Change] {
    var changes = SchemaChanges()
    changes.compare(old, new, [])
    return changes.changes
  }

  private mutating func note(_ path: [String], _ text: String) {
    changes.append(SchemaDiff.Change(path: path, text: text))
  }

  private mutating func compare(_ old: SchemaTable, _ new: SchemaTable, _ path: [String]) {
    if old.name != new.name {
      note(path, "the description '\(old.name)' is now called '\(new.name)'")
    }
    if old.version != new.version {
      note(path, "version \(old.version) became \(new.version)")
    }
    if let minimum = old.minimum, let now = new.minimum, minimum != now {
      note(path, "the lowest accepted version was \(minimum) and is \(now)")
    }
    compareFields(old.fields, new.fields, path)
    compareSubsections(old.subsections, new.subsections, path)
  }

  // MARK: Fields

  private mutating func compareFields(
    _ old: [SchemaField], _ new: [SchemaField], _ path: [String]
  ) {
    var left = old[...]
    var right = new[...]
    while let mine = left.first, let other = right.first {
      if mine.name == other.name {
        compare(mine, other, path + [mine.name])
      } else if right.dropFirst().contains(where: { $0.name == mine.name }) {
        note(path + [other.name], "new: \(detail(other))")
        right.removeFirst()
        continue
      } else if left.dropFirst().contains(where: { $0.name == other.name }) {
        note(path + [mine.name], "gone: \(detail(mine))")
        left.removeFirst()
        continue
      } else {
        note(path + [mine.name], "is now '\(other.name)'")
        compare(mine, other, path + [mine.name])
      }
      left.removeFirst()
      right.removeFirst()
    }
    for field in left { note(path + [field.name], "gone from the end: \(detail(field))") }
    for field in right { note(path + [field.name], "new at the end: \(detail(field))") }
  }

  private mutating func compare(_ old: SchemaField, _ new: SchemaField, _ path: [String]) {
    if let type = old.type, let now = new.type, type != now {
      note(path, "type \(type) became \(now)")
    }
    if old.count != new.count {
      note(path, "\(elements(old.count)) became \(elements(new.count))")
    }
    if old.size != new.size, old.tables.isEmpty || new.tables.isEmpty {
      note(path, "\(old.size) bytes became \(new.size)")
    }
    if old.since != new.since {
      note(path, "since version \(old.since) became since version \(new.since)")
    }
    if old.hasTest != new.hasTest {
      note(path, new.hasTest ? "a test decides about it now" : "no test decides about it any more")
    }
    compareInside(old, new, path)
  }

  private mutating func compareInside(
    _ old: SchemaField, _ new: SchemaField, _ path: [String]
  ) {
    switch (old.tables.count, new.tables.count) {
    case (1, 1): compare(old.tables[0], new.tables[0], path)
    case (0, 1...): note(path, "plain bytes became the structure '\(new.tables[0].name)'")
    case (1..., 0): note(path, "the structure '\(old.tables[0].name)' became plain bytes")
    default:
      if old.tables != new.tables { note(path, "the elements have changed") }
    }
  }

  private func elements(_ count: Int?) -> String {
    count.map { "\($0) elements" } ?? "no told number of elements"
  }

  private func detail(_ field: SchemaField) -> String {
    var words = field.tables.first.map { ["structure '\($0.name)'"] } ?? ["\(field.size) bytes"]
    if let count = field.count { words.append("x \(count)") }
    if field.since > 0 { words.append("since version \(field.since)") }
    if field.hasTest { words.append("if its test says so") }
    return words.joined(separator: ", ")
  }

  // MARK: Subsections

  private mutating func compareSubsections(
    _ old: [SchemaTable], _ new: [SchemaTable], _ path: [String]
  ) {
    for table in old {
      if let other = new.first(where: { $0.name == table.name }) {
        compare(table, other, path + [table.name])
      } else {
        note(path + [table.name], "the subsection is gone")
      }
    }
    for table in new where !old.contains(where: { $0.name == table.name }) {
      note(path + [table.name], "a new subsection")
    }
  }
}
