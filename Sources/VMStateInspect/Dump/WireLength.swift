import VMState

/// Bytes that described states take on the wire.
enum WireLength {
  /// Of the body of a table.
  static func of(_ table: DescribedTable, _ state: DescribedState) -> Int {
    var sum = 0
    for (field, value) in zip(table.fields, state.fields) { sum &+= of(field, value) }
    for (subsection, inner) in zip(table.subsections, state.subsections) {
      sum &+= subsectionHeader(subsection) &+ of(subsection, inner)
    }
    return sum
  }

  /// Of a subsection's head: type byte, counted name, be32 version.
  static func subsectionHeader(_ table: DescribedTable) -> Int { 6 + table.name.utf8.count }

  /// Of a field, markers and counts included.
  static func of(_ field: DescribedField, _ value: DescribedState.Value) -> Int {
    switch (field.content, value) {
    case (_, .bytes(let bytes)): return bytes.count
    case (.structure(let table), .structures(let states)):
      return states.reduce(0) { $0 &+ of(table, $1) }
    case (.list(let tables), .structures(let states)):
      return zip(tables, states).reduce(1) { $0 &+ 1 &+ of($1.0, $1.1) }
    case (.tree(let tables), .tree(let keys, let nodes)):
      let count = keys.isEmpty ? nodes.count / 2 : nodes.count
      let inner = zip(tables, nodes).reduce(0) { $0 &+ of($1.0, $1.1) }
      return 5 &+ count &+ 8 &* keys.count &+ inner
    default: return 0
    }
  }
}
