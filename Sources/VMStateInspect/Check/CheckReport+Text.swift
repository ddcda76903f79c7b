extension CheckReport {
  /// The report as lines of text.
  ///
  /// - Parameters:
  ///   - source: The stream's name.
  ///   - target: The target's name.
  public func lines(source: String, target: String) -> [String] {
    let names = [source, target].map(PrintableText.escaped)
    var lines = ["\(names[0]) against \(names[1]) (QEMU \(release)): \(sentence)"]
    lines += blockers.enumerated().flatMap { Self.lines($1, isFirst: $0 == 0) }
    lines += Self.group("lost", losses.map { ($0.path, $0.message, nil) })
    lines += Self.group("not told", untold.map { ($0.path, $0.message, $0.supply) })
    if answer != .refused, answer != .unknown { lines += Self.group("note", noteItems) }
    return lines
  }

  private var noteItems: [([String], String, String?)] { notes.map { ([], $0, nil) } }

  private var sentence: String {
    switch answer {
    case .loads: "it loads"
    case .loss: "it loads, with loss"
    case .refused where blockers.count > 1: "it is refused, for \(blockers.count) reasons"
    case .refused: "it is refused"
    case .unknown: "this target does not tell"
    }
  }

  private static func lines(_ blocker: Blocker, isFirst: Bool) -> [String] {
    var lines = ["", "refused: \(place(blocker.path))\(PrintableText.escaped(blocker.message))"]
    if let offset = blocker.offset { lines.append("  at byte    \(offset)") }
    if let expected = blocker.expected {
      lines.append("  expected   \(PrintableText.escaped(expected))")
    }
    if let found = blocker.found { lines.append("  found      \(PrintableText.escaped(found))") }
    if blocker.aborts {
      lines.append("  QEMU       ends on an assertion")
    } else if let words = blocker.words.first {
      lines.append("  \(isFirst ? "QEMU says " : "then says ") \(PrintableText.escaped(words))")
    }
    lines.append("  what to do \(PrintableText.escaped(blocker.advice))")
    return lines
  }

  /// One line for each message; the places of a message that comes several times stand under it.
  private static func group(
    _ name: String, _ items: [(path: [String], message: String, supply: String?)]
  ) -> [String] {
    var order: [String] = []
    var places: [String: [String]] = [:]
    var supplies: [String: String] = [:]
    for item in items {
      if places[item.message] == nil { order.append(item.message) }
      places[item.message, default: []].append(item.path.joined(separator: "/"))
      supplies[item.message] = item.supply
    }
    return order.isEmpty
      ? [] : [""] + order.flatMap { lines(name, $0, places[$0] ?? [], supplies[$0]) }
  }

  private static func lines(
    _ name: String, _ message: String, _ places: [String], _ supply: String?
  ) -> [String] {
    let text = PrintableText.escaped(message)
    var lines: [String]
    if places.count == 1 {
      lines = ["\(name): \(place(places))\(text)"]
    } else {
      lines = ["\(name): \(text):"] + folded(places.map(PrintableText.escaped))
    }
    if let supply { lines.append("  supply     \(PrintableText.escaped(supply))") }
    return lines
  }

  /// Names one after another, in lines of a terminal's width.
  private static func folded(_ names: [String]) -> [String] {
    var lines: [String] = []
    for (index, name) in names.enumerated() {
      let piece = name + (index + 1 < names.count ? "," : "")
      if let last = lines.last, last.count + piece.count < 96 {
        lines[lines.count - 1] = last + " " + piece
      } else {
        lines.append("  " + piece)
      }
    }
    return lines
  }

  private static func place(_ path: [String]) -> String {
    let text = path.joined(separator: "/")
    return text.isEmpty ? "" : PrintableText.escaped(text) + ": "
  }
}
