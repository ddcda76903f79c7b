import VMState

/// A stream as one HTML page that needs nothing else: no network, no fonts, no files.
///
/// All text from the stream is escaped. The page's size is bounded whatever the stream's: heat
/// maps have a fixed number of cells, tables and field trees are cut at a limit and say so.
public enum StreamReport {
  /// Bounds of a page.
  public struct Limits: Sendable {
    /// Most bytes for the sections' field trees (default 6 MiB).
    public var fieldBytes = 6 << 20
    /// Most rows of the section table (default 4096).
    public var rows = 4096
    /// Most RAM blocks with a picture (default 24).
    public var pictures = 24

    /// The defaults.
    public init() {}
  }

  /// Writes the page.
  ///
  /// - Parameters:
  ///   - name: The file's name, for the title.
  ///   - container: What the stream was found in, `plain stream` for instance.
  /// - Throws: The output's error.
  public static func write(
    _ examination: StreamExamination, name: String, container: String = "plain stream",
    limits: Limits = Limits(), to output: any TextOutput
  ) throws(VMStateError) {
    var page = ReportPage(examination, limits, output)
    try page.putHead(name, container)
    try page.putProblems()
    try page.putFacts()
    try page.putMap()
    try page.putMemory()
    try page.putHistory()
    try page.putSections()
    try page.putEnd()
  }
}

/// The page while it is written.
struct ReportPage {
  let examination: StreamExamination
  let limits: StreamReport.Limits
  var text: TextBuffer
  // Bytes of field trees so far.
  var fieldBytes = 0
  private static let shownProblems = 100

  var stream: WalkedStream { examination.stream }

  init(
    _ examination: StreamExamination, _ limits: StreamReport.Limits, _ output: any TextOutput
  ) {
    self.examination = examination
    self.limits = limits
    text = TextBuffer(output)
  }

  mutating func putHead(_ name: String, _ container: String) throws(VMStateError) {
    let name = HTMLText.escaped(name)
    try text.put(
      """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
      style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
      <title>\(name) – VM state</title>
      <style>\(ReportStyle.text)</style></head>
      <body><main>
      <header><h1>\(name)</h1><p>\(HTMLText.escaped(container)), \
      \(PrintableText.bytes(stream.length + stream.trailingBytes))</p></header>

      """)
  }

  mutating func putEnd() throws(VMStateError) {
    try text.put(
      """
      <footer>Made by vmstate-dump. Sizes are bytes of the stream; offsets count from its first \
      byte.</footer>
      </main><script>\(ReportScript.text)</script></body></html>

      """)
    try text.flush()
  }

  // MARK: Problems and facts

  mutating func putProblems() throws(VMStateError) {
    let warnings = stream.warnings
    guard !stream.problems.isEmpty || !warnings.isEmpty || stream.unreadBytes > 0 else {
      return try text.put(
        "<section class=\"card good\" id=\"problems\">No problems were found.</section>\n")
    }
    try text.put(
      "<section class=\"card problems\" id=\"problems\"><h2>Problems</h2><ol>\n")
    for problem in stream.problems.prefix(Self.shownProblems) {
      var line = HTMLText.escaped(problem.error.description)
      if let resumes = problem.resumes {
        line += " <em>The walk goes on at byte \(resumes), a guess.</em>"
      }
      try text.put("<li>\(line)</li>\n")
    }
    for warning in warnings.prefix(Self.shownProblems) {
      try text.put("<li>\(HTMLText.escaped(warning))</li>\n")
    }
    if stream.unreadBytes > 0 {
      try text.put("<li>\(HTMLText.grouped(stream.unreadBytes)) bytes could not be read.</li>\n")
    }
    let more = stream.problems.count + warnings.count - 2 * Self.shownProblems
    if more > 0 { try text.put("<li>… and more</li>\n") }
    try text.put("</ol></section>\n")
  }

  mutating func putFacts() throws(VMStateError) {
    try text.put("<section class=\"card\"><dl>\n")
    for (name, value) in facts {
      try text.put("<div><dt>\(name)</dt><dd>\(HTMLText.escaped(value))</dd></div>\n")
    }
    try text.put("</dl>")
    let capabilities = stream.configuration?.orderedCapabilities ?? []
    if !capabilities.isEmpty {
      let chips = capabilities.prefix(64).map { "<span>\(HTMLText.escaped($0))</span>" }
      try text.put("<p class=\"note\" style=\"margin:14px 0 4px\">capabilities</p>")
      try text.put("<div class=\"chips\">\(chips.joined())</div>")
    }
    try text.put("</section>\n")
  }

  private var facts: [(String, String)] {
    let pages = stream.memory.pages
    var facts = [("machine", stream.configuration?.machineTypeText ?? "not said")]
    if let state = runState { facts.append(("run state", state)) }
    facts += [
      ("guest memory", PrintableText.bytes(stream.memory.total)),
      ("page size", PrintableText.bytes(UInt64(stream.memory.pageSize))),
      ("sections", HTMLText.grouped(rows.count)),
      ("pages sent", HTMLText.grouped(pages.total)),
      ("of them zeros", HTMLText.grouped(pages.zero)),
      ("JSON description", stream.description == nil ? "none" : "yes"),
    ]
    if pages.xbzrle > 0 { facts.append(("XBZRLE pages", HTMLText.grouped(pages.xbzrle))) }
    if pages.compressed > 0 { facts.append(("compressed", HTMLText.grouped(pages.compressed))) }
    if stream.trailingBytes > 0 {
      facts.append(("bytes behind the end", HTMLText.grouped(stream.trailingBytes)))
    }
    return facts
  }

  private var runState: String? {
    for case .section(let section) in stream.elements where section.idstr == "globalstate" {
      guard let table = section.table, let fields = section.state?.fields else { continue }
      for (field, value) in zip(table.fields, fields) where field.name == "runstate" {
        guard case .bytes(let bytes) = value else { continue }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    return nil
  }
}
