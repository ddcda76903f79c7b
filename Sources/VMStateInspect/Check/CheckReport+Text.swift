extension CheckReport {
  /// The report as lines of text.
  ///
  /// - Parameters:
  ///   - source: The stream's name.
  ///   - target: The target's name.
  public func lines(source: String, target: String) -> [String] {
    let names = [source, target].map(PrintableText.escaped)
    var lines = ["\(names[0]) in \(names[1]) (QEMU \(release)): \(sentence)"]
    lines += blockers.enumerated().flatMap { Self.lines($1, isFirst: $0 == 0) }
    lines += group("lost", losses.map { ($0.path, $0.message) })
    lines += group("not told", untold.map { ($0.path, "\($0.message); supply \($0.supply)") })
    lines += group("not compared", notes.map { ([], $0) })
    return lines
  }

  private var sentence: String {
    switch answer {
    case .loads: "it loads"
    case .loss: "it loads, with loss"
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
      lines.append("  \(isFirst ? "QEMU says " : "QEMU would") \(PrintableText.escaped(words))")
    }
    lines.append("  what to do \(PrintableText.escaped(blocker.advice))")
    return lines
  }

  private func group(_ name: String, _ items: [([String], String)]) -> [String] {
    guard !items.isEmpty else { return [] }
    return [""] + items.map { "\(name): \(Self.place($0))\(PrintableText.escaped($1))" }
  }

  private static func place(_ path: [String]) -> String {
    path.isEmpty ? "" : PrintableText.escaped(path.joined(separator: "/")) + ": "
  }
}
