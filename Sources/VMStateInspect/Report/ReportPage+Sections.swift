import VMState

/// A row of the section table: a section, or all parts of a live one.
struct ReportRow {
  /// Name and instance.
  var label: String
  /// The style's class: what kind of section it is.
  var kind: String
  /// Bytes of all parts, headers and footers included.
  var bytes: UInt64
  /// Number of parts.
  var count: Int
  /// The first part.
  var section: WalkedSection

  static func kind(of section: WalkedSection) -> String {
    if section.isGuess || section.opaqueBytes > 0 { return "bad" }
    if section.idstr == "ram" { return "ram" }
    return section.kind == .full ? "device" : "other"
  }
}

extension ReportPage {
  /// The rows in the order of first appearance.
  var rows: [ReportRow] {
    var rows: [ReportRow] = []
    var live: [UInt32: Int] = [:]
    for case .section(let section) in stream.elements {
      let isPart = section.kind == .part || section.kind == .end
      if isPart, let row = live[section.sectionID] {
        rows[row].bytes += section.length
        rows[row].count += 1
        continue
      }
      if section.kind == .start { live[section.sectionID] = rows.count }
      rows.append(
        ReportRow(
          label: SectionLabel.text(section.idstr, section.instance),
          kind: ReportRow.kind(of: section), bytes: section.length, count: 1, section: section))
    }
    return rows
  }

  /// The table with its search field.
  mutating func putSections() throws(VMStateError) {
    let rows = rows
    try text.put(
      """
      <section class="card" id="sections"><h2>Sections <span class="note" id="count"></span></h2>
      <input type="search" id="search" placeholder="Search sections, fields and values" \
      aria-label="Search" autocomplete="off">
      <div class="head"><b>name</b><span>version</span><span>parts</span><span>bytes</span>\
      <span>at</span></div>

      """)
    for row in rows.prefix(limits.rows) { try put(row) }
    if rows.count > limits.rows {
      try text.put("<p class=\"note\">\(rows.count - limits.rows) more sections</p>\n")
    }
    try text.put("</section>\n")
  }

  private mutating func put(_ row: ReportRow) throws(VMStateError) {
    let section = row.section
    let tag =
      section.isGuess
      ? " <span class=\"tag\">end guessed</span>"
      : section.opaqueBytes > 0 ? " <span class=\"tag\">not described</span>" : ""
    try text.put(
      """
      <details class="row"><summary><b>\(HTMLText.escaped(row.label))\(tag)</b>\
      <span>\(section.version)</span><span>\(row.count)</span>\
      <span>\(HTMLText.grouped(row.bytes))</span><span>\(HTMLText.grouped(section.offset))</span>\
      </summary><div class="fields">

      """)
    if section.state == nil {
      let kind = row.kind == "ram" ? "Page records: see the maps above." : "No fields."
      try text.put("<p class=\"note\">\(kind)</p>")
    } else {
      try putFields(section, row.label)
    }
    try text.put("</div></details>\n")
  }
}
