import VMState

/// What the sums say, as lines of text and as JSON.
enum IntegrityText {
  static func lines(_ report: IntegrityReport, _ style: TextStyle) -> [String] {
    var lines = report.damage.flatMap { text($0, style) }
    if report.furtherDamage > 0 {
      lines.append("… and \(report.furtherDamage) more damaged sections")
    }
    if report.isWhole {
      let sums = report.sums
      let strong = sums.sha256 == nil ? "" : " and SHA-256"
      lines.append(
        "sums: CRC-32C\(strong) of \(sums.length) bytes and of \(sums.sections.count) sections, "
          + style.good("all right"))
    }
    return lines + report.files.map { line($0, style) }
  }

  private static func text(_ damage: IntegrityReport.Damage, _ style: TextStyle) -> [String] {
    let title = damage.section.map { "section '\($0)'" } ?? "the stream"
    let name = PrintableText.escaped(title)
    let expected = damage.error.expected ?? ""
    let found = damage.error.found ?? ""
    var lines = [
      style.bad("damaged: ") + "\(name), \(damage.range.count) bytes at "
        + "\(damage.range.lowerBound): \(what(damage)) is \(PrintableText.escaped(found)), "
        + "was \(PrintableText.escaped(expected)) when it was saved"
    ]
    guard let (byte, now) = damage.changed else { return lines }
    let before = "0x" + hexadecimal(now ^ byte.mask)
    let place = damage.place.map { "; it belongs to \(PrintableText.escaped($0))" } ?? ""
    lines.append("  byte \(byte.offset) is 0x\(hexadecimal(now)), was \(before)" + place)
    return lines
  }

  private static func what(_ damage: IntegrityReport.Damage) -> String {
    damage.error.expected?.hasSuffix(" bytes") == true
      ? "its length" : (damage.error.expected?.count == 8 ? "its CRC-32C" : "its SHA-256")
  }

  private static func line(_ file: IntegrityReport.File, _ style: TextStyle) -> String {
    let name = PrintableText.escaped(file.saved.name)
    switch file.outcome {
    case .same: return "file beside: \(name), \(file.saved.size) bytes, \(style.good("as it was"))"
    case .otherSize(let size):
      return style.odd("file beside: ")
        + "\(name) has \(size) bytes, had \(file.saved.size) when the state was saved"
    case .otherContent:
      return style.odd("file beside: ")
        + "\(name) has another content than when the state was saved"
    case .unread(let reason):
      return style.odd("file beside: ") + "\(name) was not compared: "
        + PrintableText.escaped(reason)
    }
  }

  static func json(_ report: IntegrityReport) -> JSONValue {
    .object([
      ("length", .integer(report.sums.length)),
      ("sections", .integer(report.sums.sections.count)),
      ("sha256", report.sums.sha256.map(JSONValue.string) ?? .null),
      ("whole", .bool(report.isWhole)),
      ("damage", .array(report.damage.map(json))),
      ("files", .array(report.files.map(json))),
    ])
  }

  private static func json(_ damage: IntegrityReport.Damage) -> JSONValue {
    .object([
      ("section", damage.section.map(JSONValue.string) ?? .null),
      ("offset", .integer(damage.range.lowerBound)),
      ("length", .integer(damage.range.count)),
      ("saved", damage.error.expected.map(JSONValue.string) ?? .null),
      ("found", damage.error.found.map(JSONValue.string) ?? .null),
      ("byte", damage.changed.map { .integer($0.byte.offset) } ?? .null),
      ("is", damage.changed.map { .integer($0.now) } ?? .null),
      ("was", damage.changed.map { .integer($0.now ^ $0.byte.mask) } ?? .null),
      ("place", damage.place.map(JSONValue.string) ?? .null),
    ])
  }

  private static func json(_ file: IntegrityReport.File) -> JSONValue {
    let word: String
    switch file.outcome {
    case .same: word = "same"
    case .otherSize: word = "other size"
    case .otherContent: word = "other content"
    case .unread: word = "unread"
    }
    return .object([
      ("name", .string(file.saved.name)), ("size", .integer(file.saved.size)),
      ("outcome", .string(word)),
    ])
  }
}
