import VMState

/// A diagnosis as lines of text.
public enum DiagnosisText {
  /// The lines: the sentence, the place, the bytes around it, the clues.
  public static func lines(_ diagnosis: Diagnosis, style: TextStyle = .plain) -> [String] {
    let error = diagnosis.problem.error
    var lines = [
      style.bad("error: ") + PrintableText.escaped(path(error) + error.message),
      "  code      \(error.code.name)",
    ]
    if let offset = error.offset { lines.append("  offset    \(offset) (0x\(hex(offset)))") }
    if let section = section(diagnosis.problem) { lines.append("  section   \(section)") }
    if error.path.count > 1 {
      let field = error.path.dropFirst().joined(separator: "/")
      lines.append("  field     \(PrintableText.escaped(field))")
    }
    if let partial = diagnosis.problem.partial { lines.append("  read      \(read(partial))") }
    if let expected = error.expected {
      lines.append("  expected  \(PrintableText.escaped(expected))")
    }
    if let found = error.found { lines.append("  found     \(PrintableText.escaped(found))") }
    if !diagnosis.bytes.isEmpty {
      let dump = dump(diagnosis.bytes, at: diagnosis.firstByte, mark: error.offset, style)
      lines += ["  bytes"] + dump.map { "    " + $0 }
    }
    return lines + diagnosis.clues.map { "  - " + PrintableText.escaped($0) }
  }

  private static func path(_ error: VMStateError) -> String {
    error.path.isEmpty ? "" : error.pathDescription + ": "
  }

  private static func section(_ problem: StreamSummary.Problem) -> String? {
    guard let header = problem.header, let offset = problem.sectionOffset else { return nil }
    return "\(SectionsText.name(header.kind)) '\(PrintableText.escaped(header.idstr))' instance "
      + "\(header.instance) version \(header.version), id \(header.sectionID), at \(offset)"
  }

  private static func read(_ partial: DescribedBodyPiece) -> String {
    let count = partial.table.fields.count
    let last = partial.table.fields.last?.pathName ?? ""
    return "\(count) \(count == 1 ? "field" : "fields") before it, the last is "
      + "'\(PrintableText.escaped(last))'"
  }

  // MARK: Bytes

  /// Bytes in rows of 16 with their characters; the one at `mark` stands in brackets.
  public static func dump(
    _ bytes: [UInt8], at first: UInt64, mark: UInt64?, _ style: TextStyle = .plain
  ) -> [String] {
    stride(from: 0, to: bytes.count, by: 16).map { row in
      var text = padded(hex(first + UInt64(row))) + " "
      for index in row..<row + 16 {
        let isMarked = mark == first + UInt64(index)
        let wasMarked = index > row && mark == first + UInt64(index) - 1
        let separator = isMarked ? "[" : wasMarked ? "]" : " "
        text += separator
        guard index < bytes.count else {
          text += "  "
          continue
        }
        text += isMarked ? style.bad(hexadecimal(bytes[index])) : hexadecimal(bytes[index])
      }
      text += mark == first + UInt64(row + 15) ? "]" : " "
      let characters = bytes[row..<min(row + 16, bytes.count)].map { byte -> Character in
        (0x20..<0x7F).contains(byte) ? Character(Unicode.Scalar(byte)) : "."
      }
      return text + " |" + String(characters) + "|"
    }
  }

  static func hex(_ value: UInt64) -> String { String(value, radix: 16) }

  private static func padded(_ digits: String) -> String {
    String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }
}
