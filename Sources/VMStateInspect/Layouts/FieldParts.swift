import VMState

/// The entries that one field gives in a description: one, one for all elements of an array,
/// or one for each.
///
/// QEMU: `vmstate_save_state_v`, migration/vmstate.c.
struct FieldParts {
  /// The entries.
  private(set) var fields: [DescribedField] = []
  /// Their contents.
  private(set) var values: [DescribedState.Value] = []
  private let field: LayoutField
  private let count: Int?
  private let indexing: StreamProfile.ElementIndex

  init(_ field: LayoutField, count: Int?, indexing: StreamProfile.ElementIndex) {
    self.field = field
    self.count = count
    self.indexing = indexing
  }

  /// The length of an array that has one entry.
  private var sharedLength: Int? { count ?? 1 > 1 ? count : nil }

  /// Adds the bytes of all elements.
  mutating func add(leaf bytes: [UInt8], size: Int, separate: Bool) {
    guard separate, let count = sharedLength else {
      return append(.leaf, .bytes(bytes), size: size, length: sharedLength, index: field.index)
    }
    for index in 0..<count {
      append(
        .leaf, .bytes(Array(bytes[index * size..<(index + 1) * size])), size: size,
        length: nil, index: place(index))
    }
  }

  /// Adds an element that is a structure. One that does not look like those before it gets
  /// an entry of its own: an entry describes equal elements only.
  mutating func add(_ table: DescribedTable, _ state: DescribedState, size: Int, separate: Bool) {
    guard !separate, let last = fields.last, case .structure(let known) = last.content,
      last.size == size, known == table, case .structures(var states) = values[values.count - 1]
    else {
      let index = sharedLength != nil && separate ? place(values.count) : field.index
      return append(
        .structure(table), .structures([state]), size: size, length: nil, index: index)
    }
    values.removeLast()
    states.append(state)
    fields[fields.count - 1].arrayLength = states.count
    values.append(.structures(states))
  }

  /// Adds a list.
  mutating func add(list tables: [DescribedTable], _ states: [DescribedState], size: Int) {
    append(.list(tables), .structures(states), size: size, length: nil, index: field.index)
  }

  private func place(_ index: Int) -> Int? {
    guard let count = sharedLength else { return field.index }
    switch indexing {
    case .every: return index
    case .allButLast: return index == count - 1 ? nil : index
    case .never: return nil
    }
  }

  private mutating func append(
    _ content: DescribedField.Content, _ value: DescribedState.Value, size: Int, length: Int?,
    index: Int?
  ) {
    fields.append(
      DescribedField(
        name: field.name, arrayLength: length, index: index, type: field.type, size: size,
        content: content))
    values.append(value)
  }
}
