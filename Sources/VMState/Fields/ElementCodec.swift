/// How one element of a field travels. Subclasses are the field kinds; the array logic is in
/// `FieldRow`, the memory access in `ElementStorage`.
///
/// Elements are addressed as raw memory. A codec never keeps a pointer.
class ElementCodec: @unchecked Sendable {
  // Immutable after init in every subclass.

  /// The `"type"` in the JSON description.
  var typeName: String { preconditionFailure("abstract") }
  /// Bytes of one element on the wire where they never vary, else nil.
  var fixedSize: Int? { nil }
  /// The array's JSON may stand once for all elements.
  func isCompressible(_ profile: StreamProfile) -> Bool { true }

  /// A save may change the element: a table below has pre-save or post-save hooks.
  var changesOnSave: Bool { false }
  /// The tables below, for the schema.
  var nested: [NestedSchema] { [] }
  /// What is wrong with a row of this codec that exists from a version on, or nil.
  func problem(since: Int) -> String? { nil }

  /// The codec writes JSON members of its own (structures, lists).
  var hasInnerJSON: Bool { false }

  /// Adds the element to a compiled plan; false if it has no fixed form.
  func compile(into builder: inout PlanBuilder, offset: Int) -> Bool { false }

  /// Writes the JSON members between `"type"` and `"size"` of a field whose text never
  /// changes. Called only for codecs that compile.
  func describeConstant(_ json: inout DescriptionText, _ profile: StreamProfile) {}

  /// Writes one element, and its inner JSON members.
  func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    preconditionFailure("abstract")
  }

  /// Reads one element.
  ///
  /// - Parameter since: The row's version, which lists and temporaries decode with.
  func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    preconditionFailure("abstract")
  }

  /// Writes elements without JSON.
  func saveRun(
    _ run: ElementRun, to writer: inout StreamWriter, progress: inout Int, _ context: SaveContext
  ) throws(VMStateError) {
    var none: DescriptionText?
    while progress < run.count {
      try save(run[progress], to: &writer, json: &none, context)
      progress += 1
    }
  }

  /// Reads elements.
  func loadRun(
    _ run: ElementRun, from reader: inout StreamReader, since: Int, progress: inout Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    while progress < run.count {
      try load(run[progress], from: &reader, since: since, context)
      progress += 1
    }
  }
}

/// Elements at equal distances in memory.
struct ElementRun {
  var base: UnsafeMutableRawPointer
  var stride: Int
  var count: Int

  subscript(index: Int) -> UnsafeMutableRawPointer { base + index &* stride }
}
