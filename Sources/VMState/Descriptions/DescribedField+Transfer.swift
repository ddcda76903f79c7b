extension DescribedField {
  func load(
    from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) -> DescribedState.Value {
    let before = reader.position
    try context.holdDescribed(MemoryLayout<DescribedState.Value>.stride, at: before)
    if context.observer != nil { context.path.append(pathName) }
    defer { if context.observer != nil { context.path.removeLast() } }
    do throws(VMStateError) {
      let value = try loadContent(from: &reader, context)
      context.observer?.observe(
        .field(
          path: context.path, type: type, count: count, offset: before,
          length: reader.position - before))
      return value
    } catch {
      throw error.within(pathName)
    }
  }

  private func loadContent(
    from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) -> DescribedState.Value {
    switch content {
    case .leaf:
      let (total, overflow) = size.multipliedReportingOverflow(by: count)
      // The array's own header, and its bytes; a length beyond all limits is refused below.
      try context.holdDescribed(overflow ? .max : max(32, total), at: reader.position)
      return .bytes(
        try reader.getBytes(overflow ? .max : total, limit: context.limits.fieldBytes))
    case .structure(let table):
      try context.checkElements(count, 1)
      var states: [DescribedState] = []
      for index in 0..<count {
        do throws(VMStateError) {
          states.append(try table.load(from: &reader, context))
        } catch {
          throw count > 1 ? error.within("[\(index)]") : error
        }
      }
      return .structures(states)
    case .list(let tables): return .structures(try loadMarked(tables, from: &reader, context))
    case .tree(let tables): return try loadTree(tables, from: &reader, context)
    }
  }

  private static func marker(
    _ expected: UInt8, from reader: inout StreamReader
  ) throws(VMStateError) {
    let offset = reader.position
    let byte = try reader.get(UInt8.self)
    guard byte == expected else {
      throw VMStateError(
        .badDescription, "a list of another length than the description says", offset: offset,
        expected: "marker \(expected)", found: "\(byte)")
    }
  }

  private func loadMarked(
    _ tables: [DescribedTable], from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) -> [DescribedState] {
    var states: [DescribedState] = []
    for (index, table) in tables.enumerated() {
      do throws(VMStateError) {
        try Self.marker(1, from: &reader)
        states.append(try table.load(from: &reader, context))
      } catch {
        throw error.within("[\(index)]")
      }
    }
    try Self.marker(0, from: &reader)
    return states
  }

  /// A tree's keys are described if there are two tables for each node.
  private func loadTree(
    _ tables: [DescribedTable], from reader: inout StreamReader, _ context: LoadContext
  ) throws(VMStateError) -> DescribedState.Value {
    let offset = reader.position
    let count = Int(try reader.get(UInt32.self))
    let describesKeys = tables.count == 2 * count
    guard describesKeys || tables.count == count else {
      throw VMStateError(
        .badDescription, "a tree of another size than the description says", offset: offset,
        expected: "\(tables.count) described parts", found: "\(count) nodes")
    }
    var keys: [UInt64] = []
    var nodes: [DescribedState] = []
    for index in 0..<count {
      try Self.marker(1, from: &reader)
      if describesKeys {
        nodes.append(try tables[2 * index].load(from: &reader, context))
        nodes.append(try tables[2 * index + 1].load(from: &reader, context))
      } else {
        keys.append(try reader.get(UInt64.self))
        nodes.append(try tables[index].load(from: &reader, context))
      }
    }
    try Self.marker(0, from: &reader)
    return .tree(keys: keys, nodes: nodes)
  }

  // MARK: Save

  private var shapeError: VMStateError {
    VMStateError(.badDescription, "the value does not have the shape of its description")
  }

  func save(
    _ value: DescribedState.Value, to writer: inout StreamWriter
  ) throws(VMStateError) {
    switch (content, value) {
    case (.leaf, .bytes(let bytes)):
      let total = size.multipliedReportingOverflow(by: count)
      guard !total.overflow, bytes.count == total.partialValue else { throw shapeError }
      writer.put(bytes: bytes)
    case (.structure(let table), .structures(let states)):
      guard states.count == count else { throw shapeError }
      for state in states { try table.save(state, to: &writer) }
    case (.list(let tables), .structures(let states)):
      guard states.count == tables.count else { throw shapeError }
      for (table, state) in zip(tables, states) {
        writer.put(UInt8(1))
        try table.save(state, to: &writer)
      }
      writer.put(UInt8(0))
    case (.tree(let tables), .tree(let keys, let nodes)):
      let hasNumbers = keys.count == nodes.count
      guard nodes.count == tables.count, hasNumbers || keys.isEmpty && nodes.count % 2 == 0
      else { throw shapeError }
      try saveTree(tables, keys, nodes, to: &writer)
    default: throw shapeError
    }
  }

  private func saveTree(
    _ tables: [DescribedTable], _ keys: [UInt64], _ nodes: [DescribedState],
    to writer: inout StreamWriter
  ) throws(VMStateError) {
    let perNode = keys.isEmpty ? 2 : 1
    writer.put(UInt32(nodes.count / perNode))
    for index in 0..<nodes.count / perNode {
      writer.put(UInt8(1))
      if perNode == 1 { writer.put(keys[index]) }
      for part in index * perNode..<(index + 1) * perNode {
        try tables[part].save(nodes[part], to: &writer)
      }
    }
    writer.put(UInt8(0))
  }
}
