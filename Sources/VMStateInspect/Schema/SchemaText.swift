/// The canonical text of a schema, made to be kept in version control: sections and classes in
/// the order of their names, one field a line, nothing that differs from run to run.
public enum SchemaText {
  /// The lines.
  public static func lines(_ document: SchemaDocument) -> [String] {
    var lines = ["# vmstate schema 1, from \(source(document.origin))"]
    if let machine = document.machine { lines.append("machine \(PrintableText.escaped(machine))") }
    if let pageSize = document.pageSize { lines.append("page size \(pageSize)") }
    for section in document.sections { lines += self.lines(section, document.origin) }
    return lines
  }

  private static func source(_ origin: SchemaDocument.Origin) -> String {
    switch origin {
    case .stream: "a stream"
    case .classes: "a -dump-vmstate file"
    }
  }

  private static func lines(
    _ section: SchemaSection, _ origin: SchemaDocument.Origin
  ) -> [String] {
    let word = origin == .stream ? "section" : "class"
    let title = PrintableText.escaped(section.title)
    return ["", "\(word) \(title): \(head(section.table))"] + body(section.table, level: 1)
  }

  /// A description's name and versions.
  static func head(_ table: SchemaTable) -> String {
    let name = table.name.isEmpty ? "(no description)" : PrintableText.escaped(table.name)
    let minimum = table.minimum.map { " minimum \($0)" } ?? ""
    return "\(name) version \(table.version)\(minimum)"
  }

  private static func body(_ table: SchemaTable, level: Int) -> [String] {
    let indent = String(repeating: "  ", count: level)
    var lines: [String] = []
    for field in table.fields {
      lines.append("\(indent)\(PrintableText.escaped(field.name)): \(detail(field))")
      for (index, inner) in field.tables.enumerated() {
        if field.tables.count > 1 { lines.append("\(indent)  [\(index)] \(head(inner))") }
        lines += body(inner, level: level + 1)
      }
    }
    for inner in table.subsections {
      lines.append("\(indent)subsection \(head(inner))")
      lines += body(inner, level: level + 1)
    }
    return lines
  }

  private static func detail(_ field: SchemaField) -> String {
    var words: [String] = []
    if let type = field.type { words.append(PrintableText.escaped(type)) }
    if field.tables.count == 1 {
      words.append((field.type == nil ? "struct " : "") + head(field.tables[0]))
    }
    // A structure's size follows from its fields, or is that of the struct in memory, which
    // does not matter.
    if field.tables.isEmpty { words.append("\(field.size) bytes") }
    if let count = field.count { words.append("x \(count)") }
    if field.since > 0 { words.append("since \(field.since)") }
    if field.hasTest { words.append("if its test says so") }
    return words.joined(separator: ", ")
  }
}
