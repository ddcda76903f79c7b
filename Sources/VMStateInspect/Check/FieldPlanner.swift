import VMState

/// One field that the destination reads, if its condition holds.
struct PlannedField {
  var field: DescribedField
  /// Its place in the destination's own table, whose value is the current one.
  var index: Int?
  var isPresent: (LoadedTable) -> Bool = { _ in true }
  var count: (LoadedTable) -> Int
}

/// Which fields a destination reads for a version: those of its own saves, but for what the
/// version or an earlier value decides.
enum FieldPlanner {
  /// The fields in the order of reading.
  static func fields(
    of table: DescribedTable, version: Int, _ reader: inout BodyReader
  ) throws(BodyEnd) -> [PlannedField] {
    let rules = KnownConditions.rules(of: table.name)
    var plan: [PlannedField] = []
    for rule in rules where rule.after == nil { plan.append(rule.planned(version)) }
    for (index, field) in table.fields.enumerated() {
      let name = field.name
      // Conditional fields stand where their rule says, whether this save had them or not.
      if !rules.contains(where: { $0.field.name == name && $0.replaces }) {
        guard try isSent(field, in: table, version, &reader) else { continue }
        plan.append(
          PlannedField(field: field, index: index, count: KnownConditions.count(field, table)))
      }
      let isLastOfName = table.fields.dropFirst(index + 1).first?.name != name
      if isLastOfName {
        for rule in rules where rule.after == name { plan.append(rule.planned(version)) }
      }
    }
    return plan
  }

  /// Whether a stream of this version has a field of the newest one.
  private static func isSent(
    _ field: DescribedField, in table: DescribedTable, _ version: Int, _ reader: inout BodyReader
  ) throws(BodyEnd) -> Bool {
    guard version < table.version else { return true }
    if let since = declared(field, in: table, reader.target) { return since <= version }
    guard let known = KnownVersions.entry(table.name) else {
      reader.doubt(
        "which fields version \(version) of \(table.name) has",
        supply: "the -dump-vmstate file of the destination's QEMU")
      throw BodyEnd()
    }
    let since = known.since[field.name] ?? known.since[baseName(field.name)] ?? 0
    return since <= version
  }

  /// The version that brought a field; nil where the destination's declared layouts do not tell
  /// or do not agree.
  private static func declared(
    _ field: DescribedField, in table: DescribedTable, _ target: TargetModel
  ) -> Int? {
    let tables = target.candidates(table.name, version: table.version)
    let base = baseName(field.name)
    let fields = tables.flatMap(\.fields).filter { $0.name == base }
    if fields.allSatisfy(\.hasTest), !tables.isEmpty { return 0 }
    let versions = Set(fields.filter { !$0.hasTest }.map(\.since))
    return versions.count == 1 ? versions.first : nil
  }

  /// A name without the suffix that tells fields of one name apart.
  static func baseName(_ name: String) -> String {
    guard name.hasSuffix("]"), let open = name.lastIndex(of: "["),
      name[name.index(after: open)...].dropLast().allSatisfy(\.isNumber)
    else { return name }
    return String(name[..<open])
  }
}
