import VMState

/// The entries of a `SectionLister` as text and JSON.
public enum SectionsText {
  /// The line above the entries.
  public static let heading = row("offset", "length", "kind", "id", "version", "footer", "name")

  /// An entry as a line.
  public static func line(_ entry: SectionLister.Entry, style: TextStyle = .plain) -> String {
    if entry.kind == "PROBLEM" {
      return style.bad("error: ") + PrintableText.escaped(entry.name)
    }
    let instance = (entry.instance ?? 0) == 0 ? "" : " (instance \(entry.instance ?? 0))"
    let opaque =
      entry.opaqueBytes == 0 ? "" : style.odd("  \(entry.opaqueBytes) bytes not described")
    return row(
      "\(entry.offset)", "\(entry.length)", entry.kind, text(entry.sectionID),
      text(entry.version), entry.hasFooter.map { $0 ? "yes" : "no" } ?? "",
      String(repeating: "  ", count: min(entry.depth, 8)) + PrintableText.escaped(entry.name)
        + instance + opaque)
  }

  /// An entry as JSON.
  public static func json(_ entry: SectionLister.Entry) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("kind", .string(entry.kind)), ("offset", .integer(entry.offset)),
      ("length", .integer(entry.length)), ("name", .string(entry.name)),
    ]
    let numbers = [
      ("id", entry.sectionID), ("instance", entry.instance), ("version", entry.version),
    ]
    for case (let key, let value?) in numbers { members.append((key, .integer(value))) }
    if let offset = entry.bodyOffset { members.append(("body_offset", .integer(offset))) }
    if let footer = entry.hasFooter { members.append(("footer", .bool(footer))) }
    if entry.opaqueBytes > 0 { members.append(("undescribed_bytes", .integer(entry.opaqueBytes))) }
    if entry.depth > 0 { members.append(("depth", .integer(entry.depth))) }
    if let error = entry.error { members.append(("code", .string(error.code.name))) }
    return .object(members)
  }

  private static func text(_ number: UInt32?) -> String { number.map { "\($0)" } ?? "" }

  static func name(_ kind: SectionKind) -> String {
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
    let text =
      PrintableText.right(offset, 12) + PrintableText.right(length, 11) + "  "
      + PrintableText.left(kind, 9) + PrintableText.right(id, 4)
      + PrintableText.right(version, 9) + "  " + PrintableText.left(footer, 7) + name
    return String(text.reversed().drop { $0 == " " }.reversed())
  }
}
