import VMState

/// Fields whose presence or length an earlier value of the same stream decides, so that a save
/// of the destination does not show it.
///
/// QEMU: the `field_exists` tests and count members of its tables.
enum KnownConditions {
  /// A field that is there under a condition.
  struct Rule {
    var field: DescribedField
    /// The field behind which it stands; nil for the first one.
    var after: String?
    /// The destination's table may hold the field itself.
    var replaces = true
    var isPresent: (_ loaded: LoadedTable, _ version: Int) -> Bool

    func planned(_ version: Int) -> PlannedField {
      let rule = self
      return PlannedField(
        field: field, index: nil, isPresent: { rule.isPresent($0, version) },
        count: { _ in rule.field.count })
    }
  }

  /// The rules of a description.
  static func rules(of name: String) -> [Rule] {
    switch name {
    case "ide_drive":
      [
        Rule(
          field: DescribedField(name: "identify_data", type: "buffer", size: 512),
          after: "identify_set"
        ) { loaded, _ in loaded.unsigned("identify_set") != 0 }
      ]
    case "fw_cfg":
      [
        Rule(
          field: DescribedField(name: "cur_offset[0]", type: "int32_as_uint16", size: 2),
          after: "cur_entry"
        ) { _, version in version == 1 }
      ]
    case "e1000":
      [
        Rule(
          field: DescribedField(name: "unused[0]", type: "unused_buffer", size: 4),
          after: "parent_obj"
        ) { _, version in version == 1 }
      ]
    default: []
    }
  }

  /// The number of elements of a field.
  static func count(_ field: DescribedField, _ table: DescribedTable) -> (LoadedTable) -> Int {
    let own = field.count
    guard table.name == "hpet", field.name == "timer",
      table.fields.contains(where: { $0.name == "num_timers" })
    else { return { _ in own } }
    // 7.2 counts by the received number, later releases by their own.
    return { Int($0.unsigned("num_timers") ?? UInt64(own)) }
  }
}
