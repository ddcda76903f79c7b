/// A description with the type of its state erased: names, versions, rows, hooks, plans.
final class DescriptionCore: NestedTable, @unchecked Sendable {
  // Immutable after init; the plans protect themselves.
  let parts: DescriptionParts
  private let plans: PlanCache
  private let hasSaveHooks: Bool

  /// Rows with memory outside of the state itself, the subsections' too.
  private let owners: [FieldBody]
  // No load looks at what the state held before: the fields are read over it whatever it is.
  private let readsNothing: Bool
  private let newestSince: Int
  /// What comes before the fields of a subsection on the wire.
  let header: [UInt8]
  /// The name in UTF-8.
  let nameBytes: [UInt8]
  /// What comes before the fields in the JSON description of the newest version.
  let opening: [UInt8]

  init(_ parts: DescriptionParts) {
    self.parts = parts
    owners =
      parts.rows.map(\.body).filter(\.ownsMemory) + parts.subsections.flatMap(\.owners)
    readsNothing = parts.overwrites
    newestSince = parts.rows.map(\.since).max() ?? 0
    nameBytes = Array(parts.name.utf8)
    header =
      [SectionKind.subsection.rawValue, UInt8(truncatingIfNeeded: nameBytes.count)] + nameBytes
      + withUnsafeBytes(of: UInt32(truncatingIfNeeded: parts.version).bigEndian, Array.init)
    opening = Self.opening(parts.name, parts.version)
    plans = PlanCache(parts.rows, newest: parts.version)
    hasSaveHooks =
      parts.hooks.preSave != nil || parts.hooks.postSave != nil
      || parts.rows.contains { $0.body.changesOnSave }
      || parts.subsections.contains { $0.changesOnSave }
  }

  /// `"vmsd_name": …, "version": …, "fields": [`
  static func opening(_ name: String, _ version: Int) -> [UInt8] {
    var text = DescriptionText()
    text.put("vmsd_name", name)
    text.put("version", version)
    text.beginArray("fields")
    return text.bytes
  }

  override var name: String { parts.name }
  override var version: Int { parts.version }
  override var minimumVersion: Int { parts.minimumVersion }
  override var changesOnSave: Bool { hasSaveHooks }
  override var schema: DescriptionSchema { DescriptionSchema(parts) }

  /// The plan for a version, made when it is first needed.
  @inline(__always)
  func plan(_ version: Int) -> UnsafePointer<FieldPlan> { plans.plan(version) }

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

  /// Moves the arrays of a state that is not needed any more into a staged copy, which is to
  /// be loaded with a version right after.
  func reuse(
    _ spare: UnsafeMutableRawPointer, in staged: UnsafeMutableRawPointer, version: Int
  ) {
    let isBlind = readsNothing && version >= newestSince
    for body in owners { body.reuse(spare, in: staged, isOverwritten: isBlind) }
  }

  /// Some row has memory outside of the state itself.
  fileprivate var ownsMemory: Bool { !owners.isEmpty }

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

extension DescriptionParts {
  /// True if a load of the fields writes every row's memory without a look at it: no hook
  /// before, no test, no row with code of its own, no subsection with memory of its own.
  fileprivate var overwrites: Bool {
    hooks.preLoad == nil && subsections.allSatisfy { !$0.ownsMemory }
      && rows.allSatisfy { row in
        var trial = PlanBuilder()
        guard row.exists == nil, !row.mustExist else { return false }
        return row.isLocal || row.body.isOverwritten || row.body.compile(into: &trial, offset: 0)
      }
  }
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
