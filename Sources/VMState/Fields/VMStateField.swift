/// One row of a table over a state: a name, a place, a codec, and when it exists.
///
/// Rows are made by the factories below (or, shorter, by the rows of `VMStateDSL`) when the
/// table is built; a property that cannot be a row is refused there and then, with a
/// sentence, and never while a stream is loaded.
///
/// QEMU: `VMStateField`, include/migration/vmstate.h.
public struct VMStateField<State>: Sendable {
  var row: FieldRow

  init(_ name: String, _ body: FieldBody) { row = FieldRow(name: name, body: body) }

  init(_ name: String, _ storage: ElementStorage, _ codec: ElementCodec) {
    self.init(name, ElementsBody(storage, codec))
  }

  /// The name in messages and in the JSON description.
  public var name: String { row.name }

  /// The row exists from this version of the description on (QEMU: the field's `version_id`).
  ///
  /// For lists and temporaries it is also the version their elements are loaded with.
  public func since(_ version: Int) -> Self {
    var copy = self
    copy.row = row.copy()
    copy.row.since = version
    return copy
  }

  /// The row exists when the test says so, whatever its version (QEMU: `field_exists`).
  ///
  /// The test sees the state as far as it is loaded, and the version being saved or loaded.
  // Inlined so that the test is called without a copy of the state.
  @inlinable
  public func when(_ test: @escaping @Sendable (State, Int) -> Bool) -> Self {
    when(raw: { test($0.assumingMemoryBound(to: State.self).pointee, $1) })
  }

  @usableFromInline
  func when(raw test: @escaping @Sendable (UnsafeRawPointer, Int) -> Bool) -> Self {
    var copy = self
    copy.row = row.copy()
    copy.row.exists = test
    return copy
  }
}
