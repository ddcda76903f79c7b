/// A temporary object made from the owner for the time of the transfer.
///
/// Save: `make` builds the temporary, its table writes it. Load: `make` builds it from the
/// staged owner, its table reads it with the row's version (0 unless said otherwise), and
/// `apply` stores what it brought.
///
/// QEMU: `vmstate_info_tmp`, migration/vmstate-types.c.
final class TemporaryCodec<Owner, Temporary>: ElementCodec, @unchecked Sendable {
  private let table: NestedTable
  private let make: @Sendable (Owner) -> Temporary
  private let apply: @Sendable (Temporary, inout Owner) throws -> Void

  init(
    _ table: NestedTable, make: @escaping @Sendable (Owner) -> Temporary,
    apply: @escaping @Sendable (Temporary, inout Owner) throws -> Void
  ) {
    self.table = table
    self.make = make
    self.apply = apply
  }

  override var typeName: String { "tmp" }
  override var hasInnerJSON: Bool { true }
  override var nested: [NestedSchema] { [NestedSchema(.temporary, table.schema)] }
  override func problem(since: Int) -> String? { table.problem(since: since) }

  override func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    var temporary = make(element.assumingMemoryBound(to: Owner.self).pointee)
    try table.saveValue(
      &temporary, version: table.version, to: &writer, json: &json, context)
  }

  override func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    let owner = element.assumingMemoryBound(to: Owner.self)
    var temporary = make(owner.pointee)
    try table.loadValue(&temporary, version: since, from: &reader, context)
    do {
      try apply(temporary, &owner.pointee)
    } catch {
      throw VMStateError.fromHook(error, "post-load").at(reader.position)
    }
  }
}
