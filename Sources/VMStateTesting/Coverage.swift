import VMState

/// Checks that every stored property of a state is a row's, or is said not to travel by a
/// `Local`; nested tables are checked too.
///
/// The properties are found by reflection over a sample and the layout rule of structures
/// (each property at the next offset that its alignment allows). What a forgotten property
/// costs is a device that runs on with a stale value after a load, so this check belongs to
/// every device's tests.
///
/// - Parameters:
///   - description: The table.
///   - sample: A state whose lists, arrays of structures and pointers to structures hold at
///     least one element each, so that their tables can be checked.
/// - Throws: A failure that names the forgotten properties.
public func expectCoverage<State>(
  _ description: VMStateDescription<State>, sample: State
) throws(TestFailure) {
  try checkCoverage([description.schema], sample, "")
}

/// Checks one state against all tables that describe it.
private func checkCoverage(
  _ schemas: [DescriptionSchema], _ value: Any, _ path: String
) throws(TestFailure) {
  let layout = PropertyLayout(value)
  var covered = CoveredBytes(size: layout.size)
  for schema in schemas { covered.add(schema, at: 0) }
  var forgotten: [String] = []
  try collectForgotten(layout, 0, path, covered, &forgotten)
  guard forgotten.isEmpty else {
    let names = forgotten.map { "'\($0)'" }.joined(separator: ", ")
    throw TestFailure(
      "no row of '\(schemas[0].name)' covers \(names) of \(layout.type): add a row, or say with "
        + "Local that it does not travel")
  }
  for below in ElementTables.of(schemas) {
    try checkElements(below, layout, path)
  }
}

/// Checks the table of elements that are not part of the state's own memory.
private func checkElements(
  _ below: ElementTables, _ layout: PropertyLayout, _ path: String
) throws(TestFailure) {
  guard let place = layout.property(at: below.offset),
    let element = firstElement(of: below.type, in: place.value)
  else {
    throw TestFailure(
      "the sample holds no \(below.type) in '\(path)\(below.row)', so that the table "
        + "'\(below.schemas[0].name)' cannot be checked: give the sample an element")
  }
  try checkCoverage(below.schemas, element, "\(path)\(below.row)[].")
}

/// Adds the names of properties without a row.
private func collectForgotten(
  _ layout: PropertyLayout, _ base: Int, _ path: String, _ covered: CoveredBytes,
  _ forgotten: inout [String]
) throws(TestFailure) {
  guard layout.isKnown else {
    throw TestFailure(
      "the properties of \(layout.type) cannot be found by reflection (one of them has an "
        + "existential type): cover '\(path)' with one row or Local")
  }
  let known = forgotten.count
  for property in layout.properties where property.size > 0 {
    let offset = base + property.offset
    switch covered.state(of: offset..<offset + property.size) {
    case .all: continue
    case .none: forgotten.append(path + property.label)
    case .some:
      let inner = PropertyLayout(property.value)
      if inner.properties.isEmpty {
        forgotten.append(path + property.label)
      } else {
        let separator = inner.isIndexed ? "" : "."
        try collectForgotten(
          inner, offset, path + property.label + separator, covered, &forgotten)
      }
    }
    // One element of an array speaks for all.
    if layout.isIndexed, forgotten.count > known { return }
  }
}
