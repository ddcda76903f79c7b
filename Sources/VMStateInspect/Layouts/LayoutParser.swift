/// Reads the texts of the library.
///
/// A line that begins with `#` opens a description: name, version, oldest version; ` = KEY`
/// names one of two descriptions that share a name, ` ~ 7.2` says which QEMU writes it. A
/// line that begins with `+` opens a subsection of it, one with `++` a subsection of that.
/// All other lines hold fields with `; ` between them, each `name:type*count@since?condition`;
/// a name alone with `:check?condition` is a value's check. Names of types are those of the
/// JSON description; `struct:KEY` and `tmp:KEY` nest another layout, `virtio:KEY` nests one
/// whose bytes are one field of the JSON.
struct LayoutParser {
  private(set) var layouts: [Layout] = []
  // The subsections that are open, outermost first.
  private var open: [Layout] = []

  /// Reads a text; it is a part of the program, so that a mistake in it is one of the program.
  static func parse(_ text: String) -> [Layout] {
    var parser = LayoutParser()
    for line in text.split(separator: "\n") {
      guard parser.read(line) else { preconditionFailure("layout text: \(line)") }
    }
    parser.close(to: 0)
    return parser.layouts.map(numbered)
  }

  private mutating func read(_ line: Substring) -> Bool {
    if line.hasPrefix("#") { return begin(line.dropFirst()) }
    if line.hasPrefix("+") { return beginSubsection(line) }
    for part in line.split(separator: ";") {
      guard let field = LayoutField(trimmed(part)) else { return false }
      guard !open.isEmpty else { return false }
      open[open.count - 1].fields.append(field)
    }
    return true
  }

  private mutating func begin(_ line: Substring) -> Bool {
    close(to: 0)
    let eras = line.split(separator: "~")
    let keys = eras[0].split(separator: "=")
    guard var layout = Layout(header: trimmed(keys[0])) else { return false }
    if keys.count > 1 { layout.key = trimmed(keys[1]) }
    if eras.count > 1 {
      layout.era = Layout.Era(rawValue: trimmed(eras[1]))
      if layout.era == nil { return false }
    }
    open = [layout]
    return true
  }

  private mutating func beginSubsection(_ line: Substring) -> Bool {
    let depth = line.prefix { $0 == "+" }.count
    guard depth <= open.count, let layout = Layout(header: trimmed(line.dropFirst(depth)))
    else { return false }
    close(to: depth)
    open.append(layout)
    return true
  }

  /// Ends the descriptions that are open below a depth.
  private mutating func close(to depth: Int) {
    while open.count > depth, let layout = open.popLast() {
      if open.isEmpty {
        layouts.append(layout)
      } else {
        open[open.count - 1].subsections.append(layout)
      }
    }
  }

  /// Numbers the fields whose names occur more than once.
  static func numbered(_ layout: Layout) -> Layout {
    var layout = layout
    var counts: [String: Int] = [:]
    for field in layout.fields { counts[field.name, default: 0] += 1 }
    var next: [String: Int] = [:]
    for index in layout.fields.indices {
      let name = layout.fields[index].variable
      guard counts[name, default: 0] > 1 else { continue }
      layout.fields[index].name = "\(name)[\(next[name, default: 0])]"
      next[name, default: 0] += 1
    }
    layout.subsections = layout.subsections.map(numbered)
    return layout
  }
}

/// A text without the spaces around it.
private func trimmed(_ text: Substring) -> String {
  let head = text.drop { $0 == " " }
  guard let last = head.lastIndex(where: { $0 != " " }) else { return "" }
  return String(head[...last])
}

extension Layout {
  /// Name, version, oldest version.
  fileprivate init?(header: String) {
    let words = header.split(separator: " ")
    guard words.count >= 3, let version = Int(words[words.count - 2]),
      let minimum = Int(words[words.count - 1])
    else { return nil }
    let name = words.dropLast(2).joined(separator: " ")
    self.init(name: name, version: version, minimumVersion: minimum, key: name, era: nil)
  }
}

extension LayoutField {
  fileprivate init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    name = String(text[..<colon])
    variable = name
    var rest = text[text.index(after: colon)...]
    let condition = Self.take("?", &rest)
    let since = Self.take("@", &rest)
    let count = Self.take("*", &rest)
    type = String(rest.prefix { $0 != ":" && $0 != "(" })
    guard let body = Self.body(type, rest, condition) else { return nil }
    self.body = body
    if let since {
      guard let number = Int(since) else { return nil }
      self.since = number
    }
    if let count {
      guard let expression = LayoutExpression(count) else { return nil }
      self.count = expression
    }
    guard let condition, type != "check" else { return }
    guard let expression = LayoutExpression(condition) else { return nil }
    self.condition = expression
  }

  /// Takes what follows a sign outside of parentheses, and the sign.
  private static func take(_ sign: Character, _ text: inout Substring) -> Substring? {
    var depth = 0
    for index in text.indices {
      let character = text[index]
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      guard character == sign, depth == 0 else { continue }
      let tail = text[text.index(after: index)...]
      text = text[..<index]
      return tail
    }
    return nil
  }

  private static func body(
    _ type: String, _ text: Substring, _ condition: Substring?
  ) -> Body? {
    let rest = text.dropFirst(type.count)
    if rest.first == ":" {
      let key = String(rest.dropFirst())
      return type == "struct" || type == "tmp" ? .nested(key: key) : .opaque(key: key)
    }
    if rest.first == "(", rest.last == ")" {
      return LayoutExpression(rest.dropFirst().dropLast()).map { .leaf($0) }
    }
    if type == "check" { return condition.flatMap { LayoutExpression($0) }.map { .check($0) } }
    return FieldTypes.size(of: type).map { .leaf(.number($0)) }
  }
}
