import VMState

/// How many bytes a section has by its own stream's description.
struct OwnLength {
  let table: DescribedTable

  /// Measures a body that begins at the cursor.
  ///
  /// - Throws: `endOfStream`, `badDescription` where the bytes do not fit.
  func measure(_ cursor: inout ByteCursor) throws(VMStateError) -> UInt64 {
    let start = cursor.position
    try pass(table, &cursor, depth: 0)
    return cursor.position - start
  }

  private func pass(
    _ table: DescribedTable, _ cursor: inout ByteCursor, depth: Int
  ) throws(VMStateError) {
    guard depth < 64 else { throw VMStateError(.limitExceeded, "structures are nested too deep") }
    for field in table.fields { try pass(field, &cursor, depth: depth) }
    for inner in table.subsections {
      // Type byte, counted name, version.
      try cursor.skip(UInt64(6 + inner.name.utf8.count))
      try pass(inner, &cursor, depth: depth + 1)
    }
  }

  private func pass(
    _ field: DescribedField, _ cursor: inout ByteCursor, depth: Int
  ) throws(VMStateError) {
    switch field.content {
    case .structure(let inner):
      for _ in 0..<field.count { try pass(inner, &cursor, depth: depth + 1) }
    case .leaf, .list, .tree:
      // The size that QEMU noted covers the markers of lists and trees, too.
      let (total, overflow) = field.size.multipliedReportingOverflow(by: field.count)
      guard !overflow else { throw VMStateError(.limitExceeded, "a field is too long") }
      try cursor.skip(UInt64(total))
    }
  }
}
