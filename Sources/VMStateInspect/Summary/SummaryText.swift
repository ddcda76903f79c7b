import VMState

/// A summary as lines of text.
public struct SummaryText {
  private let summary: StreamSummary
  private let style: TextStyle
  private static let mostRows = 200

  /// The lines.
  ///
  /// - Parameters:
  ///   - file: What stands in the first line.
  public static func lines(
    _ summary: StreamSummary, file: String, style: TextStyle = .plain
  ) -> [String] {
    let text = SummaryText(summary: summary, style: style)
    return [style.strong(PrintableText.escaped(file))] + text.head + text.memory + text.channels
      + text.rounds
      + text.sections + text.commands + text.findings
  }

  private func row(_ title: String, _ text: String) -> String {
    "  \(PrintableText.left(title, 13))\(text)"
  }

  // MARK: Head

  private var head: [String] {
    var rows = [row("container", containerText)]
    if summary.isChannelAlone { return rows }
    if let state = summary.cpr { return rows + lines(state) }
    if let configuration = summary.configuration {
      rows.append(
        row("machine", style.strong(PrintableText.escaped(configuration.machineTypeText))))
    } else {
      rows.append(row("machine", "not said (no configuration section)"))
    }
    if let text = summary.origin.text { rows.append(row("QEMU", text)) }
    if summary.cpuCount > 0 { rows.append(row("CPUs", "\(summary.cpuCount)")) }
    rows.append(row("page size", "\(summary.pageSize) bytes"))
    let capabilities = summary.configuration?.orderedCapabilities ?? []
    if !capabilities.isEmpty {
      rows.append(
        row(
          "capabilities", capabilities.prefix(64).map(PrintableText.escaped).joined(separator: ", ")
        ))
    }
    if let uuid = summary.configuration?.uuid { rows.append(row("UUID", "\(uuid)")) }
    if let state = summary.runState {
      rows.append(row("run state", PrintableText.escaped(state)))
    }
    rows.append(row("length", lengthText))
    if let range = summary.descriptionRange {
      rows.append(row("description", "\(range.count - 5) bytes of JSON at \(range.lowerBound)"))
    } else {
      rows.append(row("description", "none"))
    }
    rows.append(row("undescribed", Verification.undescribed(summary)))
    return rows
  }

  private func lines(_ state: CPRState) -> [String] {
    let shown = state.lines.prefix(Self.mostRows)
    var rows = [
      row("length", lengthText),
      row("holds", RecordText.line(.cpr(state))),
    ]
    rows += shown.map { "    " + PrintableText.escaped($0) }
    let further = state.lines.count - shown.count
    return further > 0 ? rows + ["    … and \(further) more"] : rows
  }

  private var containerText: String {
    PrintableText.escaped(summary.container) + (summary.form.map { ", \($0)" } ?? "")
  }

  private var lengthText: String {
    var text = "\(summary.length) bytes"
    if summary.trailingBytes > 0 { text += ", \(summary.trailingBytes) bytes behind it" }
    if summary.unreadBytes > 0 { text += ", \(summary.unreadBytes) bytes could not be read" }
    return text
  }

  // MARK: Memory

  private var memory: [String] {
    guard !summary.blocks.isEmpty else { return [] }
    let count = summary.blocks.count + summary.furtherBlocks
    let isKnown = !summary.isChannelAlone
    var title = isKnown ? "\(PrintableText.bytes(summary.memoryBytes)) in " : "in "
    title += "\(count) "
    title += count == 1 ? "block" : "blocks"
    if let option = summary.memoryOption { title += ", needs -m \(option)" }
    var lines = ["", row("memory", title)]
    let shown = summary.blocks.prefix(Self.mostRows)
    let width = (shown.map { PrintableText.escaped($0.idstr).count }.max() ?? 0) + 2
    for block in shown {
      let name = PrintableText.left(PrintableText.escaped(block.idstr), width)
      let size = PrintableText.right(isKnown ? PrintableText.bytes(block.length) : "", 10)
      lines.append("    \(name)\(size)   \(Self.pages(block.pages))")
    }
    if count > shown.count { lines.append("    … and \(count - shown.count) more") }
    if count > 1, isKnown {
      let name = PrintableText.left("all", width)
      let size = PrintableText.right(PrintableText.bytes(summary.memoryBytes), 10)
      lines.append("    \(name)\(size)   \(Self.pages(summary.pages))")
    }
    if !summary.countsRepeats { lines.append("    (repeated pages are not all counted)") }
    return lines
  }

