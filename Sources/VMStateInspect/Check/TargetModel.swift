import VMState

/// The destination, as its streams, its `-dump-vmstate` file and the operator show it.
struct TargetModel {
  /// What the destination expects of a stream's frame.
  struct Framing {
    var expectsConfiguration = true
    var expectsFooters = true
    var readsDescription = true
  }

  /// Its QEMU.
  var release = ReleaseRange()
  /// The full name of its machine type, or nil.
  var machine: String?
  /// Its registry in the order in which it is searched.
  var entries: [TargetEntry] = []
  /// Every section that its machine sends is in `entries`.
  var knowsEntries = false
  /// Its RAM blocks by name, or nil.
  var blocks: [String: StreamFacts.Block]?
  /// What the frame has to look like, or nil.
  var framing: Framing?
  /// Capabilities that are known to be on or off.
  var capabilities: [String: Bool] = [:]
  /// Its UUID; nil is not known, an empty text is none.
  var uuid: String?
  /// Declared layouts of sections by the description's name; several classes may share one.
  var declared: [String: [SchemaTable]] = [:]
  /// Those and the layouts inside them. A structure may bear the name of its section.
  var anywhere: [String: [SchemaTable]] = [:]
  /// Bytes of a guest page.
  var pageSize = 4096
  /// KVM runs it, or nil where that does not show.
  var usesKVM: Bool?

  /// Puts together what a target tells.
  init(_ target: CheckTarget) {
    if let facts = target.stream { take(facts) }
    if let classes = target.classes { take(classes) }
    take(target.options)
    if !knowsEntries { addUniversal() }
  }

  /// What every destination has, where nothing shows its list.
  private mutating func addUniversal() {
    if find("ram", 0) == nil {
      var memory = TargetEntry("ram", 0, .ram, .unsent)
      memory.version = 4
      entries.append(memory)
    }
    if find("dirty-bitmap", 0) == nil {
      entries.append(TargetEntry("dirty-bitmap", 0, .dirtyBitmap, .unsent))
    }
  }

  /// The first entry that answers to a name and instance.
  func find(_ name: String, _ instance: UInt32) -> Int? {
    entries.firstIndex { $0.answers(to: name, instance) }
  }

  /// The declared layout of a description; of several with its name the one of this version,
  /// and none where that does not decide.
  func declared(_ name: String, version: Int) -> SchemaTable? {
    guard let tables = declared[name] else { return nil }
    if tables.count == 1 { return tables[0] }
    let same = tables.filter { $0.version == version }
    return same.count == 1 ? same[0] : nil
  }

  /// The declared layouts that a structure or section of this name may have.
  func candidates(_ name: String, version: Int) -> [SchemaTable] {
    let tables = anywhere[name] ?? []
    let same = tables.filter { $0.version == version }
    return same.isEmpty ? tables : same
  }

  /// Whether a capability is on; nil where that is not known.
  func has(_ capability: String) -> Bool? { capabilities[capability] }
}

// MARK: - Sources of knowledge

extension TargetModel {
  private mutating func take(_ facts: StreamFacts) {
    machine = facts.configuration?.machineTypeText
    pageSize = facts.pageSize
    blocks = Dictionary(
      facts.blocks.map { ($0.idstr, $0) }, uniquingKeysWith: { first, _ in first })
    framing = Framing(
      expectsConfiguration: facts.configuration != nil, expectsFooters: facts.hasFooters,
      readsDescription: facts.hasDescription)
    knowsEntries = facts.isComplete
    takeRelease(facts)
    takeCapabilities(facts)
    takeEntries(facts)
    uuid = facts.configuration?.uuid.map { "\($0)" }
  }

  private mutating func takeRelease(_ facts: StreamFacts) {
    if facts.hasDescription {
      if facts.describesConfiguration {
        release.narrow(atLeast: QEMURelease(8, 0))
      } else {
        release.narrow(below: QEMURelease(10, 0))
      }
    }
    if facts.commands.contains(where: { $0.number == MigrationCommand.switchoverStart.rawValue }) {
      release.narrow(atLeast: QEMURelease(10, 0))
    }
    if facts.hasCompressedPages { release.narrow(below: QEMURelease(9, 1)) }
    // A versioned machine type is not older than its QEMU.
    if let name = machine, let last = name.split(separator: "-").last,
      let named = QEMURelease(String(last))
    {
      release.narrow(atLeast: named)
    }
  }

