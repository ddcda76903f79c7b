import VMState

extension ReportPage {
  /// Lines of an array or a buffer that are shown.
  private static let shownLines = 8

  /// A section's fields, structures folded.
  mutating func putFields(_ section: WalkedSection, _ label: String) throws(VMStateError) {
    guard let table = section.table, let state = section.state else { return }
    guard fieldBytes < limits.fieldBytes else {
      return try text.put("<p class=\"note\">Left out: the page would be too long.</p>")
    }
    let body = DescribedBodyPiece(table: table, state: state, origin: section.origin ?? .stream)
    var entries: [FieldEntry] = []
    try FieldTree.visit(body, section: label, at: section.bodyOffset) {
      entry throws(VMStateError) in
      entries.append(entry)
      return true
    }
    if let origin = section.origin, origin != .stream {
      try text.put("<p class=\"note\">Layout: \(origin.rawValue)</p>")
    }
    var open = 0
    for entry in entries {
      while open > entry.depth {
        try text.put("</div></details>\n")
        open -= 1
      }
      guard fieldBytes < limits.fieldBytes else {
        try text.put("<p class=\"note\">Cut: the page would be too long.</p>")
        break
      }
      let line = Self.line(entry)
      fieldBytes += line.utf8.count
      try text.put(line)
      if entry.isFolded { open += 1 }
    }
    for _ in 0..<open { try text.put("</div></details>\n") }
  }

  private static func line(_ entry: FieldEntry) -> String {
    let name = HTMLText.escaped(entry.name)
    let type = HTMLText.escaped(entry.type)
    switch entry.content {
    case .structure(let table, let version):
      return "<details><summary><span class=\"n\">\(name)</span> <span class=\"t\">\(type) "
        + "\(HTMLText.escaped(table)) version \(version), \(entry.length) bytes</span></summary>"
        + "<div>\n"
    case .subsection(let version):
      return "<details><summary><span class=\"n\">\(name)</span> <span class=\"t\">subsection "
        + "version \(version), \(entry.length) bytes</span></summary><div>\n"
    case .list, .tree:
      return "<div class=\"f\"><span class=\"n\">\(name)</span><span class=\"t\">\(type)</span>"
        + "<span class=\"v\">\(HTMLText.escaped(entry.shape))</span></div>\n"
    case .leaf(let leaf):
      let count = leaf.count > 1 ? "[\(leaf.count)]" : ""
      let lines = lines(leaf).map(HTMLText.escaped).joined(separator: "\n")
      return "<div class=\"f\"><span class=\"n\">\(name)</span>"
        + "<span class=\"t\">\(type)\(count)</span><span class=\"v\">\(lines)</span></div>\n"
    }
  }

  private static func lines(_ leaf: Leaf) -> [String] {
    if leaf.kind == .bytes { return buffer(leaf.bytes) }
    guard leaf.count > 1 else { return [FieldEntry.text(leaf, 0)] }
    return cut(LeafText.lines(leaf))
  }

  private static func buffer(_ bytes: [UInt8]) -> [String] {
    if bytes.count > 16, bytes.allSatisfy({ $0 == 0 }) { return ["\(bytes.count) zero bytes"] }
    guard bytes.count > 16 else { return [bytes.map { hexadecimal($0) }.joined(separator: " ")] }
    let lines = cut(HexDump.lines(Array(bytes.prefix(1024))))
    return bytes.count > 1024 && lines.last != "…" ? lines + ["…"] : lines
  }

  private static func cut(_ lines: [String]) -> [String] {
    lines.count > shownLines ? lines.prefix(shownLines) + ["…"] : lines
  }
}

extension FieldEntry {
  /// Its fields are shown inside it.
  fileprivate var isFolded: Bool {
    switch content {
    case .structure, .subsection: true
    case .list, .tree, .leaf: false
    }
  }
}
