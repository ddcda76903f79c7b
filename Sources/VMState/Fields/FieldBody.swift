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

  /// The row has memory outside of the state itself.
  var ownsMemory: Bool { false }
  /// A load writes all of that memory, whatever it holds.
  var isOverwritten: Bool { false }
  /// Moves memory of a state that is not needed any more into a staged copy.
  func reuse(
    _ spare: UnsafeMutableRawPointer, in staged: UnsafeMutableRawPointer, isOverwritten: Bool
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

  /// A save may change the state: a table below has pre-save or post-save hooks.
  var changesOnSave: Bool { false }
  /// What is wrong with a row of this body, or nil.
  func problem(_ row: FieldRow) -> String? { nil }
  /// The row as plain values.
  func schema(_ row: FieldRow) -> FieldSchema { FieldSchema(row, memory: memory) }
}
