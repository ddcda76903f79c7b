extension SchemaDocument {
  /// Whether array lengths are told: before QEMU 10 a `-dump-vmstate` file has none at all.
  var tellsCounts: Bool {
    origin == .stream || sections.contains { $0.table.hasCounts }
  }

  /// The same layouts without array lengths, to be compared with some that have none.
  var withoutCounts: SchemaDocument {
    var copy = self
    for index in copy.sections.indices { copy.sections[index].table.dropCounts() }
    return copy
  }
}

extension SchemaTable {
  fileprivate var hasCounts: Bool {
    fields.contains { $0.count != nil || $0.tables.contains(where: \.hasCounts) }
      || subsections.contains(where: \.hasCounts)
  }

  fileprivate mutating func dropCounts() {
    for index in fields.indices {
      fields[index].count = nil
      for inner in fields[index].tables.indices { fields[index].tables[inner].dropCounts() }
    }
    for index in subsections.indices { subsections[index].dropCounts() }
  }
}
