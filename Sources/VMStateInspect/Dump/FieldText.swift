import VMState

/// A field's lines of text.
enum FieldText {
  /// Bytes that are shown in the field's own line.
  private static let shortBuffer = 16
  /// Most bytes of a buffer and elements of an array that are shown.
  private static let mostShown = 1 << 16

  /// The lines.
  ///
  /// - Parameter isAlone: The field stands for itself: its whole path is shown.
  static func lines(_ entry: FieldEntry, isAlone: Bool) -> [String] {
    let name = PrintableText.escaped(isAlone ? entry.path : entry.name)
    let type = PrintableText.escaped(entry.type)
    let head =
      PrintableText.right("\(entry.offset)", 10) + "  "
      + (isAlone ? "" : indent(entry)) + name
    switch entry.content {
    case .leaf(let leaf): return self.lines(leaf, entry, "\(head): \(type)", isAlone)
    case .structure(let table, let version):
      let table = PrintableText.escaped(table)
      return ["\(head): \(type) \(table) version \(version), \(entry.length) bytes"]
    case .list(let count): return ["\(head): \(type) of \(count) elements"]
    case .tree(let count): return ["\(head): \(type) of \(count) nodes"]
    case .subsection(let version): return ["\(head): subsection version \(version)"]
    }
  }

  /// The spaces in front of a further line.
  static func indent(_ entry: FieldEntry, isAlone: Bool) -> String {
    String(repeating: " ", count: 16) + (isAlone ? "" : indent(entry))
  }

  private static func indent(_ entry: FieldEntry) -> String {
    String(repeating: "  ", count: min(entry.depth, 64))
  }

  private static func lines(
    _ leaf: Leaf, _ entry: FieldEntry, _ head: String, _ isAlone: Bool
  ) -> [String] {
    let space = indent(entry, isAlone: isAlone)
    if leaf.kind == .bytes { return buffer(leaf.bytes, head, space, isUnused: entry.isUnused) }
    guard leaf.count > 1 else { return ["\(head) = \(text(leaf))"] }
    let left = leaf.count - mostShown
    var leaf = leaf
    leaf.count = min(leaf.count, mostShown)
    let lines = LeafText.lines(leaf) + (left > 0 ? ["… \(left) more"] : [])
    let count = leaf.count + max(0, left)
    guard lines.count > 1 else { return ["\(head)[\(count)] = \(lines[0])"] }
    return ["\(head)[\(count)] ="] + lines.map { space + $0 }
  }

  private static func text(_ leaf: Leaf) -> String {
    if leaf.kind == .timer, case .signed(let time) = leaf[0] { return LeafText.time(time) }
    return LeafText.text(leaf[0], size: leaf.size)
  }

  private static func buffer(
    _ bytes: [UInt8], _ head: String, _ space: String, isUnused: Bool
  ) -> [String] {
    if bytes.allSatisfy({ $0 == 0 }), bytes.count > shortBuffer || isUnused {
      return ["\(head) = \(bytes.count) zero bytes"]
    }
    guard bytes.count > shortBuffer else {
      let digits = bytes.map { hexadecimal($0) }.joined(separator: " ")
      return ["\(head) = \(digits)"]
    }
    let left = bytes.count - mostShown
    let lines = HexDump.lines(bytes.prefix(mostShown)) + (left > 0 ? ["… \(left) more bytes"] : [])
    return ["\(head), \(bytes.count) bytes"] + lines.map { space + $0 }
  }
}

extension FieldEntry {
  /// True for bytes that QEMU writes as zeros and does not look at.
  var isUnused: Bool { type == "unused_buffer" }
}
