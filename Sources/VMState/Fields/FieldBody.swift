/// The transfer of one row, whatever its shape.
class FieldBody: @unchecked Sendable {
  // Immutable after init in every subclass.

  /// The state bytes that this row covers.
  var memory: [Range<Int>] { [] }
  /// The `"type"` in the JSON description.
  var typeName: String { "unknown" }
  /// One JSON object may stand for all elements.
  func isCompressible(_ profile: StreamProfile) -> Bool { true }

  /// Adds the whole row to a compiled plan; false if it has no fixed form.
  func compile(into builder: inout PlanBuilder, offset: Int) -> Bool { false }
  /// The JSON of a row that compiles.
  func describeConstant(
    _ name: String, _ json: inout DescriptionText, _ profile: StreamProfile
  ) {}

  /// Number of elements, for traces.
  func elementCount(_ state: UnsafeRawPointer) -> Int { 1 }

  /// Writes the row, and its JSON objects if `json` is not nil.
  func save(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {}

  /// Reads the row.
  func load(
    _ row: FieldRow, _ state: UnsafeMutableRawPointer, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) {}

  /// The table below, where the row nests one (for schema and coverage).
  var nestedTable: NestedTable? { nil }
}

/// One row of a table, with the type of the state erased.
struct FieldRow: Sendable {
  /// The name with its suffix where the table has several of the same name.
  var name: String
  /// First version of the description that has the row.
  var since = 0
  /// Decides alone whether the row exists, if set.
  var exists: (@Sendable (UnsafeRawPointer, Int) -> Bool)?
  /// Must exist: a validation.
  var mustExist = false
  /// Only says that a property does not travel.
  var isLocal = false
  var body: FieldBody

  /// The row may be described once for all elements.
  func isCompressible(_ profile: StreamProfile) -> Bool {
    exists == nil && !mustExist && body.isCompressible(profile)
  }

  /// QEMU: the test alone decides, otherwise the version.
  @inline(__always)
  func isPresent(_ state: UnsafeRawPointer, _ version: Int) -> Bool {
    exists?(state, version) ?? (since <= version)
  }
}

/// A table as seen from a row that nests it.
class NestedTable: @unchecked Sendable {
  // Immutable after init in every subclass.

  /// The description's name.
  var name: String { preconditionFailure("abstract") }
  /// The version written, and the highest accepted.
  var version: Int { preconditionFailure("abstract") }
  /// The lowest version accepted.
  var minimumVersion: Int { preconditionFailure("abstract") }
  /// Every row, recursively, may be described once, and there is no list of subsections.
  func isCompressible(_ profile: StreamProfile) -> Bool { preconditionFailure("abstract") }
  /// Adds a whole element to a plan; false if it has no fixed form.
  func compile(into builder: inout PlanBuilder, offset: Int, version: Int) -> Bool { false }
  /// The JSON members of a table that compiles.
  func describeConstant(
    _ json: inout DescriptionText, version: Int, _ profile: StreamProfile
  ) {}

  /// Writes an element, with its JSON members.
  func save(
    _ state: UnsafeMutableRawPointer, version: Int, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    preconditionFailure("abstract")
  }

  /// Reads an element.
  func load(
    _ state: UnsafeMutableRawPointer, version: Int, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) {
    preconditionFailure("abstract")
  }
}
