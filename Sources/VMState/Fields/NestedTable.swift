/// A table as seen from a row that nests it.
class NestedTable: @unchecked Sendable {
  // Immutable after init in every subclass.

  /// The description's name.
  var name: String { preconditionFailure("abstract") }
  /// The version written, and the highest accepted.
  var version: Int { preconditionFailure("abstract") }
  /// The lowest version accepted.
  var minimumVersion: Int { preconditionFailure("abstract") }
  /// A save may change the state.
  var changesOnSave: Bool { false }
  /// The table as plain values.
  var schema: DescriptionSchema { preconditionFailure("abstract") }
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
