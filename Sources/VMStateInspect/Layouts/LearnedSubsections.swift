import VMState

/// Reads sections by the tables of another stream: the same fields, with the subsections that
/// are there, wherever the other stream had some of that owner.
///
/// Whether a subsection is sent depends on the device's state, so that two streams of one
/// machine differ in them.
struct LearnedSubsections {
  // A description can be made so that its names lead back to themselves.
  private static let mostParts = 1 << 18

  // By the name of their owner.
  private var known: [String: [String: DescribedTable]] = [:]

  init(_ description: StreamDescription?) {
    for device in description?.devices ?? [] { learn(device.table) }
  }

  private mutating func learn(_ table: DescribedTable) {
    for subsection in table.subsections {
      known[table.name, default: [:]][subsection.name] = subsection
      learn(subsection)
    }
    for field in table.fields {
      switch field.content {
      case .leaf: break
      case .structure(let inner): learn(inner)
      case .list(let tables), .tree(let tables): tables.forEach { learn($0) }
      }
    }
  }

  /// Reads a body.
  ///
  /// - Throws: What is wrong with the bytes by this table.
  func read(
    _ table: DescribedTable, _ header: SectionHeader, from reader: inout StreamReader,
    _ context: LoadContext, _ isEnd: (inout StreamReader) throws(VMStateError) -> Bool
  ) throws(VMStateError) -> (DescribedTable, DescribedState) {
    var parts = Self.mostParts
    guard table.wholeSize == nil, let layout = layout(table, depth: 0, &parts) else {
      return (table, try table.load(from: &reader, context))
    }
    // Another version has other fields.
    guard UInt32(exactly: table.version) == header.version else {
      throw VMStateError(
        .badDescription, "the other stream's section has another version",
        expected: "\(table.version)", found: "\(header.version)")
    }
    var search = LayoutSearch(
      context, idstr: header.idstr, version: layout.version, nil)
    return try search.read([layout], from: &reader, isEnd)
  }

  /// A table's layout; nil if it has parts that only the table itself can read.
  private func layout(_ table: DescribedTable, depth: Int, _ parts: inout Int) -> Layout? {
    parts -= 1 + table.fields.count
    guard depth < 64, parts > 0 else { return nil }
    var layout = Layout(
      name: table.name, version: table.version, minimumVersion: table.version,
      key: table.name, era: nil)
    for field in table.fields {
      guard let field = self.field(field, depth, &parts) else { return nil }
      layout.fields.append(field)
    }
    var subsections = known[table.name] ?? [:]
    for subsection in table.subsections { subsections[subsection.name] = subsection }
    for (_, subsection) in subsections.sorted(by: { $0.key < $1.key }) {
      guard let inner = self.layout(subsection, depth: depth + 1, &parts) else { return nil }
      layout.subsections.append(inner)
    }
    return layout
  }

  private func field(_ field: DescribedField, _ depth: Int, _ parts: inout Int) -> LayoutField? {
    let body: LayoutField.Body
    switch field.content {
    case .leaf: body = .leaf(.number(field.size))
    case .structure(let table):
      guard let inner = layout(table, depth: depth + 1, &parts) else { return nil }
      body = .inline(inner)
    case .list(let tables):
      guard let first = tables.first else {
        body = .list(nil)
        break
      }
      guard let inner = layout(first, depth: depth + 1, &parts) else { return nil }
      body = .list(inner)
    case .tree: return nil
    }
    return LayoutField(
      name: field.name, variable: field.name, type: field.type, body: body,
      count: field.arrayLength.map { .number($0) }, index: field.index)
  }
}
