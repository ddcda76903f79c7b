import VMState

extension Patch {
  /// A body without the subsections to leave out.
  struct Trimmed {
    var table: DescribedTable
    var state: DescribedState
    /// What was left out: the pattern, and the path.
    var dropped: [(pattern: String, path: String)] = []
  }

  /// Leaves subsections out of a body and of the structures in it. The sizes in the layout
  /// follow.
  ///
  /// - Parameter path: What the paths of the body's fields begin with. An element of an array
  ///   goes by the array's name: its layout is that of all elements.
  func trimmed(
    _ table: DescribedTable, _ state: DescribedState, _ path: String
  ) -> Trimmed {
    var result = Trimmed(table: table, state: state)
    for index in result.table.fields.indices { trim(field: index, of: &result, path) }
    for index in result.table.subsections.indices.reversed() {
      let subsection = result.table.subsections[index]
      let inner = "\(path)/\(subsection.name)"
      if let pattern = droppedSubsections.first(where: { $0 == inner || $0 == subsection.name }) {
        result.table.subsections.remove(at: index)
        result.state.subsections.remove(at: index)
        result.dropped.append((pattern, inner))
      } else {
        let part = trimmed(subsection, result.state.subsections[index], inner)
        result.table.subsections[index] = part.table
        result.state.subsections[index] = part.state
        result.dropped += part.dropped
      }
    }
    return result
  }

  private func trim(field index: Int, of result: inout Trimmed, _ path: String) {
    let field = result.table.fields[index]
    let value = result.state.fields[index]
    let name = field.count > 1 ? field.name : field.pathName
    let before = WireLength.of(field, value)
    switch (field.content, value) {
    case (.structure(let table), .structures(let states)):
      let parts = states.map { trimmed(table, $0, "\(path)/\(name)") }
      guard let first = parts.first, !first.dropped.isEmpty else { return }
      result.table.fields[index].content = .structure(first.table)
      result.state.fields[index] = .structures(parts.map(\.state))
      result.dropped += first.dropped
    case (.list(let tables), .structures(let states)):
      let parts = trimmed(tables, states, "\(path)/\(name)", 1)
      result.table.fields[index].content = .list(parts.map(\.table))
      result.state.fields[index] = .structures(parts.map(\.state))
      result.dropped += parts.flatMap(\.dropped)
    case (.tree(let tables), .tree(let keys, let nodes)):
      let parts = trimmed(tables, nodes, "\(path)/\(name)", keys.isEmpty ? 2 : 1)
      result.table.fields[index].content = .tree(parts.map(\.table))
      result.state.fields[index] = .tree(keys: keys, nodes: parts.map(\.state))
      result.dropped += parts.flatMap(\.dropped)
    default: return
    }
    let after = WireLength.of(result.table.fields[index], result.state.fields[index])
    result.table.fields[index].size -= (before - after) / max(1, field.count)
  }

  private func trimmed(
    _ tables: [DescribedTable], _ states: [DescribedState], _ path: String, _ perNode: Int
  ) -> [Trimmed] {
    zip(tables, states).enumerated().map { index, part in
      let name = "\(path)[\(index / perNode)]"
      guard perNode == 2 else { return trimmed(part.0, part.1, name) }
      return trimmed(part.0, part.1, "\(name)/\(index % 2 == 0 ? "key" : "value")")
    }
  }
}
