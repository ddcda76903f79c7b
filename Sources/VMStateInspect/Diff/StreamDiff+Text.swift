import VMState

extension StreamDiff {
  /// Writes the differences as lines of text; nothing if there are none.
  ///
  /// - Throws: The output's error.
  public func writeText(to output: any TextOutput) throws(VMStateError) {
    var text = TextBuffer(output)
    for difference in differences {
      try text.line("\(difference.kind.rawValue) \(PrintableText.escaped(difference.path))")
      if let first = difference.first {
        try text.line("  - " + PrintableText.escaped(first) + Self.place(difference.firstOffset))
      }
      if let second = difference.second {
        try text.line("  + " + PrintableText.escaped(second) + Self.place(difference.secondOffset))
      }
    }
    for block in memory { try write(block, &text) }
    try text.flush()
  }

  private static func place(_ offset: UInt64?) -> String {
    offset.map { "  (at \($0))" } ?? ""
  }

  private func write(
    _ block: MemoryDifference, _ text: inout TextBuffer
  ) throws(VMStateError) {
    try text.line(
      "memory ram/\(PrintableText.escaped(block.idstr)): \(block.pages) of \(block.total) pages "
        + "differ")
    for range in block.ranges {
      let pages = UInt64(range.count) / UInt64(block.pageSize)
      try text.line(
        "  0x\(String(range.lowerBound, radix: 16))-0x\(String(range.upperBound, radix: 16))  "
          + (pages == 1 ? "1 page" : "\(pages) pages"))
    }
    if block.isCut { try text.line("  and more") }
  }

  /// Writes the differences as JSON.
  ///
  /// - Throws: The output's error.
  public func writeJSON(to output: any TextOutput) throws(VMStateError) {
    let value = JSONValue.object([
      .init(key: "schema", value: .integer(1)),
      .init(key: "equal", value: .bool(isEmpty)),
      .init(key: "ignored", value: .integer(ignored)),
      .init(key: "differences", value: .array(differences.map(\.json))),
      .init(key: "memory", value: .array(memory.map(\.json))),
    ])
    var text = TextBuffer(output)
    try text.line(value.prettyText())
    try text.flush()
  }
}

extension StreamDifference {
  fileprivate var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init(key: "kind", value: .string(kind.rawValue)),
      .init(key: "path", value: .string(path)),
      .init(key: "first", value: first.map { .string($0) } ?? .null),
      .init(key: "second", value: second.map { .string($0) } ?? .null),
    ]
    if let firstOffset {
      members.append(.init(key: "first_offset", value: .integer(firstOffset)))
    }
    if let secondOffset {
      members.append(.init(key: "second_offset", value: .integer(secondOffset)))
    }
    return .object(members)
  }
}

extension MemoryDifference {
  fileprivate var json: JSONValue {
    .object([
      .init(key: "block", value: .string(idstr)),
      .init(key: "page_size", value: .integer(pageSize)),
      .init(key: "pages", value: .integer(pages)),
      .init(key: "total", value: .integer(total)),
      .init(
        key: "ranges",
        value: .array(
          ranges.map { .array([.integer($0.lowerBound), .integer($0.upperBound)]) })),
      .init(key: "cut", value: .bool(isCut)),
    ])
  }
}
