/// A nested structure, by its own table.
///
/// QEMU: `VMS_STRUCT` and `VMS_VSTRUCT`. A plain structure always travels with its table's
/// present version, which is not on the wire; a versioned one with the version its row names.
final class StructCodec: ElementCodec, @unchecked Sendable {
  let table: NestedTable
  /// The version of a versioned structure.
  let fixedVersion: Int?
  // Bytes of a structure of fixed form, found once.
  private let size: Int?

  init(_ table: NestedTable, version: Int? = nil) {
    if let version {
      precondition(
        version >= table.minimumVersion && version <= table.version,
        """
        a structure of '\(table.name)' with version \(version): its table reads \
        \(table.minimumVersion) to \(table.version)
        """)
    }
    self.table = table
    fixedVersion = version
    var builder = PlanBuilder()
    let isFixed = table.compile(into: &builder, offset: 0, version: version ?? table.version)
    size = isFixed ? builder.wireSize : nil
  }

  private var version: Int { fixedVersion ?? table.version }

  override var typeName: String { fixedVersion == nil ? "struct" : "vstruct" }
  override var hasInnerJSON: Bool { true }
  override var changesOnSave: Bool { table.changesOnSave }
  override var fixedSize: Int? { size }
  override var nested: [NestedSchema] {
    [NestedSchema(.element, table.schema, version: fixedVersion)]
  }

  // QEMU looks into plain structures only.
  override func isCompressible(_ profile: StreamProfile) -> Bool {
    fixedVersion != nil || table.isCompressible(profile)
  }

  override func compile(into builder: inout PlanBuilder, offset: Int) -> Bool {
    size != nil && table.compile(into: &builder, offset: offset, version: version)
  }

  override func describeConstant(_ json: inout DescriptionText, _ profile: StreamProfile) {
    if fixedVersion == nil { json.beginObject("struct") }
    table.describeConstant(&json, version: version, profile)
    if fixedVersion == nil { json.endObject() }
  }

  override func save(
    _ element: UnsafeMutableRawPointer, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    if fixedVersion == nil { json?.beginObject("struct") }
    try table.save(element, version: version, to: &writer, json: &json, context)
    if fixedVersion == nil { json?.endObject() }
  }

  override func load(
    _ element: UnsafeMutableRawPointer, from reader: inout StreamReader, since: Int,
    _ context: LoadContext
  ) throws(VMStateError) {
    try table.load(element, version: version, from: &reader, context)
  }
}
