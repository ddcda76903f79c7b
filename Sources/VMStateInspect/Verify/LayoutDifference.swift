import VMState

/// The first place where two layouts of a section part.
public struct LayoutDifference: Sendable, Hashable {
  /// Names down to the field.
  public var path: [String]
  /// What the first layout has there.
  public var left: String
  /// What the second layout has there.
  public var right: String

  /// As a sentence.
  public var text: String {
    "\(path.joined(separator: "/")): \(left) here, \(right) in the good one"
  }

  /// Compares two layouts; nil if they read the same bytes.
  ///
  /// Counts of lists that belong to the moment (queues) are not compared.
  public static func first(_ left: DescribedTable, _ right: DescribedTable) -> LayoutDifference? {
    first(left, right, [])
  }

  private static func first(
    _ left: DescribedTable, _ right: DescribedTable, _ path: [String]
  ) -> LayoutDifference? {
    if left.version != right.version {
      return LayoutDifference(
        path: path + [left.name], left: "version \(left.version)", right: "version \(right.version)"
      )
    }
    for position in 0..<max(left.fields.count, right.fields.count) {
      let one = position < left.fields.count ? left.fields[position] : nil
      let other = position < right.fields.count ? right.fields[position] : nil
      if let found = first(one, other, path) { return found }
    }
    return subsections(left, right, path)
  }

  private static func first(
    _ left: DescribedField?, _ right: DescribedField?, _ path: [String]
  ) -> LayoutDifference? {
    let name = path + [(left ?? right)?.pathName ?? ""]
    guard let left, let right else {
      return LayoutDifference(path: name, left: text(left), right: text(right))
    }
    if case .structure(let one) = left.content, case .structure(let other) = right.content,
      left.count == right.count
    {
      return first(one, other, name)
    }
    switch (left.content, right.content) {
    case (.list, .list), (.tree, .tree): if left.name == right.name { return nil }
    default: break
    }
    // A field that was only renamed reads the same bytes.
    guard left.size != right.size || left.count != right.count || left.isLeaf != right.isLeaf
    else { return nil }
    return LayoutDifference(path: name, left: text(left), right: text(right))
  }

  private static func subsections(
    _ left: DescribedTable, _ right: DescribedTable, _ path: [String]
  ) -> LayoutDifference? {
    let names = left.subsections.map(\.name)
    let others = right.subsections.map(\.name)
    for (one, other) in zip(left.subsections, right.subsections) where one.name == other.name {
      if let found = first(one, other, path + [one.name]) { return found }
    }
    guard names != others else { return nil }
    let extra = names.first { !others.contains($0) } ?? others.first { !names.contains($0) }
    guard let extra else { return nil }
    return LayoutDifference(
      path: path + [extra], left: names.contains(extra) ? "a subsection" : "no subsection",
      right: others.contains(extra) ? "a subsection" : "no subsection")
  }

  private static func text(_ field: DescribedField?) -> String {
    guard let field else { return "no further field" }
    let count = field.count > 1 ? " × \(field.count)" : ""
    return "'\(field.name)' \(field.type) of \(field.size) bytes\(count)"
  }
}

extension DescribedField {
  fileprivate var isLeaf: Bool { if case .leaf = content { true } else { false } }
}

extension DescribedTable {
  /// Bytes of a body without subsections and lists, whose lengths belong to the moment.
  var fixedSize: Int {
    fields.reduce(0) { sum, field in
      switch field.content {
      case .leaf: sum &+ field.size &* field.count
      case .structure(let table): sum &+ table.fixedSize &* field.count
      case .list, .tree: sum
      }
    }
  }
}
