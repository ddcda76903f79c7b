/// A description with the type of its state erased: names, versions, rows, hooks, plans.
final class DescriptionCore: NestedTable, @unchecked Sendable {
  // Immutable after init; the plans protect themselves.
  let parts: DescriptionParts
  private let plans: PlanCache
  private let hasSaveHooks: Bool

  init(_ parts: DescriptionParts) {
    self.parts = parts
    plans = PlanCache(parts.rows, newest: parts.version)
    hasSaveHooks =
      parts.hooks.preSave != nil || parts.hooks.postSave != nil
      || parts.rows.contains { $0.body.changesOnSave }
      || parts.subsections.contains { $0.changesOnSave }
  }

  override var name: String { parts.name }
  override var version: Int { parts.version }
  override var minimumVersion: Int { parts.minimumVersion }
  override var changesOnSave: Bool { hasSaveHooks }
  override var schema: DescriptionSchema { DescriptionSchema(parts) }

  /// The plan for a version, made when it is first needed.
  func plan(_ version: Int) -> FieldPlan { plans.plan(version) }

  override func isCompressible(_ profile: StreamProfile) -> Bool {
    !parts.hasSubsectionList
      && parts.rows.allSatisfy { $0.isLocal || $0.isCompressible(profile) }
  }

  /// No hook, test or list of subsections (QEMU describes arrays with one element by element):
  /// an element of this table is a fixed run of bytes.
  private var isPlain: Bool {
    !parts.hooks.any && !parts.hasSubsectionList
      && parts.rows.allSatisfy { $0.exists == nil && !$0.mustExist }
  }

  override func compile(into builder: inout PlanBuilder, offset: Int, version: Int) -> Bool {
    guard isPlain else { return false }
    for row in parts.rows where !row.isLocal && row.since <= version {
      guard row.body.compile(into: &builder, offset: offset) else { return false }
    }
    return true
  }

  override func save(
    _ state: UnsafeMutableRawPointer, version: Int, to writer: inout StreamWriter,
    json: inout DescriptionText?, _ context: SaveContext
  ) throws(VMStateError) {
    try saveState(state, version: version, to: &writer, json: &json, context)
  }

  override func load(
    _ state: UnsafeMutableRawPointer, version: Int, from reader: inout StreamReader,
    _ context: LoadContext
  ) throws(VMStateError) {
    try loadState(state, version: version, from: &reader, context)
  }

  override func describeConstant(
    _ json: inout DescriptionText, version: Int, _ profile: StreamProfile
  ) {
    json.put("vmsd_name", name)
    json.put("version", version)
    json.beginArray("fields")
    for row in parts.rows where !row.isLocal && row.since <= version {
      row.body.describeConstant(row.name, &json, profile)
    }
    json.endArray()
  }
}

/// Everything a description is made of, before it is compiled.
struct DescriptionParts: Sendable {
  var name: String
  var stateType: any Any.Type
  var version: Int
  var minimumVersion: Int
  var priority: MigrationPriority = .standard
  var isEarlySetup = false
  var unmigratableReason: String?
  var rows: [FieldRow]
  var subsections: [DescriptionCore] = []
  /// QEMU tells "no list" from "an empty list" when it compresses arrays.
  var hasSubsectionList = false
  var hooks = DescriptionHooks()
}

/// The hooks and tests of a description, on raw state.
struct DescriptionHooks: Sendable {
  typealias LoadHook = @Sendable (UnsafeMutableRawPointer, LoadContext) throws -> Void
  typealias SaveHook = @Sendable (UnsafeMutableRawPointer, SaveContext) throws -> Void
  typealias Test = @Sendable (UnsafeRawPointer) -> Bool

  var preLoad: LoadHook?
  var postLoad: LoadHook?
  var preSave: SaveHook?
  var postSave: SaveHook?
  var needed: Test?
  var unplugPending: Test?

  /// True if a transfer of the fields alone would leave out a hook.
  var any: Bool { preLoad != nil || postLoad != nil || preSave != nil || postSave != nil }
}
