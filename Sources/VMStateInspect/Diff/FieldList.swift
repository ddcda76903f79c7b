import VMState

/// The fields of a body by paths that are all different.
struct FieldList {
  /// A field with its unique path.
  struct Item {
    var path: String
    var entry: FieldEntry
  }

  private(set) var items: [Item] = []
  private(set) var index: [String: Int] = [:]

  init(_ section: WalkedSection, label: String) throws(VMStateError) {
    guard let table = section.table, let state = section.state else { return }
    let body = DescribedBodyPiece(table: table, state: state, origin: section.origin ?? .stream)
    var found: [FieldEntry] = []
    try FieldTree.visit(body, section: label, at: section.bodyOffset) {
      entry throws(VMStateError) in
      found.append(entry)
      return true
    }
    var uses: [String: Int] = [:]
    for entry in found {
      uses[entry.path, default: 0] += 1
      let use = uses[entry.path] ?? 1
      let path = use == 1 ? entry.path : "\(entry.path)~\(use)"
      index[path] = items.count
      items.append(Item(path: path, entry: entry))
    }
  }

  subscript(path: String) -> FieldEntry? { index[path].map { items[$0].entry } }
}

extension FieldEntry {
  /// What it is made of, for comparing layouts: type and size, or structure and version.
  var shape: String {
    switch content {
    case .leaf(let leaf):
      leaf.count == 1 ? "\(type), \(leaf.size) bytes" : "\(type)[\(leaf.count)], \(leaf.size) bytes"
    case .structure(let name, let version): "\(type) \(name) version \(version)"
    case .list(let count): "\(type) of \(count) elements"
    case .tree(let count): "\(type) of \(count) nodes"
    case .subsection(let version): "subsection version \(version)"
    }
  }

  /// The value in a few words.
  var valueText: String {
    guard let leaf else { return shape }
    if leaf.kind == .bytes { return Self.short(leaf.bytes) }
    guard leaf.count > 1 else { return Self.text(leaf, 0) }
    return "\(leaf.count) elements"
  }

  /// One element's value.
  static func text(_ leaf: Leaf, _ index: Int) -> String {
    let value = leaf[index]
    if leaf.kind == .timer, case .signed(let time) = value { return LeafText.time(time) }
    return LeafText.text(value, size: leaf.size)
  }

  private static func short(_ bytes: [UInt8]) -> String {
    let digits = bytes.prefix(16).map { hexadecimal($0) }.joined(separator: " ")
    return bytes.count > 16 ? "\(digits) … (\(bytes.count) bytes)" : digits
  }
}