  static func pages(_ pages: PageTally) -> String {
    let kinds = [
      ("normal", pages.normal), ("zero", pages.zero), ("xbzrle", pages.xbzrle),
      ("compressed", pages.compressed),
    ].filter { $0.1 > 0 }
    guard !kinds.isEmpty else { return "no pages" }
    let repeated = pages.repeated > 0 ? " (\(pages.repeated) of them repeated)" : ""
    return "pages: " + kinds.map { "\($0.1) \($0.0)" }.joined(separator: ", ") + repeated
  }

  private var channels: [String] {
    guard !summary.channels.isEmpty else { return [] }
    let lines = summary.channels.prefix(Self.mostRows).map { channel in
      "    \(PrintableText.left("channel \(channel.number)", 14))"
        + "\(PrintableText.right("\(channel.length)", 12)) B   \(channel.packets) packets, "
        + Self.pages(channel.pages)
    }
    return ["", row("channels", "\(summary.channels.count) of multifd")] + lines
  }

  private var rounds: [String] {
    let rounds = summary.iterations.filter { $0.pages.total > 0 }
    guard rounds.count > 1 else { return [] }
    var lines = ["", row("iterations", "\(rounds.count) ram sections with pages")]
    let isLong = rounds.count > 24
    let shown = isLong ? Array(rounds.prefix(16)) : rounds
    for round in shown { lines.append(line(round)) }
    if isLong {
      var rest = summary.furtherIterations
      for round in rounds[16..<(rounds.count - 4)] { rest += round.pages }
      lines.append("    … \(rounds.count - 20) more   \(Self.pages(rest))")
      for round in rounds.suffix(4) { lines.append(line(round)) }
    }
    return lines
  }

  private func line(_ round: StreamSummary.Iteration) -> String {
    let kind = PrintableText.left(SectionsText.name(round.kind), 6)
    let offset = PrintableText.right("\(round.offset)", 12)
    return "    \(kind)\(offset)\(PrintableText.right("\(round.length)", 12)) B   "
      + Self.pages(round.pages)
  }

  // MARK: Sections

  private var sections: [String] {
    guard !summary.sections.isEmpty else { return [] }
    let count = summary.sections.count + summary.furtherSections
    var lines = ["", row("sections", "\(count) by name and instance")]
    let shown = summary.sections.prefix(Self.mostRows)
    let names = shown.map {
      PrintableText.escaped(SummaryCollector.name($0.idstr, $0.instance))
    }
    let width = (names.map(\.count).max() ?? 0) + 2
    for (name, section) in zip(names, shown) {
      var notes = ["  version \(section.version)"]
      if section.count > 1 { notes.append("in \(section.count) sections") }
      if section.opaqueBytes > 0 { notes.append("\(section.opaqueBytes) bytes not described") }
      lines.append(
        "    \(PrintableText.left(name, width))\(PrintableText.right("\(section.length)", 10)) B"
          + notes.joined(separator: ", "))
    }
    if count > shown.count { lines.append("    … and \(count - shown.count) more") }
    return lines
  }

  private var commands: [String] {
    guard !summary.commands.isEmpty else { return [] }
    let names = summary.commands.prefix(32).map {
      $0.count > 1 ? "\($0.name) (\($0.count) times)" : $0.name
    }
    return ["", row("commands", names.joined(separator: ", "))]
  }

  // MARK: Findings

  private var findings: [String] {
    var lines: [String] = []
    let problems = summary.problems.count + summary.furtherProblems
    if problems > 0 {
      lines += ["", row("problems", style.bad("\(problems)"))]
      for problem in summary.problems.prefix(16) {
        lines.append("    " + style.bad("error: ") + PrintableText.escaped("\(problem.error)"))
      }
      if problems > 16 { lines.append("    … and \(problems - 16) more") }
    } else if summary.remarks.isEmpty {
      lines += ["", row("problems", style.good("none"))]
    }
    if !summary.remarks.isEmpty {
      lines += ["", row("remarks", style.odd("\(summary.remarks.count)"))]
    }
    lines += Self.list(summary.remarks)
    let hints = summary.hints
    if !hints.isEmpty { lines += ["", "  hints"] + Self.list(hints) }
    return lines
  }

  private static func list(_ remarks: [StreamSummary.Remark]) -> [String] {
    remarks.prefix(mostRows).map { remark in
      let place = remark.section.map { PrintableText.escaped($0) + ": " } ?? ""
      return "    - " + place + PrintableText.escaped(remark.text)
    }
  }
}
