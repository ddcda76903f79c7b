import VMState

extension SchemaDocument {
  /// The key of the machine type's name, the first of every `-dump-vmstate` file.
  static let machineKey = "vmschkmachine"

  /// Whether a JSON value has the shape of a `-dump-vmstate` file.
  static func isClasses(_ value: JSONValue) -> Bool { value[machineKey]?["Name"]?.text != nil }

  /// Reads a `-dump-vmstate` file.
  ///
  /// QEMU: `dump_vmstate_json_to_file`, migration/savevm.c.
  ///
  /// - Throws: `malformedJSON`, `badDescription` with the path of the entry, `limitExceeded`.
  public init(
    parsingClasses text: [UInt8], limits: Limits = Limits()
  ) throws(VMStateError) {
    try self.init(classes: try JSONValue.parse(text, limits: limits), limits: limits)
  }

  /// Reads a `-dump-vmstate` file that is parsed already.
  ///
  /// - Throws: `badDescription` with the path of the entry, `limitExceeded`.
  public init(classes root: JSONValue, limits: Limits = Limits()) throws(VMStateError) {
    guard let machine = root[Self.machineKey]?["Name"]?.text, let members = root.members else {
      throw VMStateError(
        .badDescription, "not a -dump-vmstate file", expected: "a member \"\(Self.machineKey)\"")
    }
    var sections: [SchemaSection] = []
    for member in members where member.key != Self.machineKey {
      do throws(VMStateError) {
        sections.append(try Self.section(member, limits))
      } catch {
        throw error.within(member.key)
      }
    }
    self.init(origin: .classes, machine: machine, sections: sections)
  }

  private static func section(
    _ member: JSONValue.Member, _ limits: Limits
  ) throws(VMStateError) -> SchemaSection {
    var table: SchemaTable
    if let description = member.value["Description"] {
      table = try SchemaTable(declared: description, limits.depth)
    } else {
      table = SchemaTable(name: member.key, version: 0)
    }
    // The class repeats its description's versions.
    if let version = member.value["version_id"]?.int { table.version = version }
    if let minimum = member.value["minimum_version_id"]?.int { table.minimum = minimum }
    return SchemaSection(name: member.key, instance: nil, table: table)
  }
}

extension SchemaTable {
  fileprivate init(declared value: JSONValue, _ depth: Int) throws(VMStateError) {
    guard depth > 0 else {
      throw VMStateError(.limitExceeded, "descriptions are nested too deep")
    }
    guard let name = value["name"]?.text, let version = value["version_id"]?.int,
      let minimum = value["minimum_version_id"]?.int
    else {
      throw VMStateError(
        .badDescription, "a description without name or versions",
        found: String(value.jsonText.prefix(80)))
    }
    self.init(name: name, version: version, minimum: minimum)
    do throws(VMStateError) {
      for field in value["Fields"]?.elements ?? [] {
        fields.append(try SchemaField(declared: field, depth - 1))
      }
      for table in value["Subsections"]?.elements ?? [] {
        subsections.append(try SchemaTable(declared: table, depth - 1))
      }
    } catch {
      throw error.within(name)
    }
  }
}

extension SchemaField {
  fileprivate init(declared value: JSONValue, _ depth: Int) throws(VMStateError) {
    guard let name = value["field"]?.text, let size = value["size"]?.int, size >= 0 else {
      throw VMStateError(
        .badDescription, "a field without name or size", found: String(value.jsonText.prefix(80)))
    }
    self.init(
      name: name, size: size, count: value["num"]?.int, since: value["version_id"]?.int ?? 0,
      hasTest: value["field_exists"]?.bool ?? false)
    guard let inner = value["Description"] else { return }
    do throws(VMStateError) {
      tables = [try SchemaTable(declared: inner, depth)]
    } catch {
      throw error.within(name)
    }
  }
}
