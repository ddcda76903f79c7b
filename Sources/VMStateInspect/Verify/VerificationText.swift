import VMState

/// A verification as lines of text and as JSON.
public enum VerificationText {
  /// The lines.
  public static func lines(
    _ result: Verification, file: String, style: TextStyle = .plain
  ) -> [String] {
    var lines: [String] = []
    for diagnosis in result.diagnoses { lines += DiagnosisText.lines(diagnosis, style: style) }
    let further =
      result.summary.problems.count - result.diagnoses.count + result.summary.furtherProblems
    if further > 0 { lines.append("… and \(further) more errors") }
    lines += remarks(result, style) + opaque(result.summary)
    if let integrity = result.integrity {
      lines += IntegrityText.lines(integrity, style)
    } else if result.summary.carriesSums {
      lines.append("sums: there are some; they can be compared in a file only")
    }
    if let difference = result.difference { lines += text(difference, style) }
    lines.append(verdict(result, file, style))
    return lines
  }

  private static func remarks(_ result: Verification, _ style: TextStyle) -> [String] {
    let found = result.summary.remarks.map { remark in
      (remark.section.map { "\($0): " } ?? "") + remark.text
    }
    let layouts = result.otherLayouts.map {
      "\($0.section): laid out otherwise than in the good stream, and of another length: "
        + "\($0.difference.text). A machine like the good one says 'Missing section footer' here"
    }
    return (found + layouts).map { style.odd("remark: ") + PrintableText.escaped($0) }
  }

  private static func opaque(_ summary: StreamSummary) -> [String] {
    var rows = summary.sections.filter { $0.opaqueBytes > 0 }.map { section in
      let name = SummaryCollector.name(section.idstr, section.instance)
      return "\(section.opaqueBytes) bytes of '\(PrintableText.escaped(name))'"
    }
    if summary.unreadBytes > 0 { rows.append("\(summary.unreadBytes) bytes that cannot be read") }
    if summary.trailingBytes > 0 { rows.append("\(summary.trailingBytes) bytes behind the end") }
    if summary.unclaimedBytes > 0 {
      rows.append("\(summary.unclaimedBytes) bytes that no bitmap claims")
    }
    return ["undescribed: \(Verification.undescribed(summary))"] + rows.map { "  \($0)" }
  }

  private static func text(
    _ difference: Verification.Difference, _ style: TextStyle
  ) -> [String] {
    let original = difference.original.map { "0x" + hexadecimal($0) } ?? "nothing"
    let written = difference.written.map { "0x" + hexadecimal($0) } ?? "nothing"
    let place =
      difference.place.isEmpty
      ? "; the stream as a file would show what it belongs to"
      : "; it belongs to \(PrintableText.escaped(difference.place))"
    return [
      style.bad("difference: ") + "byte \(difference.offset) is \(original) and comes out as "
        + written + place
    ]
  }

  private static func verdict(
    _ result: Verification, _ file: String, _ style: TextStyle
  ) -> String {
    let name = PrintableText.escaped(file)
    let problems = result.summary.problems.count + result.summary.furtherProblems
    var faults: [String] = []
    if problems > 0 { faults.append("\(problems) \(problems == 1 ? "error" : "errors")") }
    if result.difference != nil { faults.append("not the same bytes") }
    if result.integrity?.isWhole == false { faults.append("damaged since it was saved") }
    if result.integrity?.hasFiles == false { faults.append("other files beside it") }
    let remarks = result.summary.remarks.count + result.otherLayouts.count
    if remarks > 0 { faults.append("\(remarks) \(remarks == 1 ? "remark" : "remarks")") }
    guard !faults.isEmpty else {
      return
        "\(name): \(style.good("good")), \(result.comparedBytes) bytes written again, all equal"
    }
    return "\(name): \(style.bad(faults.joined(separator: ", ")))"
  }

  /// The JSON form.
  public static func json(_ result: Verification, file: String) -> JSONValue {
    .object([
      ("schema", .integer(1)), ("command", .string("verify")), ("file", .string(file)),
      ("good", .bool(result.isGood)), ("compared_bytes", .integer(result.comparedBytes)),
      ("undescribed_bytes", .integer(Verification.opaqueBytes(result.summary))),
      ("difference", result.difference.map(json) ?? .null),
      ("problems", .array(result.diagnoses.map(json))),
      ("remarks", .array(result.summary.remarks.map(\.json))),
      ("layouts", .array(result.otherLayouts.map(json))),
      ("integrity", result.integrity.map(IntegrityText.json) ?? .null),
    ])
  }

  private static func json(_ difference: Verification.Difference) -> JSONValue {
    .object([
      ("offset", .integer(difference.offset)),
      ("original", difference.original.map { .integer($0) } ?? .null),
      ("written", difference.written.map { .integer($0) } ?? .null),
      ("place", .string(difference.place)),
    ])
  }

  private static func json(_ diagnosis: Diagnosis) -> JSONValue {
    guard case .object(var members) = diagnosis.problem.json else { return .null }
    let bytes = diagnosis.bytes.map(hexadecimal).joined()
    members.append(.init(key: "bytes_offset", value: .integer(diagnosis.firstByte)))
    members.append(.init(key: "bytes", value: .string(bytes)))
    members.append(.init(key: "clues", value: .array(diagnosis.clues.map(JSONValue.string))))
    return .object(members)
  }

  private static func json(_ other: Verification.OtherLayout) -> JSONValue {
    .object([
      ("section", .string(other.section)),
      ("path", .array(other.difference.path.map(JSONValue.string))),
      ("here", .string(other.difference.left)), ("good", .string(other.difference.right)),
    ])
  }
}

extension Verification {
  /// Bytes that were passed through without a meaning.
  static func opaqueBytes(_ summary: StreamSummary) -> UInt64 {
    summary.opaqueBytes + summary.unreadBytes + summary.trailingBytes + summary.unclaimedBytes
  }

  /// How many they are and what share, in words.
  static func undescribed(_ summary: StreamSummary) -> String {
    let channels = summary.channels.reduce(0) { $0 &+ $1.length }
    let count = opaqueBytes(summary)
    let all = summary.length &+ summary.trailingBytes &+ summary.unreadBytes &+ channels
    return "\(count) of \(all) bytes (\(PrintableText.percent(count, of: all)))"
  }
}

extension PrintableText {
  /// A share in percent, with two places.
  static func percent(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "0.00 %" }
    let (high, low) = part.multipliedFullWidth(by: 10_000)
    let share = whole.dividingFullWidth((min(high, whole - 1), low)).quotient
    let digits = share % 100 < 10 ? "0\(share % 100)" : "\(share % 100)"
    return "\(share / 100).\(digits) %"
  }
}
