import VMState

/// Which bytes of a state some row covers.
struct CoveredBytes {
  enum State {
    case none
    case some
    case all
  }

  private var bytes: [Bool]

  init(size: Int) { bytes = Array(repeating: false, count: size) }

  /// Adds what a table at an offset covers, its subsections included.
  mutating func add(_ schema: DescriptionSchema, at base: Int) {
    for field in schema.fields where field.role != .validation { add(field, at: base) }
    for subsection in schema.subsections { add(subsection, at: base) }
  }

  private mutating func add(_ field: FieldSchema, at base: Int) {
    if let nested = field.nested.first, let place = nested.place {
      for index in 0..<place.count {
        add(nested.schema, at: base + place.offset + index * place.stride)
      }
    } else {
      for range in field.memory {
        for byte in range where base + byte < bytes.count { bytes[base + byte] = true }
      }
    }
  }

  func state(of range: Range<Int>) -> State {
    let count = bytes[range].count { $0 }
    return count == 0 ? .none : count == range.count ? .all : .some
  }
}

/// The tables of elements that are not part of the state's own memory: those of arrays, lists,
/// trees and pointers. Several rows over the same property are taken together.
struct ElementTables {
  var offset: Int
  var row: String
  var type: any Any.Type
  var schemas: [DescriptionSchema]

  static func of(_ schemas: [DescriptionSchema]) -> [ElementTables] {
    var tables: [ElementTables] = []
    for schema in schemas { collect(schema, 0, "", &tables) }
    return tables
  }

  private static func collect(
    _ schema: DescriptionSchema, _ base: Int, _ path: String, _ tables: inout [ElementTables]
  ) {
    for field in schema.fields {
      for nested in field.nested where nested.role != .temporary {
        if let place = nested.place {
          guard place.count > 0 else { continue }
          collect(nested.schema, base + place.offset, "\(path)\(field.name).", &tables)
        } else if let memory = field.memory.first {
          add(nested.schema, base + memory.lowerBound, path + field.name, &tables)
        }
      }
    }
    for subsection in schema.subsections { collect(subsection, base, path, &tables) }
  }

  private static func add(
    _ schema: DescriptionSchema, _ offset: Int, _ row: String, _ tables: inout [ElementTables]
  ) {
    let index = tables.firstIndex { $0.offset == offset && $0.type == schema.stateType }
    if let index {
      tables[index].schemas.append(schema)
    } else {
      tables.append(
        ElementTables(offset: offset, row: row, type: schema.stateType, schemas: [schema]))
    }
  }
}