  /// The capabilities that leave a trace in a stream; the others do not change how one loads.
  private mutating func takeCapabilities(_ facts: StreamFacts) {
    let received = facts.configuration?.capabilities ?? []
    for name in ["x-ignore-shared", "mapped-ram"] { capabilities[name] = received.contains(name) }
    let advice = facts.commands.first {
      $0.number == MigrationCommand.postcopyAdvise.rawValue
    }
    capabilities["postcopy-ram"] = advice?.payload.count == 16
    capabilities["x-colo"] = facts.commands.contains {
      $0.number == MigrationCommand.enableCOLO.rawValue
    }
    if facts.hasCompressedPages { capabilities["compress"] = true }
    if facts.configuration?.uuid != nil { capabilities["validate-uuid"] = true }
  }

  private mutating func takeEntries(_ facts: StreamFacts) {
    // The list is in the order of the FULL sections; those of handlers come anywhere.
    let sections =
      facts.sections.filter { $0.kind == .full } + facts.sections.filter { $0.kind == .start }
    for section in sections
    where !entries.contains(where: {
      $0.idstr == section.idstr && $0.instance == section.instance
    }) {
      entries.append(TargetEntry(section))
    }
    nameWithoutPaths()
    if facts.isComplete { entries += KnownEntries.unsent(beside: entries, machine, release) }
    usesKVM = entries.contains { $0.idstr == "kvmclock" } || hasSubsection("cpu", "cpu/tsc_khz")
  }

  private func hasSubsection(_ section: String, _ name: String) -> Bool {
    entries.contains {
      guard $0.idstr == section, case .described(let table, _) = $0.body else { return false }
      return table.subsections.contains { $0.name == name }
    }
  }

  /// The short names of devices with a path, numbered in the order of registration.
  private mutating func nameWithoutPaths() {
    var counts: [String: UInt32] = [:]
    for index in entries.indices.sorted(by: { entries[$0].sectionID < entries[$1].sectionID }) {
      guard case .described(let table, _) = entries[index].body, !table.name.isEmpty,
        entries[index].idstr.hasSuffix("/" + table.name)
      else { continue }
      entries[index].compatible = (table.name, counts[table.name, default: 0])
      counts[table.name, default: 0] += 1
    }
  }

  private mutating func collect(_ table: SchemaTable) {
    if anywhere[table.name]?.contains(table) != true {
      anywhere[table.name, default: []].append(table)
    }
    for inner in table.fields.flatMap(\.tables) + table.subsections { collect(inner) }
  }

  private mutating func take(_ classes: SchemaDocument) {
    for section in classes.sections
    where declared[section.table.name]?.contains(section.table) != true {
      declared[section.table.name, default: []].append(section.table)
      collect(section.table)
    }
    guard machine == nil else { return }
    // Without a stream this is the default machine type, or the one that was asked for.
    machine = classes.machine
    if let last = machine?.split(separator: "-").last, let named = QEMURelease(String(last)) {
      release.narrow(atLeast: named)
    }
  }

  private mutating func take(_ options: CheckOptions) {
    if let release = options.release { self.release = .exactly(release) }
    if let machine = options.machine { self.machine = machine }
    for (name, isOn) in options.capabilities { capabilities[name] = isOn }
    if let uuid = options.uuid { self.uuid = uuid }
    for (name, size) in options.ramSizes {
      blocks = blocks ?? [:]
      blocks?[name] = StreamFacts.Block(idstr: name, length: size, regionOffset: nil)
    }
    for name in options.sections where find(name, 0) == nil {
      entries.append(TargetEntry(name, 0, .unknown, .named))
    }
    if !options.sections.isEmpty { knowsEntries = true }
  }
}
