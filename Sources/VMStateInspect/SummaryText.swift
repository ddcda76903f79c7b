import VMState

/// The `summary` of a walked stream, as lines of text.
public enum SummaryText {
  /// The lines.
  public static func lines(_ stream: WalkedStream, file: String) -> [String] {
    var lines = ["\(PrintableText.escaped(file))"]
    lines += head(stream).map { "  \(PrintableText.left($0.0, 13))\($0.1)" }
    lines += memory(stream.memory)
    lines += sections(stream)
    lines += stream.warnings.map { "  warning      \($0)" }
    return lines
  }

  private static func head(_ stream: WalkedStream) -> [(String, String)] {
    var rows: [(String, String)] = []
    if let configuration = stream.configuration {
      rows.append(("machine", PrintableText.escaped(configuration.machineTypeText)))
      if !configuration.capabilities.isEmpty {
        let names = configuration.capabilities.sorted().map(PrintableText.escaped)
        rows.append(("capabilities", names.joined(separator: ", ")))
      }
    } else {
      rows.append(("machine", "not said (no configuration section)"))
    }
    if let state = runState(stream) { rows.append(("run state", PrintableText.escaped(state))) }
    if let size = stream.description?.pageSize { rows.append(("page size", "\(size)")) }
    rows.append(("length", "\(stream.length) bytes"))
    if stream.trailingBytes > 0 {
      rows.append(("trailing", "\(stream.trailingBytes) bytes after the end"))
    }
    if let range = stream.descriptionRange {
      rows.append(("description", "\(range.count - 5) bytes of JSON at \(range.lowerBound)"))
    } else {
      rows.append(("description", "none"))
    }
    return rows
  }

  /// The run state's name out of the `globalstate` section.
  static func runState(_ stream: WalkedStream) -> String? {
    for case .section(let section) in stream.elements where section.idstr == "globalstate" {
      guard let fields = section.state?.fields, fields.count > 1, case .bytes(let bytes) = fields[1]
      else { continue }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return nil
  }

  private static func memory(_ memory: WalkedMemory) -> [String] {
    guard !memory.blocks.isEmpty else { return [] }
    var lines = [
      "", "  memory       \(PrintableText.bytes(memory.total)) in \(memory.blocks.count) blocks",
    ]
    let width = (memory.blocks.map { PrintableText.escaped($0.idstr).count }.max() ?? 0) + 2
    for block in memory.blocks {
      let name = PrintableText.left(PrintableText.escaped(block.idstr), width)
      let size = PrintableText.right(PrintableText.bytes(block.length), 10)
      lines.append("    \(name)\(size)   \(pages(block.pages))")
    }
    return lines
  }

  private static func pages(_ pages: WalkedMemory.PageCounts) -> String {
    let kinds = [
      ("normal", pages.normal), ("zero", pages.zero), ("xbzrle", pages.xbzrle),
      ("compressed", pages.compressed),
    ].filter { $0.1 > 0 }
    guard !kinds.isEmpty else { return "no pages" }
    return "pages: " + kinds.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
  }

  private static func sections(_ stream: WalkedStream) -> [String] {
    var order: [String] = []
    var sizes: [String: (count: Int, bytes: UInt64)] = [:]
    for case .section(let section) in stream.elements {
      let key = "\(PrintableText.escaped(section.idstr)) \(section.instance)"
      if sizes[key] == nil { order.append(key) }
      sizes[key, default: (0, 0)].count += 1
      sizes[key]!.bytes += section.length
    }
    guard !order.isEmpty else { return [] }
    let width = (order.map(\.count).max() ?? 0) + 2
    var lines = ["", "  sections     \(order.count) by name and instance"]
    for key in order {
      let (count, bytes) = sizes[key]!
      let times = count > 1 ? "  in \(count) sections" : ""
      lines.append(
        "    \(PrintableText.left(key, width))\(PrintableText.right("\(bytes)", 10)) B\(times)")
    }
    return lines
  }
}
