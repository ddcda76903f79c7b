import VMState

/// The values of a section's fields, by name.
struct FieldValues {
  private let table: DescribedTable
  private let state: DescribedState

  init(_ table: DescribedTable, _ state: DescribedState) {
    self.table = table
    self.state = state
  }

  /// One field's value.
  struct Value {
    fileprivate let field: DescribedField
    fileprivate let value: DescribedState.Value

    /// Its bytes; none for structures.
    var bytes: [UInt8] {
      guard case .bytes(let bytes) = value else { return [] }
      return bytes
    }

    /// The big-endian number in its first eight bytes.
    var number: UInt64 { bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

    /// Its structures.
    var structures: [FieldValues] {
      guard case .structures(let states) = value else { return [] }
      switch field.content {
      case .structure(let table): return states.map { FieldValues(table, $0) }
      case .list(let tables) where tables.count == states.count:
        return zip(tables, states).map { FieldValues($0, $1) }
      default: return []
      }
    }
  }

  /// The value of the first field with a name. Elements that each have an entry are one.
  subscript(name: String) -> Value? {
    guard let index = table.fields.firstIndex(where: { $0.name == name }),
      index < state.fields.count
    else { return nil }
    return Value(field: table.fields[index], value: state.fields[index])
  }

  /// All structures of a name, also where each has an entry of its own.
  func structures(_ name: String) -> [FieldValues] {
    zip(table.fields, state.fields).filter { $0.0.name == name }
      .flatMap { Value(field: $0.0, value: $0.1).structures }
  }

  /// A subsection.
  func subsection(_ name: String) -> FieldValues? {
    guard let index = table.subsections.firstIndex(where: { $0.name == name }),
      index < state.subsections.count
    else { return nil }
    return FieldValues(table.subsections[index], state.subsections[index])
  }
}
