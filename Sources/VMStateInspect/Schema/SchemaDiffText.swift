/// A schema comparison as lines of text.
public enum SchemaDiffText {
  /// The lines; none where nothing differs.
  public static func lines(_ diff: SchemaDiff) -> [String] {
    var lines: [String] = []
    if let machines = diff.machines {
      let names = [machines.old, machines.new].map(PrintableText.escaped)
      lines.append("machine types differ: \(names[0]), \(names[1])")
    }
    for section in diff.sections {
      if !lines.isEmpty { lines.append("") }
      lines.append(PrintableText.escaped(section.title))
      lines += section.changes.map { "  \(place($0.path))\(PrintableText.escaped($0.text))" }
      lines += direction("old to new", section.oldToNew)
      lines += direction("new to old", section.newToOld)
    }
    guard !diff.isEmpty else { return [] }
    return lines + [""] + diff.notes + summary(diff)
  }

  /// How many sections each direction loses.
  private static func summary(_ diff: SchemaDiff) -> [String] {
    [("old to new", diff.sections.map(\.oldToNew)), ("new to old", diff.sections.map(\.newToOld))]
      .map { name, findings in
        let counts = [SchemaFinding.Severity.refused, .refusedWhenSent, .misread, .untold].map {
          severity in findings.count { $0.contains { $0.severity == severity } }
        }
        return "\(name): \(counts[0]) sections are refused, \(counts[1]) if some part is sent, "
          + "\(counts[2]) are misread, \(counts[3]) are not told"
      }
  }

  private static func direction(_ name: String, _ findings: [SchemaFinding]) -> [String] {
    guard !findings.isEmpty else { return ["  \(name): loads"] }
    return findings.map { finding in
      "  \(name): \(word(finding.severity)): \(place(finding.path))"
        + PrintableText.escaped(finding.reason)
    }
  }

  private static func word(_ severity: SchemaFinding.Severity) -> String {
    switch severity {
    case .refused: "refused"
    case .refusedWhenSent: "refused if sent"
    case .misread: "loads into the wrong fields"
    case .untold: "not told"
    }
  }

  private static func place(_ path: [String]) -> String {
    path.isEmpty ? "" : PrintableText.escaped(path.joined(separator: "/")) + ": "
  }
}
