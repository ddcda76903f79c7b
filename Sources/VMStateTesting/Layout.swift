import VMState

/// The wire layout of a description as text: names, versions, and each row's type, sizes and
/// presence, one line a row, nested tables and subsections indented.
///
/// The text changes exactly when the layout does, so a recorded copy shows every change that
/// would break older streams. Rows that do not travel are left out.
public func layoutText<State>(of description: VMStateDescription<State>) -> String {
  LayoutText(description.schema).text
}

/// Checks a description's layout against a recorded text.
///
/// - Throws: A failure that shows the first line that differs.
public func expectLayout<State>(
  _ description: VMStateDescription<State>, _ recorded: String
) throws(TestFailure) {
  let found = lines(layoutText(of: description))
  let expected = lines(recorded)
  for index in 0..<max(found.count, expected.count) {
    let left = index < expected.count ? expected[index] : "the end"
    let right = index < found.count ? found[index] : "the end"
    guard left != right else { continue }
    throw TestFailure(
      "the layout of '\(description.name)' is not the recorded one: line \(index + 1), "
        + "expected \"\(left)\", found \"\(right)\"")
  }
}

/// Lines without white space at their ends, and without empty lines at the text's end.
private func lines(_ text: String) -> [String] {
  var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    String(line.reversed().drop { $0 == " " }.reversed())
  }
  while lines.last == "" { lines.removeLast() }
  return lines
}

/// Renders a schema.
private struct LayoutText {
  private(set) var text = ""
  private var depth = 0

  init(_ schema: DescriptionSchema) { put(schema, "") }

  private mutating func line(_ text: String) {
    self.text += String(repeating: "  ", count: depth) + text + "\n"
  }

  private mutating func put(_ schema: DescriptionSchema, _ prefix: String) {
    line(
      prefix + schema.name + " version \(schema.version), from \(schema.minimumVersion)"
        + (schema.isConditional ? ", conditional" : ""))
    depth += 1
    for field in schema.fields where field.role != .local { put(field) }
    for subsection in schema.subsections { put(subsection, "subsection ") }
    depth -= 1
  }

  private mutating func put(_ field: FieldSchema) {
    guard field.role == .data else { return line("check \(field.name)") }
    let version = field.nested.first?.version.map { " version \($0)" } ?? ""
    let size = field.elementSize.map { $0 == 1 ? ", 1 byte" : ", \($0) bytes" } ?? ""
    line(
      "\(field.name): \(count(field))\(field.type)\(version)\(size)\(pointers(field))"
        + presence(field))
    depth += 1
    for nested in field.nested { put(nested.schema, "\(nested.role) ") }
    depth -= 1
  }

  private func count(_ field: FieldSchema) -> String {
    switch field.count {
    case .fixed(1): ""
    case .fixed(let count): "\(count) x "
    case .counted: "counted x "
    }
  }

  private func pointers(_ field: FieldSchema) -> String {
    switch field.pointers {
    case .none: ""
    case .required: ", pointer"
    case .nullMarked: ", null-marked"
    case .marked: ", marked"
    }
  }

  private func presence(_ field: FieldSchema) -> String {
    if field.hasTest { return ", conditional" }
    return field.since > 0 ? ", since \(field.since)" : ""
  }
}
