import VMState

/// Every section and command of a walked stream, one line each.
public enum SectionsText {
  /// The lines.
  public static func lines(_ stream: WalkedStream) -> [String] {
    var lines = [row("offset", "length", "kind", "id", "version", "footer", "name")]
    for element in stream.elements {
      switch element {
      case .section(let section): lines.append(line(section))
      case .command(let command): lines.append(line(command))
      }
    }
    if let range = stream.descriptionRange, stream.error == nil {
      lines.append(row("\(range.lowerBound - 1)", "1", "EOF", "", "", "", ""))
      lines.append(
        row("\(range.lowerBound)", "\(range.count)", "JSON", "", "", "", "description"))
    }
    return lines
  }

  private static func line(_ section: WalkedSection) -> String {
    let instance = section.instance == 0 ? "" : " (instance \(section.instance))"
    return row(
      "\(section.offset)", "\(section.length)", name(section.kind), "\(section.sectionID)",
      "\(section.version)", section.hasFooter ? "yes" : "no",
      PrintableText.escaped(section.idstr) + instance)
  }

  private static func line(_ command: WalkedCommand) -> String {
    row(
      "\(command.offset)", "\(5 + command.payload.count)", "COMMAND", "", "", "",
      command.command?.name ?? "unknown command \(command.number)")
  }

  private static func name(_ kind: SectionKind) -> String {
    switch kind {
    case .start: "START"
    case .part: "PART"
    case .end: "END"
    default: "FULL"
    }
  }

  private static func row(
    _ offset: String, _ length: String, _ kind: String, _ id: String, _ version: String,
    _ footer: String, _ name: String
  ) -> String {
    PrintableText.right(offset, 10) + PrintableText.right(length, 10) + "  "
      + PrintableText.left(kind, 8) + PrintableText.right(id, 5) + PrintableText.right(version, 8)
      + "  " + PrintableText.left(footer, 7) + name
  }
}
